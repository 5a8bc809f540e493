//! A model against itself in the run before, on the cases that both hold.

use super::{Change, History};
use crate::{ReportError, Run, comparison::pairs::Pairs, join, summarize};
use std::sync::Arc;

/// Adds what changed between the runs of each model. Runs are asked for by name, oldest first; one that is `None` cannot
/// be read any more and has no change.
pub fn add_changes(history: &mut History, mut read: impl FnMut(&str) -> Option<Arc<Run>>) -> Result<(), ReportError> {
    let runs = history.runs.clone();
    let mut models: Vec<String> =
        history.tasks.iter().flat_map(|task| &task.models).map(|row| row.model.clone()).collect();
    models.sort();
    models.dedup();
    // The newest run of each model that was read.
    let mut before: Vec<Option<(String, Arc<Run>)>> = vec![None; models.len()];
    for name in &runs {
        let Some(run) = read(name) else { continue };
        for (model, before) in models.iter().zip(&mut before) {
            if !run.manifest.models.iter().any(|info| info.name == *model) {
                continue;
            }
            if let Some((since, older)) = before {
                add(history, name, model, &run, since, older)?;
            }
            *before = Some((name.clone(), run.clone()));
        }
    }
    Ok(())
}

fn add(
    history: &mut History,
    name: &str,
    model: &str,
    newer: &Run,
    since: &str,
    older: &Run,
) -> Result<(), ReportError> {
    if newer.manifest.suite.name != older.manifest.suite.name {
        // Another suite, or one that was renamed: nothing is held against it.
        return Ok(());
    }
    let joined = join(newer.clone(), Some(model), older.clone(), Some(model))?;
    let alpha = joined.manifest.suite.decision.alpha;
    let summary = summarize(&joined)?;
    for task in &mut history.tasks {
        let place = summary.tasks.iter().position(|row| row.task == task.task);
        let pair = place.and_then(|place| summary.tasks[place].comparisons.first());
        let points = task.models.iter_mut().filter(|row| row.model == model).flat_map(|row| &mut row.points);
        let (Some(pair), Some(point)) = (pair, points.into_iter().find(|point| point.run == name)) else { continue };
        if pair.cases == 0 {
            continue;
        }
        let sides = place.map(|place| &joined.evidence[place]);
        let endpoint = sides.map(|sides| Pairs::new(&sides[0], &sides[1])?.correct()).transpose()?;
        // As counted: in a comparison failed calls of the reference may hide right answers, so that nothing passes by an
        // outage. Here they are the model's own.
        let p_regression = endpoint.as_ref().and_then(|endpoint| endpoint.p_below(&endpoint.shown));
        // Not that of the comparison, which for a part of a suite is of another level.
        let interval = endpoint.as_ref().map(|endpoint| endpoint.interval(&endpoint.shown, summary.level));
        point.change = Some(Change {
            since: since.into(),
            cases: pair.cases,
            difference: pair.difference,
            interval,
            p_regression,
            is_regression: p_regression.is_some_and(|p| p <= alpha),
        });
    }
    Ok(())
}
