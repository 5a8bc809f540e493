use super::Gate;
use crate::{
    Comparison, Details, ModelRow, Summary, Verdict,
    format::{counted, percent, percent_interval, points, points_interval, usd},
    markdown::{escape, parts_table},
};
use std::fmt::Write;

/// Reasons of a task that are shown: a comment is read in passing.
const REASONS: usize = 4;
/// Lost cases of a task that are named.
const CASES: usize = 5;

/// A gate for a comment on a pull request: short, the outcome first.
pub fn gate_markdown(gate: &Gate, summary: &Summary, details: &[Details]) -> String {
    let mut out = format!("### {}: {}\n\n", escape(&gate.words()), escape(&summary.suite));
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
    let _ = writeln!(
        out,
        "| task | verdict | right | against the reference | confident wrong | cost per right answer, and the reference's |"
    );
    let _ = writeln!(out, "|---|---|---:|---|---|---|");
    for task in &summary.tasks {
        for row in task.models.iter().filter(|row| row.role == eval_core::ModelRole::Candidate) {
            let compared = task.comparisons.iter().find(|pair| pair.candidate == row.model);
            let reference = compared.and_then(|pair| task.models.iter().find(|row| row.model == pair.reference));
            let _ = writeln!(out, "| {} | {} |", escape(&task.task), cells(row, compared, reference).join(" | "));
        }
    }
    out.push('\n');
    out.push_str(&parts_table(summary));
    for task in &summary.tasks {
        let compared = task.comparisons.iter().map(|row| (row.verdict, &row.reasons));
        let alone = task.models.iter().filter(|_| task.comparisons.is_empty()).map(|row| (row.verdict, &row.reasons));
        for (verdict, reasons) in compared.chain(alone) {
            // Of a task that passes only what warns: the table says the rest.
            let passes = verdict == Verdict::GoodEnough;
            let shown: Vec<&String> = reasons.iter().skip(if passes { 2 } else { 0 }).take(REASONS).collect();
            if shown.is_empty() || passes && task.comparisons.is_empty() {
                continue;
            }
            let _ = writeln!(out, "**{}**", escape(&task.task));
            for reason in shown {
                let _ = writeln!(out, "- {}", escape(reason));
            }
            let lost = details.iter().flat_map(|found| &found.tasks).find(|found| found.task == task.task);
            if let Some(found) = lost.filter(|found| found.lost_total > 0) {
                let names: Vec<String> = found.lost.iter().take(CASES).map(|case| escape(&case.case)).collect();
                let more = if found.lost_total <= names.len() {
                    ""
                } else if names.is_empty() {
                    "all held out"
                } else {
                    ", …"
                };
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
    let _ = writeln!(out, "Run {}; each limit of an interval is one-sided at {}.", escape(&summary.run), gate.alpha);
    out
}

fn cells(row: &ModelRow, compared: Option<&Comparison>, reference: Option<&ModelRow>) -> Vec<String> {
    let verdict = compared.map_or(row.verdict, |pair| pair.verdict);
    let limits = row.intervals.get("accuracy").copied().flatten();
    let unknown = || "—".to_string();
    vec![
        format!("{} {}", verdict.sign(), verdict.words()),
        format!("{} {}", percent(row.correct_rate), percent_interval(limits)),
        compared.map_or_else(unknown, |pair| format!("{} {}", points(pair.difference), points_interval(pair.interval))),
        compared.map_or_else(unknown, |pair| {
            format!("{} {}", points(pair.wrong_answers.difference), points_interval(pair.wrong_answers.interval))
        }),
        match reference {
            Some(reference) => format!("{}, {}", usd(row.cost_per_correct_usd), usd(reference.cost_per_correct_usd)),
            None => usd(row.cost_per_correct_usd),
        },
    ]
}
