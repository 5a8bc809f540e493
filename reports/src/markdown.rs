use crate::{
    BarState, Cascade, ModelRow, Run, Summary, TaskSummary, Verdict,
    answerability::COLUMNS,
    cascade::finding,
    deciding::deciding,
    format::{
        UNKNOWN, count, duration, list, moment, percent, percent_interval, points, points_interval, usd, usd_interval,
    },
    parts::with_parts,
    question::{no_reference, question},
    repeats::counted_in_answers,
    verdict::selection_words,
    visible::visible_line,
};
use eval_core::ModelRole;
use std::fmt::Write;

/// The result of a run for a pull request: the verdict first, a table, the reasons.
pub fn markdown(run: &Run, summary: &Summary) -> String {
    let mut out = String::new();
    for row in &summary.verdicts {
        let reference = row.reference.as_ref().map(|name| format!(" in place of {}", escape(name)));
        line(
            &mut out,
            format_args!(
                "**{} {}**: {}{} on {}",
                row.verdict.sign(),
                row.verdict.words(),
                escape(&row.candidate),
                reference.unwrap_or_default(),
                escape(&summary.suite)
            ),
        );
        line(&mut out, format_args!(""));
        if let Some(words) = &row.recommendation {
            line(&mut out, format_args!("{}\n", escape(words)));
        }
    }
    for words in &summary.differences {
        line(&mut out, format_args!("> {}\n", escape(words)));
    }
    line(&mut out, format_args!("{}", escape(&question(&run.manifest))));
    line(&mut out, format_args!(""));
    tables(&mut out, summary);
    reasons(&mut out, summary);
    cascades(&mut out, summary);
    let manifest = &run.manifest;
    let mut facts = vec![format!("Run {}", escape(&manifest.id)), escape(&moment(&manifest.started_at))];
    facts.extend(selection_words(&manifest.selection).map(|words| format!("part of the suite: {}", escape(&words))));
    facts.push(format!(
        "intervals of {:.0}%: each limit is one-sided at {}",
        summary.level * 100.0,
        manifest.suite.decision.alpha
    ));
    line(&mut out, format_args!("{}.", facts.join(", ")));
    for note in no_reference(manifest).map(String::from).iter().chain(&run.notes) {
        line(&mut out, format_args!("\n{}", escape(note)));
    }
    out
}

// Writing to a String cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

/// What both models would do together, a line for each comparison in which that is more than one of them alone.
fn cascades(out: &mut String, summary: &Summary) {
    let mut any = false;
    for task in &summary.tasks {
        for row in task.comparisons.iter().filter(|row| row.cascade.as_ref().is_some_and(Cascade::is_of_use)) {
            if let Some(words) = finding(row) {
                line(out, format_args!("- {}, one after the other: {}", escape(&task.task), escape(&words)));
                any = true;
            }
        }
    }
    if any {
        line(out, format_args!(""));
    }
}

fn tables(out: &mut String, summary: &Summary) {
    line(
        out,
        format_args!(
            "| task | model | verdict | right | rate | bars | broken | errors | p50 | cost per right answer |"
        ),
    );
    line(out, format_args!("|---|---|---|---:|---|---|---:|---:|---:|---:|"));
    for task in &summary.tasks {
        for row in &task.models {
            let verdict = row_verdict(task, row);
            line(out, format_args!("| {} | {} |", escape(&task.task), cells(row, verdict).join(" | ")));
        }
    }
    line(out, format_args!(""));
    if let Some(words) = counted_in_answers(summary) {
        line(out, format_args!("{words}\n"));
    }
    if let Some(words) = deciding(summary) {
        line(out, format_args!("{}\n", escape(&words)));
    }
    out.push_str(&parts_table(summary));
    answerability(out, summary);
    if summary.tasks.iter().all(|task| task.comparisons.is_empty()) {
        return;
    }
    line(out, format_args!("| task | candidate | reference | verdict | right answers | confident wrong answers |"));
    line(out, format_args!("|---|---|---|---|---|---|"));
    for task in &summary.tasks {
        for row in &task.comparisons {
            line(
                out,
                format_args!(
                    "| {} | {} | {} | {} {} | {} {} | {} {} |",
                    escape(&task.task),
                    escape(&row.candidate),
                    escape(&row.reference),
                    row.verdict.sign(),
                    row.verdict.words(),
                    points(row.difference),
                    points_interval(row.interval),
                    points(row.wrong_answers.difference),
                    points_interval(row.wrong_answers.interval)
                ),
            );
        }
    }
    line(out, format_args!(""));
}

