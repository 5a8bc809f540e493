//! The records as one typed frame, and the questions asked of it as lazy expressions.

use crate::breakdown::Fate;
use eval_core::{FinishReason, Record, TaskKind};
use polars::prelude::*;
use std::collections::BTreeSet;

/// One row a record, sorted by task, model, case and repeat, so that no sum depends on the order of the log.
pub(crate) struct Frame {
    data: DataFrame,
    /// Names of all scores.
    pub scores: BTreeSet<String>,
    /// Names of scores that failed somewhere.
    pub unknown_scores: BTreeSet<String>,
}

/// The column of a metric's score. The prefix keeps a metric's name from being read as a pattern.
pub(crate) fn score_column(name: &str) -> String {
    format!("score:{name}")
}

/// The column that counts a metric's known scores.
pub(crate) fn known_column(name: &str) -> String {
    format!("known:{name}")
}

/// The column that tells where a metric failed.
pub(crate) fn unknown_column(name: &str) -> String {
    format!("unknown:{name}")
}

impl Frame {
    pub fn new(records: &[Record], kind: impl Fn(&str) -> Option<TaskKind>) -> PolarsResult<Self> {
        let mut records: Vec<&Record> = records.iter().collect();
        records.sort_by_key(|r| (&r.task, &r.model, &r.case, r.repeat));
        let fates: Vec<Fate> = records.iter().map(|r| Fate::of(r)).collect();
        let mut columns = Vec::new();
        facts(&mut columns, &records, &fates);
        measurements(&mut columns, &records, &fates);
        labels(&mut columns, &records, &fates, kind);
        let scores: BTreeSet<String> = records.iter().flat_map(|r| r.scores.keys().cloned()).collect();
        let mut unknown_scores = BTreeSet::new();
        for name in &scores {
            let values: Vec<Option<f64>> =
                records.iter().map(|r| r.scores.get(name).copied().flatten().filter(|x| x.is_finite())).collect();
            let unknown: Vec<bool> =
                records.iter().zip(&values).map(|(r, x)| r.scores.contains_key(name) && x.is_none()).collect();
            columns.push(Column::new(score_column(name).into(), values));
            if unknown.contains(&true) {
                unknown_scores.insert(name.clone());
                columns.push(Column::new(unknown_column(name).into(), unknown));
            }
        }
        Ok(Self { data: DataFrame::new(records.len(), columns)?, scores, unknown_scores })
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
        self.data
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
                percentile("tokens_per_second", 0.5).alias("tokens_per_second"),
                col("length_cut").sum().alias("length_cut"),
                col("cached").sum().alias("cached"),
            ])
            .collect()
    }

    /// One row a task, model and case: means over the repeats.
    pub fn cases(&self) -> PolarsResult<DataFrame> {
        let any = |fate: Fate| col("fate").eq(lit(fate.as_str())).sum().gt(lit(0));
        // What a failed scorer would have said is 0 in the worst case and 1 in the best.
        let mean = |name: &str, unknown: f64| col(name).fill_null(lit(unknown)).filter(col("asked")).mean();
        let mut columns = vec![
            col("cluster").first().alias("cluster"),
            mean("correct", 0.0).alias("correct_low"),
            mean("correct", 1.0).alias("correct_high"),
            mean("wrong", 0.0).alias("wrong_low"),
            mean("wrong", 1.0).alias("wrong_high"),
            col("fate").eq(lit(Fate::FailedCall.as_str())).filter(col("asked")).mean().alias("failed_calls"),
            any(Fate::FailedCall).alias("any_failed_call"),
            any(Fate::FailedScore).alias("any_failed_score"),
            any(Fate::Broken).alias("any_broken"),
            col("asked").sum().gt(lit(0)).alias("asked"),
        ];
        for name in &self.scores {
            columns.push(col(score_column(name)).mean());
        }
        for name in &self.unknown_scores {
            columns.push(col(score_column(name)).count().alias(known_column(name)));
            columns.push(col(unknown_column(name)).sum());
        }
        self.data.clone().lazy().group_by_stable([col("task"), col("model"), col("case")]).agg(columns).collect()
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

    /// One row a record that a confusion matrix counts, with its case.
    pub fn label_pairs(&self) -> PolarsResult<DataFrame> {
        self.data
            .clone()
            .lazy()
            .filter(col("expected_label").is_not_null())
            .select([col("task"), col("model"), col("case"), col("expected_label"), col("given_label")])
            .collect()
    }

    fn count_by<const N: usize>(&self, keys: [&str; N], filter: Expr) -> PolarsResult<DataFrame> {
        let keys = keys.map(col);
        self.data.clone().lazy().filter(filter).group_by_stable(keys).agg([len().alias("count")]).collect()
    }
}

