use super::Gate;
use crate::{
    Comparison, Details, ModelRow, Summary, Verdict,
    format::{counted, percent, percent_interval, points, points_interval, usd},
    markdown::escape,
};
use std::fmt::Write;

/// Reasons of a task that are shown: a comment is read in passing.
const REASONS: usize = 4;
/// Lost cases of a task that are named.
const CASES: usize = 5;

/// A gate for a comment on a pull request: short, the outcome first.
pub fn gate_markdown(gate: &Gate, summary: &Summary, details: &[Details]) -> String {
    let mut out = format!("### {}: {}\n\n", gate.words(), escape(&summary.suite));
    // Writing to a String cannot fail.
    for reason in &gate.reasons[..gate.own] {
        let _ = writeln!(out, "{}\n", escape(reason));
    }
    for row in &summary.verdicts {
        let reference = row.reference.as_ref().map(|name| format!(" in place of {}", escape(name))).unwrap_or_default();
        let _ = writeln!(
            out,
            "**{} {}**: {}{reference}. {}\n",
            row.verdict.sign(),
            row.verdict.words(),
            escape(&row.candidate),
            escape(row.recommendation.as_deref().unwrap_or_default())
        );
    }
    for words in &summary.differences {
        let _ = writeln!(out, "> {}\n", escape(words));
    }
    let _ = writeln!(out, "| task | | right | against the reference | confident wrong | cost per right answer |");
    let _ = writeln!(out, "|---|---|---:|---|---|---:|");
    for task in &summary.tasks {
        for row in task.models.iter().filter(|row| row.role == eval_core::ModelRole::Candidate) {
            let compared = task.comparisons.iter().find(|pair| pair.candidate == row.model);
            let _ = writeln!(out, "| {} | {} |", escape(&task.task), cells(row, compared).join(" | "));
        }
    }
    out.push('\n');
    for task in &summary.tasks {
        let compared = task.comparisons.iter().map(|row| (row.verdict, &row.reasons));
        let alone = task.models.iter().filter(|_| task.comparisons.is_empty()).map(|row| (row.verdict, &row.reasons));
        for (_, reasons) in compared.chain(alone).filter(|row| row.0 != Verdict::GoodEnough) {
            let _ = writeln!(out, "**{}**", escape(&task.task));
            for reason in reasons.iter().take(REASONS) {
                let _ = writeln!(out, "- {}", escape(reason));
            }
            let lost = details.iter().flat_map(|found| &found.tasks).find(|found| found.task == task.task);
            if let Some(found) = lost.filter(|found| found.lost_total > 0) {
                let names: Vec<String> = found.lost.iter().take(CASES).map(|case| escape(&case.case)).collect();
                let more = if found.lost_total > CASES { ", …" } else { "" };
                let n = counted(found.lost_total as u64, "case");
                let _ = writeln!(
                    out,
                    "- {n} that the reference got right and the candidate did not: {}{more}",
                    names.join(", ")
                );
            }
            out.push('\n');
        }
    }
    let _ = writeln!(out, "Run {}; each limit is one-sided.", escape(&summary.run));
    out
}

fn cells(row: &ModelRow, compared: Option<&Comparison>) -> Vec<String> {
    let verdict = compared.map_or(row.verdict, |pair| pair.verdict);
    let limits = row.intervals.get("accuracy").copied().flatten();
    let unknown = || "—".to_string();
    vec![
        format!("{} {}", verdict.sign(), verdict.words()),
        format!("{} {}", percent(row.correct_rate), percent_interval(limits)),
        compared.map_or_else(unknown, |pair| format!("{} {}", points(pair.difference), points_interval(pair.interval))),
        compared.map_or_else(unknown, |pair| points(pair.wrong_answers.difference)),
        usd(row.cost_per_correct_usd),
    ]
}
