//! How each model stands by itself: its rate of right answers against the bars, and what it costs.

use super::page::{Mark, mark};
use crate::{
    BarResult, BarState, ModelRow, Summary,
    format::{clauses, count, duration, limit, list, percent, percent_interval, usd, usd_interval},
};
use eval_core::{Manifest, ModelRole, TaskInfo};
use serde::Serialize;

/// One task.
#[derive(Serialize)]
pub(super) struct Group {
    task: String,
    anchor: usize,
    compared: bool,
    rows: Vec<ResultRow>,
}

/// One model of a task.
#[derive(Serialize)]
struct ResultRow {
    model: String,
    is_reference: bool,
    mark: Mark,
    bar_state: &'static str,
    right: String,
    rate: String,
    interval: String,
    /// The interval that is drawn, of the level that decides the bar.
    drawn: String,
    bars: Vec<String>,
    wrong: String,
    broken: String,
    errors: String,
    latency: String,
    cost: String,
    per_right: String,
    per_right_interval: String,
    plots: Vec<Plot>,
}

/// An interval against its bar, on an axis from 0 to 100.
#[derive(Serialize)]
struct Plot {
    metric: String,
    words: String,
    value: f64,
    lower: f64,
    upper: f64,
    bar: Option<f64>,
    state: &'static str,
}

/// Every model on every task, in suite order.
pub(super) fn groups(manifest: &Manifest, summary: &Summary) -> Vec<Group> {
    let tasks = summary.tasks.iter().zip(&manifest.tasks).enumerate();
    tasks
        .map(|(anchor, (task, info))| Group {
            task: task.task.clone(),
            anchor,
            compared: !task.comparisons.is_empty(),
            rows: task.models.iter().map(|row| result_row(row, info, summary.level)).collect(),
        })
        .collect()
}

/// Such as `small meets the bars of triage and fields, misses the bars of answers, and leaves the bars of actions open.`; empty where
/// no task has a bar.
pub(super) fn standing(manifest: &Manifest, summary: &Summary) -> String {
    let of_model = |name: &str| {
        let tasks = |state: BarState| {
            let is_so = |row: &&ModelRow| row.model == name && row.bars == state;
            let found = summary.tasks.iter().filter(|task| task.models.iter().any(|row| is_so(&row)));
            found.map(|task| task.task.clone()).collect::<Vec<_>>()
        };
        let part = |verb: &str, tasks: Vec<String>, rest: &str| {
            (!tasks.is_empty()).then(|| format!("{verb} the bars of {}{rest}", list(&tasks)))
        };
        let parts = [
            part("meets", tasks(BarState::Met), ""),
            part("misses", tasks(BarState::Missed), ""),
            part("leaves", tasks(BarState::Open), " open"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{name} {}.", clauses(&parts)))
    };
    let sentences: Vec<String> = manifest.models.iter().filter_map(|model| of_model(&model.name)).collect();
    sentences.join(" ")
}

fn result_row(row: &ModelRow, info: &TaskInfo, level: f64) -> ResultRow {
    let answers = &row.breakdown;
    let accuracy = row.intervals.get("accuracy").copied().flatten();
    let of_bar = row.bar_results.iter().find(|bar| bar.metric == "accuracy");
    // Where another level decides than that of the table.
    let limits = |bar: &BarResult| match bar.interval.filter(|_| bar.level != level && is_share_of(info, &bar.metric)) {
        Some(interval) => format!(", by {}", percent_interval(Some(interval))),
        None => String::new(),
    };
    ResultRow {
        model: row.model.clone(),
        is_reference: row.role == ModelRole::Reference,
        mark: mark(row.verdict),
        bar_state: match row.bars {
            BarState::Met => "bar met",
            BarState::Missed => "bar missed",
            BarState::Open => "bar open",
            BarState::None => "no bar",
        },
        right: row.right_of().join(" of "),
        rate: percent(row.correct_rate),
        interval: percent_interval(accuracy),
        drawn: percent_interval(of_bar.map_or(accuracy, |bar| bar.interval)),
        bars: row.bar_results.iter().map(|bar| bar_words(bar, info) + &limits(bar)).collect(),
        wrong: count(answers.wrong_answers + answers.answered_should_decline),
        broken: count(answers.broken_answers),
        errors: count(answers.failed_calls + answers.failed_scores),
        latency: duration(row.latency_ms.p50),
        cost: usd(row.cost_usd),
        per_right: usd(row.cost_per_correct_usd),
        per_right_interval: usd_interval(row.cost_per_correct_interval),
        plots: plots(row, info),
    }
}

fn is_share_of(info: &TaskInfo, metric: &str) -> bool {
    info.metrics.iter().find(|spec| spec.name == metric).is_none_or(|spec| spec.aggregate.is_share())
}

fn bar_words(bar: &BarResult, info: &TaskInfo) -> String {
    let show = |x: f64| if is_share_of(info, &bar.metric) { limit(x) } else { format!("{x}") };
    let ask = bar.min.map(|x| format!("at least {}", show(x))).or(bar.max.map(|x| format!("at most {}", show(x))));
    format!("{} {}: {}", bar.shown(), ask.unwrap_or_default(), state_word(bar.state))
}

fn state_word(state: BarState) -> &'static str {
    match state {
        BarState::Met => "met",
        BarState::Missed => "missed",
        BarState::Open => "open",
        BarState::None => "no bar",
    }
}

/// The bars that lie on an axis of percent; without any, accuracy alone.
fn plots(row: &ModelRow, info: &TaskInfo) -> Vec<Plot> {
    let plot =
        |metric: &str, value: Option<f64>, interval: Option<[f64; 2]>, bar: Option<f64>, state, words: String| {
            let [lower, upper] = interval?;
            let percent = |x: f64| (x.clamp(0.0, 1.0) * 1e4).round() / 1e2;
            Some(Plot {
                metric: metric.into(),
                words,
                value: percent(value?),
                lower: percent(lower),
                upper: percent(upper),
                bar: bar.map(percent),
                state: state_word(state),
            })
        };
    let words = |value, interval| format!("{} {}", percent(value), percent_interval(interval));
    let of_bars: Vec<Plot> = row
        .bar_results
        .iter()
        .filter(|bar| is_share_of(info, &bar.metric))
        .filter_map(|bar| {
            let text = format!("{}; {}", words(bar.value, bar.interval), bar_words(bar, info));
            plot(&bar.shown(), bar.value, bar.interval, bar.min.or(bar.max), bar.state, text)
        })
        .collect();
    if !of_bars.is_empty() {
        return of_bars;
    }
    let interval = row.intervals.get("accuracy").copied().flatten();
    let text = words(row.correct_rate, interval);
    plot("accuracy", row.correct_rate, interval, None, BarState::None, text).into_iter().collect()
}