fn facts(columns: &mut Vec<Column>, records: &[&Record], fates: &[Fate]) {
    let text = |name: &str, of: fn(&Record) -> &str| {
        Column::new(name.into(), records.iter().map(|r| of(r)).collect::<Vec<_>>())
    };
    let fate = |name: &str, of: fn(&Fate) -> bool| Column::new(name.into(), fates.iter().map(of).collect::<Vec<_>>());
    // 1 or 0; null where no scorer could say, or where the case was not asked.
    let share = |name: &str, of: fn(Fate) -> bool| {
        let values = fates.iter().map(|fate| match fate {
            Fate::FailedScore | Fate::Skipped => None,
            fate => Some(f64::from(u8::from(of(*fate)))),
        });
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    columns.extend([
        text("task", |r| &r.task),
        text("model", |r| &r.model),
        text("case", |r| &r.case),
        Column::new("repeat".into(), records.iter().map(|r| r.repeat).collect::<Vec<_>>()),
        Column::new("cluster".into(), records.iter().map(|r| r.cluster.as_deref()).collect::<Vec<_>>()),
        Column::new("should_decline".into(), records.iter().map(|r| r.should_decline).collect::<Vec<_>>()),
        Column::new("fate".into(), fates.iter().map(|f| f.as_str()).collect::<Vec<_>>()),
        fate("asked", |f| *f != Fate::Skipped),
        fate("answer", |f| f.is_answer()),
        share("correct", Fate::is_correct),
        share("wrong", Fate::is_confidently_wrong),
    ]);
}

fn measurements(columns: &mut Vec<Column>, records: &[&Record], fates: &[Fate]) {
    let float = |name: &str, of: fn(&Record) -> Option<f64>| {
        let values = records.iter().map(|r| of(r).filter(|x| x.is_finite()));
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    let whole = |name: &str, of: fn(&Record) -> Option<u64>| {
        Column::new(name.into(), records.iter().map(|r| of(r)).collect::<Vec<_>>())
    };
    let flag = |name: &str, of: fn(&Record) -> bool| {
        let values = records.iter().zip(fates).map(|(r, fate)| fate.is_answer() && of(r));
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    let error_kinds = records.iter().map(|r| r.error.as_ref().map(|e| e.kind.as_str()));
    columns.extend([
        float("cost_usd", |r| r.cost_usd),
        // A cached answer took no time of the model's: its latency is of another moment.
        float("latency_ms", |r| r.latency_ms.filter(|_| !r.cached)),
        float("tokens_per_second", |r| r.speed.tokens_per_second.filter(|_| !r.cached)),
        whole("input_tokens", |r| r.usage.input_tokens),
        whole("cached_input_tokens", |r| r.usage.cached_input_tokens),
        whole("output_tokens", |r| r.usage.output_tokens),
        flag("length_cut", |r| r.finish_reason == Some(FinishReason::Length)),
        flag("cached", |r| r.cached),
        Column::new("error_kind".into(), error_kinds.collect::<Vec<_>>()),
    ]);
}

/// Labels of classification records that count: a failed call gave no label, a failed scorer says nothing.
fn labels(columns: &mut Vec<Column>, records: &[&Record], fates: &[Fate], kind: impl Fn(&str) -> Option<TaskKind>) {
    let counted = |(record, fate): (&&Record, &Fate)| {
        kind(&record.task) == Some(TaskKind::Classification) && !matches!(fate, Fate::FailedScore | Fate::Skipped)
    };
    let (mut expected, mut given) = (Vec::new(), Vec::new());
    for (record, fate) in records.iter().zip(fates) {
        let counts = counted((record, fate));
        expected.push(record.expected.as_str().filter(|_| counts));
        given.push(record.answer.as_str().filter(|_| counts));
    }
    columns.push(Column::new("expected_label".into(), expected));
    columns.push(Column::new("given_label".into(), given));
}
