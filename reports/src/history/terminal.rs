//! A suite over time for a terminal: a table a task, and a small curve a model.

use super::{History, Point, TaskHistory};
use crate::{
    Style,
    format::{count, counted, percent, percent_interval, usd},
    terminal::layout::{Ink, Sheet, right_cell},
    visible::visible_line,
};
use comfy_table::{Cell, ColumnConstraint, Width};

const INDENT: &str = " ";
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The history as text. Ends with a line end.
pub fn history_terminal(history: &History, style: Style) -> String {
    let sheet = Sheet::new(style);
    let runs = counted(history.runs.len() as u64, "run");
    let title = format!("{}: {runs}, the newest last", visible_line(&history.suite));
    let mut parts = vec![sheet.paint(&sheet.wrap(&title), Ink::Strong)];
    for task in &history.tasks {
        parts.push(table(&sheet, task));
        parts.extend(measures(&sheet, task));
    }
    parts.push(sheet.paint(&sheet.wrap(&history.legend()), Ink::Faint));
    parts.join("\n\n") + "\n"
}

fn table(sheet: &Sheet, task: &TaskHistory) -> String {
    let points = || task.models.iter().flat_map(|model| &model.points);
    let name = visible_line(&task.task);
    let rate = format!("right, {:.0}% interval", points().next_back().map_or(0.9, |point| point.level) * 100.0);
    // A run's id leaves little room: what nobody knows takes none of it.
    let costs = points().any(|point| point.cost_usd.is_some());
    let mut header =
        vec![(name.as_str(), false), (rate.as_str(), false), ("change", true), ("cases", true), ("verdict", false)];
    header.extend(costs.then_some(("cost", true)));
    let mut table = sheet.table(&header);
    for model in &task.models {
        let words = format!("{}  {}", visible_line(&model.model), sparkline(&model.points));
        table.add_row(vec![sheet.cell(&words, Ink::Strong)]);
        for point in &model.points {
            table.add_row(row(sheet, point, costs));
        }
    }
    // An id that is broken in two cannot be copied.
    let widest = points().map(|point| named(point).chars().count()).max().unwrap_or(0) + INDENT.len() + 2;
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(widest).unwrap_or(u16::MAX))));
    }
    sheet.lay_out(table)
}

fn row(sheet: &Sheet, point: &Point, costs: bool) -> Vec<Cell> {
    let verdict = match point.verdict {
        Some(verdict) => sheet.cell(&format!("{} {}", verdict.sign(), verdict.words()), Ink::Verdict(verdict)),
        None => sheet.cell("reference", Ink::Faint),
    };
    let mut cells = vec![
        Cell::new(format!("{INDENT}{}", named(point))),
        Cell::new(format!("{:>6} {}", percent(point.correct_rate), percent_interval(point.interval))),
        right_cell(change(point)),
        right_cell(count(point.cases)),
        verdict,
    ];
    cells.extend(costs.then(|| right_cell(usd(point.cost_usd))));
    cells
}

/// The run, and its day where its name does not begin with it as those do that eval gives.
fn named(point: &Point) -> String {
    let day = point.started_at.get(..10).unwrap_or(&point.started_at);
    let run = visible_line(&point.run);
    if run.starts_with(&day.replace('-', "")) { run } else { format!("{run} ({})", visible_line(day)) }
}

/// In points, with a mark where it is worse for sure, and one where it is another measure.
fn change(point: &Point) -> String {
    let alarm = if point.is_worse() { " ▼" } else { "" };
    let other = if point.measure().is_empty() { "" } else { " ≠" };
    format!("{}{alarm}{other}", point.changed())
}

fn measures(sheet: &Sheet, task: &TaskHistory) -> Option<String> {
    let points = task.models.iter().flat_map(|model| model.points.iter().map(move |point| (model, point)));
    let lines: Vec<String> = points
        .filter(|(_, point)| !point.measure().is_empty())
        .map(|(model, point)| {
            let words = format!("≠ {}, {}: {}", point.run, model.model, point.measure());
            sheet.wrap(&visible_line(&words))
        })
        .collect();
    (!lines.is_empty()).then(|| sheet.paint(&lines.join("\n"), Ink::Faint))
}

/// The rates on a scale from 0 to 100 %, a blank where one is unknown.
fn sparkline(points: &[Point]) -> String {
    let step = |rate: f64| STEPS[((rate * STEPS.len() as f64) as usize).min(STEPS.len() - 1)];
    points.iter().map(|point| point.correct_rate.map_or(' ', step)).collect()
}
