//! The answer to the question of the page, for one candidate.

use super::{
    alone::what_to_do,
    page::{Mark, mark},
};
use crate::{Comparison, Summary, TaskSummary, Verdict, VerdictRow, format::list};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Answer {
    candidate: String,
    mark: Mark,
    short: &'static str,
    /// What to do.
    advice: Option<String>,
    sentence: String,
}

pub(super) fn answer(row: &VerdictRow, summary: &Summary) -> Answer {
    let compared = |task: &'_ TaskSummary| task.comparisons.iter().any(|pair| is_of(row, pair) && pair.may_move);
    let some_move = summary.tasks.iter().any(compared);
    let short = match (row.verdict, some_move) {
        // By the bars alone there is nothing to move.
        (Verdict::GoodEnough, some_move) if some_move || row.reference.is_none() => "Yes.",
        (Verdict::GoodEnough, _) => "Yes as a whole, not task by task.",
        (Verdict::NotGoodEnough, true) => "In part: not every task.",
        (Verdict::NotGoodEnough, false) => "No.",
        (Verdict::NeedMoreData, true) => "In part: not every task is decided.",
        (Verdict::NeedMoreData, false) => "Not decided.",
        (Verdict::Invalid, true) => "In part: not all of the evidence is valid.",
        (Verdict::Invalid, false) => "The evidence is invalid.",
    };
    let parts = [
        (Verdict::GoodEnough, "good enough on"),
        (Verdict::NotGoodEnough, "not good enough on"),
        (Verdict::NeedMoreData, "undecided on"),
        (Verdict::Invalid, "without valid evidence on"),
    ];
    let words = |(verdict, words): &(Verdict, &str)| {
        let tasks = summary.tasks.iter().filter(|task| on(row, task) == Some(*verdict));
        let tasks: Vec<String> = tasks.map(|task| task.task.clone()).collect();
        (!tasks.is_empty()).then(|| format!("{words} {}", list(&tasks)))
    };
    let parts: Vec<String> = parts.iter().filter_map(words).collect();
    let reference = row.reference.as_ref().map(|name| format!(", in place of {name},")).unwrap_or_default();
    Answer {
        candidate: row.candidate.clone(),
        mark: mark(row.verdict),
        short,
        advice: row.recommendation.clone().or_else(|| what_to_do(row, summary)),
        sentence: format!("{}{reference} is {}.", row.candidate, parts.join("; ")),
    }
}

/// What was found on a task.
fn on(row: &VerdictRow, task: &TaskSummary) -> Option<Verdict> {
    match &row.reference {
        None => task.models.iter().find(|model| model.model == row.candidate).map(|model| model.verdict),
        Some(_) => task.comparisons.iter().find(|pair| is_of(row, pair)).map(|pair| pair.verdict),
    }
}

fn is_of(row: &VerdictRow, pair: &Comparison) -> bool {
    pair.candidate == row.candidate && Some(&pair.reference) == row.reference.as_ref()
}
