//! A row for each task and model, with the numbers of the summary under the summary's names. A candidate that is held
//! against several references has a row for each.

use super::{
    ExportFormat, Exported, begin,
    table::{Column, cells, header, word},
};
use crate::{Breakdown, Comparison, ModelRow, ReportError, Summary, TaskSummary};
use std::{collections::BTreeSet, io::Write};

struct Row<'a> {
    summary: &'a Summary,
    task: &'a TaskSummary,
    model: &'a ModelRow,
    pair: Option<&'a Comparison>,
}

pub(super) fn write(
    summary: &Summary,
    format: ExportFormat,
    out: &mut (dyn Write + Send),
) -> Result<Exported, ReportError> {
    let metrics: BTreeSet<&String> =
        summary.tasks.iter().flat_map(|task| &task.models).flat_map(|row| row.metrics.keys()).collect();
    let columns: Vec<Column<Row<'_>>> =
        [of_model(), of_metrics(&metrics), of_cost(), of_pair()].into_iter().flatten().collect();
    let mut rows = begin(format, header(&columns), out)?;
    let mut written = Exported::default();
    for row in rows_of(summary) {
        rows.row(cells(&columns, &row))?;
        written.rows += 1;
    }
    rows.end()?;
    Ok(written)
}

fn rows_of(summary: &Summary) -> impl Iterator<Item = Row<'_>> {
    summary.tasks.iter().flat_map(move |task| {
        task.models.iter().flat_map(move |model| {
            let mut pairs: Vec<Option<&Comparison>> =
                task.comparisons.iter().filter(|pair| pair.candidate == model.model).map(Some).collect();
            if pairs.is_empty() {
                pairs.push(None);
            }
            pairs.into_iter().map(move |pair| Row { summary, task, model, pair })
        })
    })
}

fn limit(interval: Option<[f64; 2]>, side: usize) -> Option<f64> {
    interval.map(|limits| limits[side])
}

