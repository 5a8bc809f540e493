//! A suite over time for a terminal: a table a task, and a small curve a model.

use super::{History, ModelHistory, Point, TaskHistory};
use crate::{
    Style,
    format::{UNKNOWN, count, counted, percent, percent_interval, points, usd},
    terminal::layout::{Ink, Sheet, right_cell},
    visible::visible_line,
};
use comfy_table::{Cell, ColumnConstraint};

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The history as text. Ends with a line end.
pub fn history_terminal(history: &History, style: Style) -> String {
    let sheet = Sheet::new(style);
    let runs = counted(history.runs.len() as u64, "run");
    let title = format!("{}: {runs}, the newest last", visible_line(&history.suite));
    let mut parts = vec![sheet.paint(&sheet.wrap(&title), Ink::Strong)];
    parts.extend(history.tasks.iter().map(|task| table(&sheet, task)));
    parts.push(sheet.paint(&sheet.wrap(&legend(history)), Ink::Faint));
    parts.join("\n\n") + "\n"
}

fn table(sheet: &Sheet, task: &TaskHistory) -> String {
    let name = visible_line(&task.task);
    let mut table = sheet.table(&[
        (&name, false),
        ("right", true),
        ("interval", false),
        ("change", true),
        ("cases", true),
        ("verdict", false),
        ("cost", true),
        ("run", false),
    ]);
    for model in &task.models {
        let words = format!("{}  {}", visible_line(&model.model), sparkline(&model.points));
        table.add_row(vec![sheet.cell(&words, Ink::Strong)]);
        for point in &model.points {
            table.add_row(row(sheet, point));
        }
    }
    // A name that is broken in two cannot be copied.
    for column in [0, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    sheet.lay_out(table)
}

fn row(sheet: &Sheet, point: &Point) -> Vec<Cell> {
    let verdict = match point.verdict {
        Some(verdict) => sheet.cell(&format!("{} {}", verdict.sign(), verdict.words()), Ink::Verdict(verdict)),
        None => sheet.cell("reference", Ink::Faint),
    };
    vec![
        Cell::new(format!("  {}", day(point))),
        right_cell(percent(point.correct_rate)),
        Cell::new(percent_interval(point.interval)),
        right_cell(change(point)),
        right_cell(format!("{}{}", count(point.cases), if point.partial { " part" } else { "" })),
        verdict,
        right_cell(usd(point.cost_usd)),
        Cell::new(visible_line(&point.run)),
    ]
}

fn day(point: &Point) -> String {
    visible_line(point.started_at.get(..10).unwrap_or(&point.started_at))
}

/// In points, with a mark where it is worse for sure, and one where it is another measure.
fn change(point: &Point) -> String {
    let known = point.change.as_ref().filter(|change| change.difference.is_some());
    let words = match known {
        Some(change) => points(change.difference).replace(" points", if change.is_regression { " ▼" } else { "" }),
        None => UNKNOWN.into(),
    };
    if point.differs_in.is_empty() { words } else { format!("{words} ≠ {}", point.differs_in.join(", ")) }
}

/// The rates on a scale from 0 to 100 %, a blank where one is unknown.
fn sparkline(points: &[Point]) -> String {
    let step = |rate: f64| STEPS[((rate * STEPS.len() as f64) as usize).min(STEPS.len() - 1)];
    points.iter().map(|point| point.correct_rate.map_or(' ', step)).collect()
}

fn legend(history: &History) -> String {
    let all = || history.tasks.iter().flat_map(|task| &task.models).flat_map(|model: &ModelHistory| &model.points);
    let level = all().next_back().map_or(0.9, |point| point.level);
    let mut words = vec![format!(
        "interval: {:.0}%, in percent; change: in points against the run before of the same model, on the cases that \
         both hold.",
        level * 100.0
    )];
    let has = |is_it: fn(&Point) -> bool| all().any(is_it);
    if has(|point| point.change.as_ref().is_some_and(|change| change.is_regression)) {
        words.push("▼ worse for sure (McNemar's mid-p).".into());
    }
    if has(|point| !point.differs_in.is_empty()) {
        words.push("≠ not the same measure as the run before: what differs is named.".into());
    }
    words.join(" ")
}
