//! The records as one typed frame, and the questions asked of it as lazy expressions.

use crate::{
    breakdown::Fate,
    rows::{Facts, Key, Rows},
};
use polars::prelude::*;

/// One row a record, sorted by task, model, case and repeat, so that no sum depends on the order of the log.
///
/// Tasks and models stand in it by their places in the manifest, other texts by their numbers in [`Rows`].
pub(crate) struct Frame(DataFrame);

impl Frame {
    pub fn new(rows: &Rows) -> PolarsResult<Self> {
        let mut columns = Vec::new();
        keys(&mut columns, rows);
        facts(&mut columns, rows);
        for (name, scores) in &rows.scores {
            columns.extend(score_columns(rows, name, scores));
        }
        Ok(Self(DataFrame::new(rows.keys.len(), columns)?))
    }

    /// One row a case, in the order of [`Rows::by_case`]: shares over its repeats that were asked, what they cost, and of
    /// each metric the mean of the known scores.
    ///
    /// What a failed scorer would have said is 0 in the worst case and 1 in the best.
    pub fn cases(&self) -> PolarsResult<DataFrame> {
        let number = |name: &str| col(name).sum().cast(DataType::Float64);
        let share = |name: &str, of: Expr| {
            when(col("asked").sum().gt(lit(0))).then(of / number("asked")).otherwise(lit(0.0)).alias(name)
        };
        let spent = when(col("answer")).then(col("cost_usd")).otherwise(lit(0.0)).fill_null(lit(0.0));
        let mut columns = vec![
            col("asked").sum().alias("repeats"),
            share("correct_low", number("right")),
            share("correct_high", number("right") + number("failed_score")),
            share("wrong_low", number("wrong")),
            share("wrong_high", number("wrong") + number("failed_score")),
            share("failed_calls", number("failed_call")),
            col("failed_call").any(true).alias("any_failed_call"),
            col("failed_score").any(true).alias("any_failed_score"),
            col("broken").any(true).alias("any_broken"),
            // A failed repeat costs nothing.
            share("cost", col("spent").sum()),
        ];
        for name in self.0.get_column_names() {
            if name.starts_with(SCORE) {
                columns.extend([col(name.clone()).mean(), col(name.clone()).count().alias(format!("{KNOWN}{name}"))]);
            } else if name.starts_with(FAILED) {
                columns.push(col(name.clone()).sum());
            }
        }
        self.0.clone().lazy().with_column(spent.alias("spent")).group_by_stable([col("case")]).agg(columns).collect()
    }

    /// One row a task and model: sums, percentiles and counts of answers.
    pub fn totals(&self) -> PolarsResult<DataFrame> {
        let answers = |name: &str| col(name).filter(col("answer"));
        // A sum over answers of which one is unknown is unknown.
        let sum = |name: &str| {
            when(answers(name).null_count().gt(lit(0)).or(col("answer").sum().eq(lit(0))))
                .then(lit(NULL))
                .otherwise(answers(name).sum())
                .alias(name)
        };
        let percentile = |name: &str, p: f64| col(name).quantile(lit(p), QuantileMethod::Linear);
        self.0
            .clone()
            .lazy()
            .group_by_stable([col("task"), col("model")])
            .agg([
                sum("cost_usd"),
                sum("input_tokens"),
                sum("cached_input_tokens"),
                sum("output_tokens"),
                percentile("latency_ms", 0.5).alias("latency_p50"),
                percentile("latency_ms", 0.95).alias("latency_p95"),
                percentile("latency_ms", 0.99).alias("latency_p99"),
                percentile("tokens_per_second", 0.5).alias("tokens_per_second"),
                col("length_cut").sum().alias("length_cut"),
                col("cached").sum().alias("cached"),
            ])
            .collect()
    }

    /// One row a task, model, expectation and fate.
    pub fn fates(&self) -> PolarsResult<DataFrame> {
        self.count_by(["task", "model", "should_decline", "fate"], lit(true))
    }

    /// One row a task, model and kind of error.
    pub fn errors(&self) -> PolarsResult<DataFrame> {
        self.count_by(["task", "model", "error_kind"], col("error_kind").is_not_null())
    }