fn of_model<'a>() -> Vec<Column<Row<'a>>> {
    let count = |name: &str, of: fn(&ModelRow) -> u64| Column::count(name, move |row: &Row<'_>| Some(of(row.model)));
    let fate = |name: &str, of: fn(&Breakdown) -> u64| {
        Column::count(name, move |row: &Row<'_>| Some(of(&row.model.breakdown)))
    };
    vec![
        Column::text("suite", |row: &Row<'_>| Some(row.summary.suite.clone())),
        Column::text("run", |row: &Row<'_>| Some(row.summary.run.clone())),
        Column::text("task", |row: &Row<'_>| Some(row.task.task.clone())),
        Column::text("kind", |row: &Row<'_>| word(row.task.kind)),
        Column::text("model", |row: &Row<'_>| Some(row.model.model.clone())),
        Column::text("role", |row: &Row<'_>| word(row.model.role)),
        count("cases", |row| row.cases),
        count("repeats", |row| row.repeats.into()),
        Column::count("correct", |row: &Row<'_>| row.model.correct),
        Column::number("correct_rate", |row: &Row<'_>| row.model.correct_rate),
        Column::number("level", |row: &Row<'_>| Some(row.summary.level)),
        count("runner_errors", |row| row.runner_errors),
        count("metric_errors", |row| row.metric_errors),
        count("skipped", |row| row.skipped),
        count("broken", |row| row.broken),
        fate("records", |counts| counts.records),
        fate("right_answers", |counts| counts.right_answers),
        fate("wrong_answers", |counts| counts.wrong_answers),
        fate("answered_should_decline", |counts| counts.answered_should_decline),
        fate("right_refusals", |counts| counts.right_refusals),
        fate("over_refusals", |counts| counts.over_refusals),
        fate("flawed_refusals", |counts| counts.flawed_refusals),
        fate("broken_answers", |counts| counts.broken_answers),
        fate("failed_calls", |counts| counts.failed_calls),
        fate("failed_scores", |counts| counts.failed_scores),
        count("length_cut", |row| row.length_cut),
        count("cached", |row| row.cached),
        count("independent_units", |row| row.independent_units),
        Column::text("bars", |row: &Row<'_>| word(row.model.bars)),
        Column::text("verdict", |row: &Row<'_>| word(row.model.verdict)),
        Column::count("cases_needed", |row: &Row<'_>| row.model.cases_needed),
    ]
}

/// `metric.NAME`, and the limits of its interval.
fn of_metrics<'a>(names: &BTreeSet<&String>) -> Vec<Column<Row<'a>>> {
    let of = |name: &&String| {
        let column = |tail: &str| (format!("metric.{name}{tail}"), name.to_string());
        let ((value, at), (lower, low), (upper, high)) = (column(""), column(".lower"), column(".upper"));
        let interval = |row: &Row<'_>, name: &str| row.model.intervals.get(name).copied().flatten();
        [
            Column::number(value, move |row: &Row<'_>| row.model.metrics.get(&at).copied().flatten()),
            Column::number(lower, move |row: &Row<'_>| limit(interval(row, &low), 0)),
            Column::number(upper, move |row: &Row<'_>| limit(interval(row, &high), 1)),
        ]
    };
    names.iter().flat_map(of).collect()
}

fn of_cost<'a>() -> Vec<Column<Row<'a>>> {
    let number =
        |name: &str, of: fn(&ModelRow) -> Option<f64>| Column::number(name, move |row: &Row<'_>| of(row.model));
    let tokens = |name: &str, of: fn(&ModelRow) -> Option<u64>| Column::count(name, move |row: &Row<'_>| of(row.model));
    vec![
        number("latency_ms.p50", |row| row.latency_ms.p50),
        number("latency_ms.p95", |row| row.latency_ms.p95),
        number("latency_ms.p99", |row| row.latency_ms.p99),
        number("tokens_per_second", |row| row.tokens_per_second),
        tokens("in_flight", |row| row.in_flight.map(|n| n as u64)),
        tokens("tokens.input", |row| row.tokens.input),
        tokens("tokens.cached_input", |row| row.tokens.cached_input),
        tokens("tokens.output", |row| row.tokens.output),
        number("cost_usd", |row| row.cost_usd),
        number("cost_per_correct_usd", |row| row.cost_per_correct_usd),
        number("cost_per_correct_usd.lower", |row| limit(row.cost_per_correct_interval, 0)),
        number("cost_per_correct_usd.upper", |row| limit(row.cost_per_correct_interval, 1)),
    ]
}

/// The candidate against its reference, each name behind `comparison.`; empty for a model without one.
fn of_pair<'a>() -> Vec<Column<Row<'a>>> {
    let named = |name: &str| format!("comparison.{name}");
    let text = |name: &str, of: fn(&Comparison) -> Option<String>| {
        Column::text(named(name), move |row: &Row<'_>| row.pair.and_then(of))
    };
    let count = |name: &str, of: fn(&Comparison) -> Option<u64>| {
        Column::count(named(name), move |row: &Row<'_>| row.pair.and_then(of))
    };
    let number = |name: &str, of: fn(&Comparison) -> Option<f64>| {
        Column::number(named(name), move |row: &Row<'_>| row.pair.and_then(of))
    };
    vec![
        text("reference", |pair| Some(pair.reference.clone())),
        text("verdict", |pair| word(pair.verdict)),
        Column::flag(named("may_move"), |row: &Row<'_>| row.pair.map(|pair| pair.may_move)),
        count("cases", |pair| Some(pair.cases)),
        count("unpaired", |pair| Some(pair.unpaired)),
        count("both", |pair| pair.both),
        count("candidate_only", |pair| pair.candidate_only),
        count("reference_only", |pair| pair.reference_only),
        count("neither", |pair| pair.neither),
        number("difference", |pair| pair.difference),
        number("difference.lower", |pair| limit(pair.interval, 0)),
        number("difference.upper", |pair| limit(pair.interval, 1)),
        number("wrong_answers", |pair| pair.wrong_answers.difference),
        number("wrong_answers.lower", |pair| limit(pair.wrong_answers.interval, 0)),
        number("wrong_answers.upper", |pair| limit(pair.wrong_answers.interval, 1)),
        number("margin", |pair| Some(pair.margin)),
        number("level", |pair| Some(pair.level)),
        text("method", |pair| Some(pair.method.clone())),
        number("p_noninferiority", |pair| pair.p_noninferiority),
        number("p_adjusted", |pair| pair.p_adjusted),
        number("p_regression", |pair| pair.p_regression),
        number("p_more_wrong", |pair| pair.p_more_wrong),
        count("cases_needed", |pair| pair.cases_needed),
        count("cases_needed_at_zero", |pair| pair.cases_needed_at_zero),
    ]
}
