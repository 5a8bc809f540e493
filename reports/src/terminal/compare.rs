//! A comparison for a terminal: the table of tasks, the cases that tell the two models apart, the slices, and why.

use super::{
    Page, Style,
    layout::{Ink, Sheet, right_cell},
};
use crate::{
    Comparison, Details, Discordant, Run, Said, Summary, TaskDetails, TaskSummary,
    format::{counted, points, points_interval, usd, whole},
    visible::visible_line,
};
use comfy_table::Cell;
use serde_json::Value;

/// Discordant cases of a task that are shown: those that the candidate lost come first.
const LOST_SHOWN: usize = 8;
const WON_SHOWN: usize = 3;
/// Slices of a task that are shown.
const SLICES_SHOWN: usize = 3;

/// The result of a comparison for a terminal. Ends with a line end.
pub fn compare_terminal(run: &Run, summary: &Summary, details: &[Details], style: Style) -> String {
    let page = Page { run, summary, sheet: Sheet::new(style) };
    let mut parts = vec![page.header()];
    parts.extend(page.comparison_table());
    parts.extend(page.parts_table());
    parts.extend(page.parts_warnings());
    for details in details {
        let name = |task: &TaskDetails| {
            if summary.verdicts.len() > 1 { format!("{}, {}", task.task, details.candidate) } else { task.task.clone() }
        };
        for task in &details.tasks {
            parts.extend(page.discordant_table(&name(task), task, details));
        }
        parts.extend(page.slices(details));
    }
    parts.push(page.comparison_reasons());
    parts.extend(page.notes());
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

impl Page<'_> {
    /// The candidates against the references, task by task; `None` without a reference.
    pub(super) fn comparison_table(&self) -> Option<String> {
        let rows: Vec<(&TaskSummary, &Comparison)> =
            self.summary.tasks.iter().flat_map(|task| task.comparisons.iter().map(move |row| (task, row))).collect();
        if rows.is_empty() {
            return None;
        }
        let several = self.summary.verdicts.len() > 1;
        let wide = self.sheet.width >= 90;
        let mut columns =
            vec![("task", false), ("verdict", false), ("right answers", false), ("confident wrong", false)];
        columns.extend(wide.then_some(("won · lost", true)));
        columns.push(("per right", true));
        columns.extend(wide.then_some(("may move", false)));
        let mut table = self.sheet.table(&columns);
        for (task, row) in rows {
            let cost = |name: &str| {
                let model = task.models.iter().find(|model| model.model == name);
                usd(model.and_then(|model| model.cost_per_correct_usd))
            };
            let name = if several { format!("{}\n  {}", task.task, row.candidate) } else { task.task.clone() };
            let mut cells = vec![
                Cell::new(name.lines().map(visible_line).collect::<Vec<_>>().join("\n")),
                self.sheet.cell(&format!("{} {}", row.verdict.sign(), row.verdict.words()), Ink::Verdict(row.verdict)),
                Cell::new(format!("{}\n{}", points(row.difference), points_interval(row.interval))),
                Cell::new(format!(
                    "{}\n{}",
                    points(row.wrong_answers.difference),
                    points_interval(row.wrong_answers.interval)
                )),
            ];
            let won = format!("{} · {}", whole(row.candidate_only), whole(row.reference_only));
            cells.extend(wide.then(|| right_cell(won)));
            cells.push(right_cell(format!("{}\n{}", cost(&row.candidate), cost(&row.reference))));
            cells.extend(wide.then(|| Cell::new(if row.may_move { "yes" } else { "no" })));
            table.add_row(cells);
        }
        let note = "right answers, confident wrong: candidate minus reference, with the interval; per right: the cost of a \
                    right answer, of the candidate and of the reference.";
        Some(format!("{}\n{}", self.sheet.lay_out(table), self.sheet.paint(&self.sheet.wrap(note), Ink::Faint)))
    }

    fn discordant_table(&self, name: &str, task: &TaskDetails, details: &Details) -> Option<String> {
        if task.lost_total + task.won_total == 0 {
            return None;
        }
        let mut table = self.sheet.table(&[
            (&visible_line(name), false),
            ("expected", false),
            (&visible_line(&details.candidate), false),
            (&visible_line(&details.reference), false),
        ]);
        let redacted = self.run.redact;
        let sides = [("lost", &task.lost, LOST_SHOWN), ("won", &task.won, WON_SHOWN)];
        for (word, cases, most) in sides {
            for case in cases.iter().take(most) {
                let sign = if word == "lost" { "−" } else { "+" };
                table.add_row(vec![
                    Cell::new(format!("{sign} {}", visible_line(&case.case))),
                    Cell::new(self.short(&expected(case, redacted))),
                    Cell::new(self.short(&said(case.candidate.as_ref()))),
                    Cell::new(self.short(&said(case.reference.as_ref()))),
                ]);
            }
        }
        let shown = task.lost.len().min(LOST_SHOWN) + task.won.len().min(WON_SHOWN);
        let left_out = task.lost_total + task.won_total - shown;
        let mut text = self.sheet.lay_out(table);
        let all = format!(
            "{} lost and {} won by {}{}",
            counted(task.lost_total as u64, "case"),
            task.won_total,
            visible_line(&details.candidate),
            if left_out > 0 { format!("; {left_out} not shown here") } else { String::new() }
        );
        text.push('\n');
        text.push_str(&self.sheet.paint(&self.sheet.wrap(&all), Ink::Faint));
        Some(text)
    }

    /// One line, short enough that three fit beside each other.
    fn short(&self, text: &str) -> String {
        let room = (self.sheet.width / 4).max(16);
        let line = visible_line(text.trim());
        match line.char_indices().nth(room * 2) {
            None => line,
            Some((end, _)) => format!("{}…", &line[..end]),
        }
    }

    fn slices(&self, details: &Details) -> Option<String> {
        let rows: Vec<_> = details
            .tasks
            .iter()
            .flat_map(|task| {
                task.slices
                    .iter()
                    .filter(|slice| slice.difference < 0.0)
                    .take(SLICES_SHOWN)
                    .map(move |slice| (task, slice))
            })
            .collect();
        if details.slices_looked_at == 0 {
            return None;
        }
        let looked_at = counted(details.slices_looked_at as u64, "slice");
        if rows.is_empty() {
            return Some(self.sheet.wrap(&format!(
                "Of {looked_at} (tags with 10 cases and more) none is worse than with the reference."
            )));
        }
        let mut table =
            self.sheet.table(&[("worst slices", false), ("cases", true), ("right answers", false), ("reading", false)]);
        for (task, slice) in rows {
            let words = if slice.stands_out { "worse" } else { "could be chance" };
            table.add_row(vec![
                Cell::new(format!("{}: {}", visible_line(&task.task), visible_line(&slice.tag))),
                right_cell(slice.cases.to_string()),
                Cell::new(format!("{} {}", points(Some(slice.difference)), points_interval(Some(slice.interval)))),
                self.sheet.cell(words, if slice.stands_out { Ink::Strong } else { Ink::Faint }),
            ]);
        }
        let note =
            format!("{looked_at} with 10 cases and more looked at; “worse” holds for all of them together (Holm).");
        Some(format!("{}\n{}", self.sheet.lay_out(table), self.sheet.paint(&self.sheet.wrap(&note), Ink::Faint)))
    }

    fn comparison_reasons(&self) -> String {
        let mut table = self.sheet.table(&[("why", false), ("", false)]);
        for task in &self.summary.tasks {
            for row in &task.comparisons {
                let name = format!("{}\n  {}", visible_line(&task.task), visible_line(&row.candidate));
                self.reason_row(&mut table, &name, &row.reasons);
            }
        }
        self.sheet.lay_out(table)
    }
}

fn expected(case: &Discordant, redacted: bool) -> String {
    match &case.expected {
        Value::Null if redacted => "(private)".into(),
        Value::Null => "—".into(),
        Value::String(text) => text.clone(),
        // With room to break lines at.
        value => value.to_string().replace(",\"", ", \""),
    }
}

/// Why it is not right says more than an object or a call, where the scorer said it; a short answer speaks for itself.
fn said(said: Option<&Said>) -> String {
    let Some(said) = said else { return "—".into() };
    match &said.note {
        Some(note) if said.outcome != "right" && said.text.contains(['{', '\n']) => format!("{}: {note}", said.outcome),
        _ if said.text.is_empty() => format!("({})", said.outcome),
        _ => format!("{}: {}", said.outcome, said.text),
    }
}
