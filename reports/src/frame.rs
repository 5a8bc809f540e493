//! The records as one typed frame, and the questions asked of it as lazy expressions.

use crate::{
    breakdown::Fate,
    rows::{Facts, Rows},
};
use polars::prelude::*;

/// One row a record of a task, sorted by model, case and repeat, so that no sum depends on the order of the log. A task has
/// a frame of its own, since it has its own metrics.
///
/// Models stand in it by their places in the manifest, other texts by their numbers in [`Rows`].
pub(crate) struct Frame(DataFrame);

impl Frame {
    /// The frame of these rows: see [`Rows::of_task`].
    pub fn new(rows: &Rows, of_task: &[u32]) -> PolarsResult<Self> {
        let mut columns = Vec::new();
        keys(&mut columns, rows, of_task);
        facts(&mut columns, rows, of_task);
        for (name, scores) in &rows.scores {
            columns.extend(score_columns(name, scores, of_task));
        }
        Ok(Self(DataFrame::new(of_task.len(), columns)?))
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
        let any = |name: &str| col(name).sum().gt(lit(0)).alias(format!("any_{name}"));
        let spent = when(col("answer")).then(col("cost_usd")).otherwise(lit(0.0)).fill_null(lit(0.0));
        let mut columns = vec![
            col("model").first(),
            col("asked").sum().alias("repeats"),
            share("correct_low", number("right")),
            share("correct_high", number("right") + number("failed_score")),
            share("wrong_low", number("wrong")),
            share("wrong_high", number("wrong") + number("failed_score")),
            share("failed_calls", number("failed_call")),
            any("failed_call"),
            any("failed_score"),
            any("broken"),
            // A failed repeat costs nothing.
            share("cost", col("spent").sum()),
        ];
        for name in self.0.get_column_names() {
            let column = col(name.clone());
            match () {
                () if name.starts_with(SCORE) => columns.push(column.mean()),
                () if name.starts_with(KNOWN) || name.starts_with(FAILED) => columns.push(column.sum()),
                () => {}
            }
        }
        self.0.clone().lazy().with_column(spent.alias("spent")).group_by_stable([col("case")]).agg(columns).collect()
    }

    /// One row a model: of these [`Self::cases`] how many there are and what befell them; of those that were asked the sum
    /// of the shares of right answers, and whether the repeats of each agree.
    pub fn case_counts(cases: &DataFrame) -> PolarsResult<DataFrame> {
        let asked = || col("repeats").gt(lit(0));
        let right = || col("correct_low").filter(asked());
        let any = |name: &str| col(format!("any_{name}")).sum();
        let columns = [
            len().alias("cases"),
            asked().not().sum().alias("skipped"),
            any("failed_call"),
            any("failed_score"),
            any("broken"),
            right().sum().alias("right"),
            right().eq(lit(0.0)).or(right().eq(lit(1.0))).all(true).alias("repeats_agree"),
        ];
        cases.clone().lazy().group_by_stable([col("model")]).agg(columns).collect()
    }

    /// One row a model: sums, percentiles and counts of answers.
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
            .group_by_stable([col("model")])
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

    /// One row a model, expectation and fate.
    pub fn fates(&self) -> PolarsResult<DataFrame> {
        self.count_by(["model", "should_decline", "fate"], lit(true))
    }

    /// One row a model and kind of error.
    pub fn errors(&self) -> PolarsResult<DataFrame> {
        self.count_by(["model", "error_kind"], col("error_kind").is_not_null())
    }

    /// One row a model, expected and given label; the given one is null where no label could be read.
    pub fn confusion(&self) -> PolarsResult<DataFrame> {
        self.count_by(["model", "expected_label", "given_label"], col("expected_label").is_not_null())
    }

    fn count_by<const N: usize>(&self, keys: [&str; N], filter: Expr) -> PolarsResult<DataFrame> {
        let keys = keys.map(col);
        self.0.clone().lazy().filter(filter).group_by_stable(keys).agg([len().alias("count")]).collect()
    }
}

fn keys(columns: &mut Vec<Column>, rows: &Rows, of_task: &[u32]) {
    let models = of_task.iter().map(|row| rows.keys[*row as usize].model);
    columns.push(Column::new("model".into(), models.collect::<Vec<_>>()));
    let cases = rows.by_case(of_task).zip(0u32..).flat_map(|(case, number)| case.iter().map(move |_| number));
    let mut cases = Series::new("case".into(), cases.collect::<Vec<_>>());
    // Sorted numbers are grouped without a look at more than one of them at a time.
    cases.set_sorted_flag(polars::series::IsSorted::Ascending);
    columns.push(cases.into());
}

/// Columns of scores, by the metric's name behind it.
pub(crate) const SCORE: &str = "score.";
/// Columns that tell which scores are known, of metrics of which any failed.
pub(crate) const KNOWN: &str = "known.";
/// Columns that tell which failed, of the same metrics.
pub(crate) const FAILED: &str = "failed.";

/// None of a metric that the task does not have.
fn score_columns(name: &str, scores: &[f64], of_task: &[u32]) -> Vec<Column> {
    let sorted = || of_task.iter().map(|row| scores.get(*row as usize).copied().unwrap_or(f64::NAN));
    let mut columns = Vec::new();
    if sorted().any(|x| !x.is_nan()) {
        let known: Float64Chunked = sorted().map(|x| x.is_finite().then_some(x)).collect();
        columns.push(known.with_name(format!("{SCORE}{name}").into()).into_column());
    }
    if sorted().any(f64::is_infinite) {
        let mut flag = |kind, is: fn(f64) -> bool| {
            columns.push(Column::new(format!("{kind}{name}").into(), sorted().map(is).collect::<Vec<_>>()));
        };
        flag(KNOWN, f64::is_finite);
        flag(FAILED, f64::is_infinite);
    }
    columns
}

fn facts(columns: &mut Vec<Column>, rows: &Rows, of_task: &[u32]) {
    let facts = || of_task.iter().map(|row| &rows.facts[*row as usize]);
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
