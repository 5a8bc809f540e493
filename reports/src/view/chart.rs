//! Right answers over runs: a line a model, with the interval of each point.

use crate::{History, ModelHistory, Point, TaskHistory, format::percent};
use serde::Serialize;

/// Height of the plot in pixels, and room above and below it.
const HEIGHT: f64 = 200.0;
const EDGE: f64 = 14.0;
/// Models lie side by side at a run, so many percent of the width apart at most.
const APART: f64 = 1.4;
/// The marks of the models, told apart without colour; models beyond them begin again.
const SHAPES: [&str; 6] = [
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "M-4.5-4.5h9v9h-9z",
    "M0-6L6 0 0 6-6 0z",
    "M0-6L5.5 4.5h-11z",
    "M0 6L5.5-4.5h-11z",
    "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
];

#[derive(Serialize)]
pub(super) struct Chart {
    height: f64,
    grid: Vec<Grid>,
    ticks: Vec<Tick>,
    lines: Vec<Line>,
    label: String,
}

#[derive(Serialize)]
struct Grid {
    y: f64,
    words: &'static str,
}

#[derive(Serialize)]
struct Tick {
    x: f64,
    number: usize,
}

#[derive(Serialize)]
struct Line {
    model: String,
    kind: usize,
    shape: &'static str,
    pieces: Vec<Piece>,
    marks: Vec<Dot>,
}

/// From one run to the next; dashed where the two are not the same measure.
#[derive(Serialize)]
struct Piece {
    from: [f64; 2],
    to: [f64; 2],
    dashed: bool,
}

#[derive(Serialize)]
struct Dot {
    x: f64,
    y: f64,
    /// Upper and lower end of the interval.
    range: Option<[f64; 2]>,
    words: String,
}

pub(super) fn chart(history: &History, task: &TaskHistory) -> Chart {
    let grid = [(0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100%")];
    let runs = history.runs.len();
    Chart {
        height: HEIGHT + 2.0 * EDGE,
        grid: grid.map(|(rate, words)| Grid { y: y(rate), words }).into(),
        ticks: (0..runs).map(|run| Tick { x: x(run, runs), number: run + 1 }).collect(),
        lines: task.models.iter().enumerate().map(|(place, model)| line(history, task, place, model)).collect(),
        label: format!("{}: share of right answers by run, {}", task.task, findings(task).join("; ")),
    }
}

fn line(history: &History, task: &TaskHistory, place: usize, model: &ModelHistory) -> Line {
    let runs = history.runs.len();
    let step = APART.min(40.0 / (runs * task.models.len()) as f64);
    let aside = (place as f64 - (task.models.len() - 1) as f64 / 2.0) * step;
    let spot = |point: &Point| {
        let run = history.runs.iter().position(|run| *run == point.run)?;
        Some([hundredth(x(run, runs) + aside), y(point.correct_rate?)])
    };
    let dot = |point: &Point| {
        let [x, height] = spot(point)?;
        let range = point.interval.map(|[lower, upper]| [y(upper), y(lower)]);
        Some(Dot {
            x,
            y: height,
            range,
            words: format!("{}, {}: {}", model.model, point.run, percent(point.correct_rate)),
        })
    };
    let piece = |pair: &[Point]| {
        let dashed = !pair[1].differs_in.is_empty() || pair[0].partial != pair[1].partial;
        Some(Piece { from: spot(&pair[0])?, to: spot(&pair[1])?, dashed })
    };
    Line {
        model: model.model.clone(),
        kind: place % SHAPES.len(),
        shape: SHAPES[place % SHAPES.len()],
        pieces: model.points.windows(2).filter_map(piece).collect(),
        marks: model.points.iter().filter_map(dot).collect(),
    }
}

/// What became of each model, in words.
pub(super) fn findings(task: &TaskHistory) -> Vec<String> {
    let finding = |model: &ModelHistory| {
        let [first, .., last] = model.points.as_slice() else {
            let only = model.points.first()?;
            return Some(format!("{} {} in one run", model.model, percent(only.correct_rate)));
        };
        let (from, to) = (percent(first.correct_rate), percent(last.correct_rate));
        Some(format!("{} from {from} to {to} in {} runs", model.model, model.points.len()))
    };
    task.models.iter().filter_map(finding).collect()
}

/// In percent of the width.
fn x(run: usize, runs: usize) -> f64 {
    hundredth((run as f64 + 0.5) / runs as f64 * 100.0)
}

/// In pixels from above.
fn y(rate: f64) -> f64 {
    hundredth(EDGE + (1.0 - rate.clamp(0.0, 1.0)) * HEIGHT)
}

fn hundredth(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
