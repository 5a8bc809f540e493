use super::page::{Mark, mark};
use crate::{
    Breakdown, Comparison, ModelRow, ReportError, Run, TaskSummary,
    breakdown::Fate,
    format::{
        count, duration, limit, percent, percent_interval, points, points_interval, rate, usd, usd_interval, whole,
    },
};
use eval_core::{Direction, ModelRole, TaskInfo};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct TaskView {
    name: String,
    kind: &'static str,
    index: usize,
    cases: String,
    models: Vec<ModelView>,
    comparisons: Vec<ComparisonView>,
    metrics: Vec<MetricView>,
    measures: Vec<Measure>,
}

#[derive(Serialize)]
struct ModelView {
    name: String,
    role: &'static str,
    mark: Mark,
    reasons: Vec<String>,
    stacks: Vec<Stack>,
    answerability: Vec<(&'static str, [String; 4])>,
    confusion: Option<Matrix>,
    labels: Vec<Vec<String>>,
    fields: Vec<Vec<String>>,
}

/// A stacked bar: what the answers did where an answer was wanted, or where it was not.
#[derive(Serialize)]
struct Stack {
    title: &'static str,
    total: u64,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
struct Segment {
    class: &'static str,
    label: &'static str,
    count: u64,
    /// Start and width in percent of the bar.
    start: f64,
    width: f64,
}

/// Expected against given labels.
#[derive(Serialize)]
struct Matrix {
    given: Vec<String>,
    rows: Vec<MatrixRow>,
}

#[derive(Serialize)]
struct MatrixRow {
    expected: String,
    cells: Vec<MatrixCell>,
}

#[derive(Serialize)]
struct MatrixCell {
    count: u64,
    /// Share of its row, 0 to 1.
    heat: f64,
    right: bool,
}

#[derive(Serialize)]
struct MetricView {
    name: String,
    description: String,
    better: &'static str,
    bar: Option<String>,
    values: Vec<Value>,
}

#[derive(Serialize)]
struct Value {
    value: String,
    interval: String,
}

/// A row of the table of speed, cost and errors.
#[derive(Serialize)]
struct Measure {
    name: String,
    values: Vec<String>,
}

#[derive(Serialize)]
struct ComparisonView {
    candidate: String,
    reference: String,
    mark: Mark,
    rows: Vec<(&'static str, String)>,
    reasons: Vec<String>,
}

pub(super) fn task_view(run: &Run, task: &TaskSummary, index: usize) -> Result<TaskView, ReportError> {
    let info = &run.manifest.tasks[index];
    Ok(TaskView {
        name: task.task.clone(),
        kind: task.kind.as_str(),
        index,
        cases: count(info.cases as u64),
        models: task.models.iter().map(model_view).collect(),
        comparisons: task.comparisons.iter().map(comparison_view).collect(),
        metrics: metrics(info, &task.models),
        measures: measures(&task.models),
    })
}

fn model_view(row: &ModelRow) -> ModelView {
    let stacks = [("An answer is wanted", &row.wants_answer), ("Declining is right", &row.wants_refusal)];
    ModelView {
        name: row.model.clone(),
        role: if row.role == ModelRole::Reference { "reference" } else { "candidate" },
        mark: mark(row.verdict),
        reasons: row.reasons.clone(),
        stacks: stacks.into_iter().filter(|(_, counts)| counts.records > 0).map(|(t, c)| stack(t, c)).collect(),
        answerability: row.answerability.map(|table| table.rows().to_vec()).unwrap_or_default(),
        confusion: row.confusion.as_ref().filter(|matrix| !matrix.expected.is_empty()).map(matrix),
        labels: row
            .labels
            .iter()
            .map(|label| {
                let shares = [label.precision, label.recall, label.f1].map(percent);
                [vec![label.label.clone()], shares.to_vec(), vec![count(label.support)]].concat()
            })
            .collect(),
        fields: row
            .fields
            .iter()
            .map(|field| {
                let shares = [field.precision, field.recall, field.f1, field.invented].map(percent);
                [vec![field.field.clone()], shares.to_vec(), vec![count(field.support)]].concat()
            })
            .collect(),
    }
}

fn stack(title: &'static str, counts: &Breakdown) -> Stack {
    let share = |n: u64| n as f64 / counts.records as f64 * 100.0;
    let mut start = 0.0;
    let mut segments = Vec::new();
    for fate in Fate::ALL {
        let n = counts.count(fate);
        if n > 0 {
            segments.push(Segment { class: fate.as_str(), label: fate.label(), count: n, start, width: share(n) });
            start += share(n);
        }
    }
    Stack { title, total: counts.records, segments }
}

fn matrix(confusion: &crate::Confusion) -> Matrix {
    let none = || "no label".to_string();
    let rows = confusion.expected.iter().zip(&confusion.counts).filter(|(_, counts)| counts.iter().sum::<u64>() > 0);
    Matrix {
        given: confusion.given.iter().map(|label| label.clone().unwrap_or_else(none)).collect(),
        rows: rows
            .map(|(expected, counts)| {
                let sum: u64 = counts.iter().sum();
                let cell = |(given, n): (&Option<String>, &u64)| MatrixCell {
                    count: *n,
                    heat: (*n as f64 / sum as f64 * 100.0).round() / 100.0,
                    right: given.as_ref() == Some(expected),
                };
                MatrixRow { expected: expected.clone(), cells: confusion.given.iter().zip(counts).map(cell).collect() }
            })
            .collect(),
    }
}

fn metrics(info: &TaskInfo, rows: &[ModelRow]) -> Vec<MetricView> {
    info.metrics
        .iter()
        .map(|spec| {
            let share = spec.aggregate.is_share();
            let value = |row: &ModelRow| {
                let value = row.metrics.get(&spec.name).copied().flatten();
                let interval = row.intervals.get(&spec.name).copied().flatten();
                let plain = |[a, b]: [f64; 2]| format!("[{}, {}]", rate(Some(a)), rate(Some(b)));
                Value {
                    value: if share { percent(value) } else { rate(value) },
                    interval: if share { percent_interval(interval) } else { interval.map(plain).unwrap_or_default() },
                }
            };
            let bar = info.bars.get(&spec.name).map(|bar| {
                let show = |x: f64| if share { limit(x) } else { format!("{x}") };
                let min = bar.min.map(|x| format!("at least {}", show(x)));
                let max = bar.max.map(|x| format!("at most {}", show(x)));
                min.into_iter().chain(max).collect::<Vec<_>>().join(", ")
            });
            MetricView {
                name: spec.shown(),
                description: spec.description.clone(),
                better: match spec.direction {
                    Direction::Higher => "higher is better",
                    Direction::Lower => "lower is better",
                    Direction::Neutral => "describes",
                },
                bar,
                values: rows.iter().map(value).collect(),
            }
        })
        .collect()
}

fn measures(rows: &[ModelRow]) -> Vec<Measure> {
    let measure = |name: &str, of: &dyn Fn(&ModelRow) -> String| Measure {
        name: name.into(),
        values: rows.iter().map(of).collect(),
    };
    let mut measures = vec![
        measure("Latency, median", &|row| duration(row.latency_ms.p50)),
        measure("Latency, 95th percentile", &|row| duration(row.latency_ms.p95)),
        measure("Latency, 99th percentile", &|row| duration(row.latency_ms.p99)),
        measure("Tokens per second, median", &|row| rate(row.tokens_per_second)),
        measure("Cases in flight at once", &|row| {
            row.in_flight.map_or_else(|| crate::format::UNKNOWN.into(), |n| n.to_string())
        }),
        measure("Prompt tokens", &|row| whole(row.tokens.input)),
        measure("Generated tokens", &|row| whole(row.tokens.output)),
        measure("Cost", &|row| usd(row.cost_usd)),
        measure("Cost per right answer", &|row| {
            format!("{} {}", usd(row.cost_per_correct_usd), usd_interval(row.cost_per_correct_interval)).trim().into()
        }),
        measure("Cut at the token limit", &|row| count(row.length_cut)),
        measure("From a cache", &|row| count(row.cached)),
        measure("Cases with a failed call", &|row| count(row.runner_errors)),
        measure("Cases with a failed score", &|row| count(row.metric_errors)),
    ];
    let mut kinds: Vec<&String> = rows.iter().flat_map(|row| row.errors.keys()).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let n = |row: &ModelRow| count(row.errors.get(kind).copied().unwrap_or(0));
        measures.push(measure(&format!("Errors of kind {kind}"), &n));
    }
    measures
}

fn comparison_view(row: &Comparison) -> ComparisonView {
    let table = [row.both, row.candidate_only, row.reference_only, row.neither].map(whole);
    let spread = |difference, interval| format!("{} {}", points(difference), points_interval(interval));
    let p = |p: Option<f64>| p.map_or_else(|| crate::format::UNKNOWN.into(), |p| format!("{p:.4}"));
    ComparisonView {
        candidate: row.candidate.clone(),
        reference: row.reference.clone(),
        mark: mark(row.verdict),
        rows: vec![
            ("Paired cases", format!("{} ({} unpaired)", count(row.cases), count(row.unpaired))),
            ("Both right", table[0].clone()),
            ("Only the candidate right", table[1].clone()),
            ("Only the reference right", table[2].clone()),
            ("Neither right", table[3].clone()),
            ("Right answers, difference", spread(row.difference, row.interval)),
            ("Confident wrong answers, difference", spread(row.wrong_answers.difference, row.wrong_answers.interval)),
            ("Margin", limit(row.margin)),
            ("p of non-inferiority", p(row.p_noninferiority)),
            ("p adjusted over tasks and candidates", p(row.p_adjusted)),
            ("May move", if row.may_move { "yes" } else { "no" }.into()),
        ],
        reasons: row.reasons.clone(),
    }
}
