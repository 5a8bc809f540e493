//! A suite over time.

use super::{
    address,
    chart::{Chart, chart, findings},
    render,
};
use crate::{
    History, Point, ReportError, TaskHistory,
    format::{count, counted, limit, moment, percent, percent_interval, usd},
    html::{Mark, mark},
};
use serde::Serialize;

#[derive(Serialize)]
struct Page {
    suite: String,
    facts: Vec<String>,
    level: String,
    legend: String,
    left_out: Vec<(String, String)>,
    tasks: Vec<Task>,
}

#[derive(Serialize)]
struct Task {
    name: String,
    finding: String,
    chart: Chart,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    number: usize,
    run: String,
    address: String,
    when: String,
    model: String,
    right: String,
    interval: String,
    change: String,
    is_worse: bool,
    cases: String,
    mark: Option<Mark>,
    cost: String,
    per_right: String,
    measure: String,
}

/// The history of a suite as a page, with the runs that could not be read, each with its reason.
pub fn trend_page(history: &History, left_out: &[(String, String)]) -> Result<String, ReportError> {
    let points = || history.tasks.iter().flat_map(|task| &task.models).flat_map(|model| &model.points);
    let when = |point: Option<&Point>| point.map(|point| moment(&point.started_at));
    let first = when(points().min_by(|a, b| a.started_at.cmp(&b.started_at)));
    let last = when(points().max_by(|a, b| a.started_at.cmp(&b.started_at)));
    let mut facts = vec![counted(history.runs.len() as u64, "run")];
    facts.extend(first.zip(last).map(|(first, last)| match first == last {
        true => first,
        false => format!("{first} to {last}"),
    }));
    let page = Page {
        suite: history.suite.clone(),
        facts,
        level: limit(points().next().map_or(0.9, |point| point.level)),
        legend: history.legend(),
        left_out: left_out.to_vec(),
        tasks: history.tasks.iter().map(|task| of_task(history, task)).collect(),
    };
    render("trend.html", page)
}

fn of_task(history: &History, task: &TaskHistory) -> Task {
    let mut rows: Vec<Row> = Vec::new();
    for (place, run) in history.runs.iter().enumerate().rev() {
        for model in &task.models {
            let points = model.points.iter().filter(|point| point.run == *run);
            rows.extend(points.map(|point| row(place + 1, &model.model, point)));
        }
    }
    Task { name: task.task.clone(), finding: findings(task).join("; "), chart: chart(history, task), rows }
}

fn row(number: usize, model: &str, point: &Point) -> Row {
    Row {
        number,
        run: point.run.clone(),
        address: address(&point.run),
        when: moment(&point.started_at),
        model: model.into(),
        right: percent(point.correct_rate),
        interval: percent_interval(point.interval),
        change: point.changed(),
        is_worse: point.is_worse(),
        cases: count(point.cases),
        mark: point.verdict.map(mark),
        cost: usd(point.cost_usd),
        per_right: usd(point.cost_per_correct_usd),
        measure: point.measure(),
    }
}
