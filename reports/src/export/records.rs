//! A row for each record, in the order of the log.

use super::{
    ExportFormat, Exported, begin,
    table::{Column, cells, header, word},
};
use crate::{ReportError, Run};
use eval_core::Record;
use std::{collections::BTreeSet, io::Write};

pub(super) fn write(run: &Run, format: ExportFormat, out: &mut (dyn Write + Send)) -> Result<Exported, ReportError> {
    let scores: BTreeSet<&String> = run.evidence.iter().flatten().flat_map(|found| found.scores.keys()).collect();
    let columns = columns(scores.into_iter().cloned());
    let mut rows = begin(format, header(&columns), out)?;
    let mut written = Exported::default();
    for source in &run.sources {
        source.each(|record, _| {
            // A task that only the reference's run holds is no part of this one.
            if !run.manifest.tasks.iter().any(|task| task.name == record.task) {
                return Ok(());
            }
            if run.is_held_out(&record) {
                written.held_out += 1;
                return Ok(());
            }
            written.rows += 1;
            rows.row(cells(&columns, &record))
        })?;
    }
    rows.end()?;
    Ok(written)
}

fn columns(scores: impl Iterator<Item = String>) -> Vec<Column<Record>> {
    let text = |name: &str, of: fn(&Record) -> Option<String>| Column::text(name, of);
    let count = |name: &str, of: fn(&Record) -> Option<u64>| Column::count(name, of);
    let number = |name: &str, of: fn(&Record) -> Option<f64>| Column::number(name, of);
    let flag = |name: &str, of: fn(&Record) -> Option<bool>| Column::flag(name, of);
    let mut columns = vec![
        text("task", |record| Some(record.task.clone())),
        text("case", |record| Some(record.case.clone())),
        text("case_hash", |record| Some(record.case_hash.clone())),
        text("model", |record| Some(record.model.clone())),
        count("repeat", |record| Some(record.repeat.into())),
        text("outcome", |record| word(record.outcome)),
        flag("should_decline", |record| Some(record.should_decline)),
        flag("correct", |record| record.correct),
        text("behaviour", |record| record.behaviour.and_then(word)),
        text("finish_reason", |record| record.finish_reason.as_ref().and_then(word)),
        number("latency_ms", |record| record.latency_ms),
        number("confidence", |record| record.confidence),
        number("tokens_per_second", |record| record.speed.tokens_per_second),
        count("tokens.input", |record| record.usage.input_tokens),
        count("tokens.cached_input", |record| record.usage.cached_input_tokens),
        count("tokens.output", |record| record.usage.output_tokens),
        number("cost_usd", |record| record.cost_usd),
        flag("cached", |record| Some(record.cached)),
        count("attempts", |record| Some(record.attempts.into())),
        text("error", |record| record.error.as_ref().map(|error| error.kind.clone())),
        text("tags", |record| (!record.tags.is_empty()).then(|| record.tags.join(", "))),
        text("cluster", |record| record.cluster.clone()),
    ];
    columns.extend(scores.map(|name| {
        let column = format!("score.{name}");
        Column::number(column, move |record: &Record| record.scores.get(&name).copied().flatten())
    }));
    columns
}
