use crate::{
    Summary,
    format::{percent, percent_interval},
    parts::{HELD_OUT, Parts, with_parts},
};
use serde::Serialize;

/// One part of a task's cases, of one model.
#[derive(Serialize)]
pub(super) struct PartView {
    task: String,
    model: String,
    name: &'static str,
    right: String,
    rate: String,
    interval: String,
    warning: Option<String>,
}

/// Of each task and model of which cases are held out, both parts.
pub(super) fn part_views(summary: &Summary) -> Vec<PartView> {
    with_parts(summary).flat_map(|(task, row, parts)| of_row(&task.task, &row.model, parts)).collect()
}

fn of_row(task: &str, model: &str, parts: &Parts) -> [PartView; 2] {
    parts.rows().map(|(name, part)| PartView {
        task: task.into(),
        model: model.into(),
        name,
        right: part.right(),
        rate: percent(part.correct_rate),
        interval: percent_interval(part.interval),
        warning: parts.warning().filter(|_| name == HELD_OUT),
    })
}