/// What is right of the cases that reports show, and of those that are held out; empty where none is.
pub(crate) fn parts_table(summary: &Summary) -> String {
    let mut out = String::new();
    for (task, row, parts) in with_parts(summary) {
        if out.is_empty() {
            line(&mut out, format_args!("| task | model | part | right | rate |"));
            line(&mut out, format_args!("|---|---|---|---:|---|"));
        }
        for (name, part) in parts.rows() {
            let rate = format!("{} {}", percent(part.correct_rate), percent_interval(part.interval));
            let names = [&task.task, &row.model].map(|name| escape(name));
            line(&mut out, format_args!("| {} | {name} | {} | {} |", names.join(" | "), part.right(), rate.trim()));
        }
    }
    for (task, row, parts) in with_parts(summary) {
        if let Some(words) = parts.warning() {
            line(&mut out, format_args!("\n> {}, {}: {}", escape(&task.task), escape(&row.model), escape(&words)));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// What was answered and what declined, of questions with an answer and of those without.
fn answerability(out: &mut String, summary: &Summary) {
    let rows: Vec<_> = summary
        .tasks
        .iter()
        .flat_map(|task| task.models.iter().filter_map(move |row| Some((task, row, row.answerability.as_ref()?))))
        .collect();
    if rows.is_empty() {
        return;
    }
    line(out, format_args!("| task | model | questions | {} |", COLUMNS.join(" | ")));
    line(out, format_args!("|---|---|---|---:|---:|---:|---:|"));
    for (task, row, table) in rows {
        for (questions, cells) in table.rows() {
            let names = [&task.task, &row.model].map(|name| escape(name));
            line(out, format_args!("| {} | {questions} | {} |", names.join(" | "), cells.join(" | ")));
        }
    }
    line(out, format_args!(""));
}

/// A row without a bar says nothing of its own beside a comparison.
fn row_verdict(task: &TaskSummary, row: &ModelRow) -> String {
    let compared = !task.comparisons.is_empty();
    if compared && row.bars == BarState::None && row.verdict == Verdict::NeedMoreData {
        return UNKNOWN.into();
    }
    format!("{} {}", row.verdict.sign(), row.verdict.words())
}

fn cells(row: &ModelRow, verdict: String) -> Vec<String> {
    let limits = row.intervals.get("accuracy").copied().flatten();
    let bars: Vec<String> =
        row.bar_results.iter().map(|bar| format!("{} {:?}", escape(&bar.shown()), bar.state).to_lowercase()).collect();
    vec![
        escape(&row.model),
        verdict,
        row.right_of().join("/"),
        format!("{} {}", percent(row.correct_rate), percent_interval(limits)),
        if bars.is_empty() { UNKNOWN.into() } else { list(&bars) },
        count(row.breakdown.broken_answers),
        count(row.breakdown.failed_calls + row.breakdown.failed_scores),
        duration(row.latency_ms.p50),
        format!("{} {}", usd(row.cost_per_correct_usd), usd_interval(row.cost_per_correct_interval)).trim().into(),
    ]
}

fn reasons(out: &mut String, summary: &Summary) {
    for task in &summary.tasks {
        // A reference is not on trial: what is wrong with it as a yardstick, its comparisons say.
        let compared = !task.comparisons.is_empty();
        let on_trial = task.models.iter().filter(|row| row.role == ModelRole::Candidate || !compared);
        let of_models = on_trial.map(|row| (row.model.clone(), &row.reasons));
        let of_pairs =
            task.comparisons.iter().map(|row| (format!("{} against {}", row.candidate, row.reference), &row.reasons));
        for (name, reasons) in of_models.chain(of_pairs).filter(|(_, reasons)| !reasons.is_empty()) {
            line(out, format_args!("**{}**, {}:", escape(&task.task), escape(&name)));
            for reason in reasons {
                line(out, format_args!("- {}", escape(reason)));
            }
            line(out, format_args!(""));
        }
    }
}

/// Text in which nothing is Markdown or HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention or an automatic link would ring someone or lead somewhere.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_is_markup() {
        let text = "a|b `x` <script> **y** [l](u) @someone\n# h";
        assert_eq!(escape(text), "a\\|b \\`x\\` &lt;script&gt; \\*\\*y\\*\\* \\[l\\](u) &#64;someone\\\\n\\# h");
    }
}
