//! What to do with a model that is judged by the bars alone, in sentences.

use crate::{BarState, ModelRow, Summary, Verdict, VerdictRow, format::list, recommendation::more_cases};

/// `None` where it would replace another, and where nothing was asked of it.
pub(super) fn what_to_do(row: &VerdictRow, summary: &Summary) -> Option<String> {
    let model = &row.candidate;
    let rows = || {
        let tasks = summary.tasks.iter().filter(|_| row.reference.is_none());
        tasks.filter_map(|task| Some((&task.task, task.models.iter().find(|found| found.model == *model)?)))
    };
    let of = |stand: Stand| {
        let found = rows().filter(|(_, row)| Stand::of(row) == stand);
        found.map(|(task, _)| task.clone()).collect::<Vec<_>>()
    };
    let part = |stand: Stand, words: &dyn Fn(String) -> String| {
        Some(list(&of(stand))).filter(|tasks| !tasks.is_empty()).map(words)
    };
    let numbers: Vec<(u64, String)> = rows().filter_map(|(task, row)| Some((more(row)?, task.clone()))).collect();
    let parts = [
        part(Stand::Met, &|tasks| format!("Use {model} for {tasks}: it meets the bars.")),
        part(Stand::Missed, &|tasks| format!("Do not use {model} for {tasks}: it misses the bars.")),
        (!numbers.is_empty()).then(|| sentence(&more_cases(&numbers))),
        part(Stand::Open, &|tasks| {
            format!("How many cases would decide {tasks} is not known: the reasons below say why.")
        }),
        part(Stand::Invalid, &|tasks| {
            format!("The evidence on {tasks} is invalid: mend what the reasons name and run it again.")
        }),
        without_bar(&of(Stand::NoBar)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Where a model stands on a task.
#[derive(PartialEq, Eq)]
enum Stand {
    Met,
    Missed,
    /// So many more cases would decide.
    Needs,
    Open,
    NoBar,
    Invalid,
}

impl Stand {
    fn of(row: &ModelRow) -> Self {
        match (row.verdict, row.bars) {
            (Verdict::GoodEnough, _) => Self::Met,
            (Verdict::NotGoodEnough, _) => Self::Missed,
            (Verdict::Invalid, _) => Self::Invalid,
            (Verdict::NeedMoreData, BarState::None) => Self::NoBar,
            (Verdict::NeedMoreData, _) if row.cases_needed.is_some() => Self::Needs,
            (Verdict::NeedMoreData, _) => Self::Open,
        }
    }
}

fn more(row: &ModelRow) -> Option<u64> {
    row.cases_needed.filter(|_| Stand::of(row) == Stand::Needs).map(|needed| needed.saturating_sub(row.cases))
}

fn without_bar(tasks: &[String]) -> Option<String> {
    let (has, it) = if tasks.len() == 1 { ("has no bar", "it a bar") } else { ("have no bar", "them a bar") };
    (!tasks.is_empty()).then(|| {
        format!(
            "{} {has} and nothing to compare with: give {it} in `suite.toml` or name the model to replace with \
             `--reference MODEL`.",
            list(tasks)
        )
    })
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