    /// One row a task, model, expected and given label; the given one is null where no label could be read.
    pub fn confusion(&self) -> PolarsResult<DataFrame> {
        self.count_by(["task", "model", "expected_label", "given_label"], col("expected_label").is_not_null())
    }

    fn count_by<const N: usize>(&self, keys: [&str; N], filter: Expr) -> PolarsResult<DataFrame> {
        let keys = keys.map(col);
        self.0.clone().lazy().filter(filter).group_by_stable(keys).agg([len().alias("count")]).collect()
    }
}

fn keys(columns: &mut Vec<Column>, rows: &Rows) {
    let number = |name: &str, of: fn(Key) -> u32| {
        Column::new(name.into(), rows.sorted().map(|row| of(rows.keys[row])).collect::<Vec<_>>())
    };
    columns.extend([number("task", |key| key.task), number("model", |key| key.model)]);
    let cases = rows.by_case().zip(0u32..).flat_map(|(case, number)| case.iter().map(move |_| number));
    let mut cases = Series::new("case".into(), cases.collect::<Vec<_>>());
    cases.set_sorted_flag(polars::series::IsSorted::Ascending);
    columns.push(cases.into());
}

/// Columns of scores, by the metric's name behind it.
pub(crate) const SCORE: &str = "score.";
/// Of cases: how many scores are known, by the name of their column.
pub(crate) const KNOWN: &str = "known.";
/// Columns that tell which scores failed, of metrics of which any did.
pub(crate) const FAILED: &str = "failed.";

fn score_columns(rows: &Rows, name: &str, scores: &[f64]) -> Vec<Column> {
    let sorted = || rows.sorted().map(|row| scores.get(row).copied().unwrap_or(f64::NAN));
    let known: Float64Chunked = sorted().map(|x| x.is_finite().then_some(x)).collect();
    let mut columns = vec![known.with_name(format!("{SCORE}{name}").into()).into_column()];
    if scores.iter().any(|x| x.is_infinite()) {
        let failed: Vec<bool> = sorted().map(f64::is_infinite).collect();
        columns.push(Column::new(format!("{FAILED}{name}").into(), failed));
    }
    columns
}

fn facts(columns: &mut Vec<Column>, rows: &Rows) {
    let facts = || rows.sorted().map(|row| &rows.facts[row]);
    let flag = |name: &str, of: fn(&Facts) -> bool| Column::new(name.into(), facts().map(of).collect::<Vec<_>>());
    let number =
        |name: &str, of: fn(&Facts) -> Option<u32>| Column::new(name.into(), facts().map(of).collect::<Vec<_>>());
    let float =
        |name: &str, of: fn(&Facts) -> Option<f64>| Column::new(name.into(), facts().map(of).collect::<Vec<_>>());
    let whole =
        |name: &str, of: fn(&Facts) -> Option<u64>| Column::new(name.into(), facts().map(of).collect::<Vec<_>>());
    columns.extend([
        flag("should_decline", |r| r.should_decline),
        number("fate", |r| Some(r.fate as u32)),
        flag("answer", |r| r.fate.is_answer()),
        flag("asked", |r| r.fate != Fate::Skipped),
        flag("right", |r| r.fate.is_correct()),
        flag("wrong", |r| r.fate.is_confidently_wrong()),
        flag("broken", |r| r.fate == Fate::Broken),
        flag("failed_call", |r| r.fate == Fate::FailedCall),
        flag("failed_score", |r| r.fate == Fate::FailedScore),
        float("cost_usd", Facts::cost_usd),
        float("latency_ms", Facts::latency_ms),
        float("tokens_per_second", Facts::tokens_per_second),
        whole("input_tokens", Facts::input_tokens),
        whole("cached_input_tokens", Facts::cached_input_tokens),
        whole("output_tokens", Facts::output_tokens),
        flag("length_cut", |r| r.length_cut),
        flag("cached", |r| r.cached),
        number("error_kind", Facts::error_kind),
        number("expected_label", Facts::expected_label),
        number("given_label", Facts::given_label),
    ]);
}
