use super::{
    confusion::{Matrix, matrix},
    forest::{Forest, standing_mark},
    labels::{Items, fields, labels},
    measures::{LatencyView, Measure, MetricView, latency, measures, metrics},
    outcomes::{Outcomes, outcomes},
    page::{Mark, mark},
    slices::{Slices, slices},
    validity::{Validity, validity},
};
use crate::{
    BarState, Comparison, Details, ModelRow, Run, TaskSummary, Verdict,
    format::{count, counted, limit, p_value, points_interval, size_in_points, whole},
};
use eval_core::ModelRole;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct TaskView {
    name: String,
    kind: &'static str,
    index: usize,
    cases: String,
    forest: Option<Forest>,
    comparisons: Vec<ComparisonView>,
    models: Vec<ModelView>,
    outcomes: Outcomes,
    validity: Option<Validity>,
    labels: Option<Items>,
    fields: Option<Items>,
    matrices: Vec<Matrix>,
    slices: Vec<Slices>,
    metrics: Vec<MetricView>,
    latency: Option<LatencyView>,
    measures: Vec<Measure>,
}

/// A model against the bars.
#[derive(Serialize)]
struct ModelView {
    name: String,
    role: &'static str,
    /// Without a bar there is none beside a comparison.
    mark: Option<Mark>,
    reasons: Vec<String>,
    answerability: Vec<(&'static str, [String; 4])>,
}

/// A candidate against a reference.
#[derive(Serialize)]
struct ComparisonView {
    candidate: String,
    reference: String,
    mark: Mark,
    /// Both right, only the candidate, only the reference, neither; none where repeats disagree.
    table: Option<[String; 4]>,
    facts: Vec<(&'static str, String)>,
    reasons: Vec<String>,
}

pub(super) fn task_view(
    run: &Run,
    task: &TaskSummary,
    index: usize,
    forest: Option<&Forest>,
    details: &[Details],
) -> TaskView {
    let info = &run.manifest.tasks[index];
    let units = |name: &str| Some(task.models.iter().find(|row| row.model == name)?.independent_units);
    TaskView {
        name: task.task.clone(),
        kind: task.kind.as_str(),
        index,
        cases: counted(info.cases as u64, "case"),
        forest: forest.map(|forest| forest.of_task(index)),
        comparisons: task.comparisons.iter().map(|row| comparison_view(row, units(&row.candidate))).collect(),
        models: task.models.iter().map(|row| model_view(row, !task.comparisons.is_empty())).collect(),
        outcomes: outcomes(&task.models),
        validity: validity(info, &task.models),
        labels: labels(task),
        fields: fields(task),
        matrices: task.models.iter().filter_map(matrix).collect(),
        slices: slices(task, index, details),
        metrics: metrics(info, &task.models),
        latency: latency(&task.models),
        measures: measures(&task.models),
    }
}

fn model_view(row: &ModelRow, compared: bool) -> ModelView {
    let says_nothing = compared && row.bars == BarState::None && row.verdict == Verdict::NeedMoreData;
    ModelView {
        name: row.model.clone(),
        role: if row.role == ModelRole::Reference { "reference" } else { "candidate" },
        mark: (!says_nothing).then(|| mark(row.verdict)),
        reasons: row.reasons.clone(),
        answerability: row.answerability.map(|table| table.rows().to_vec()).unwrap_or_default(),
    }
}

/// `units`: of the candidate's cases.
fn comparison_view(row: &Comparison, units: Option<u64>) -> ComparisonView {
    let cells = [row.both, row.candidate_only, row.reference_only, row.neither];
    let method = if row.is_clustered() { "cluster-robust, t" } else { "Tango's score interval" };
    let mut facts = vec![
        ("Paired cases", format!("{} ({} unpaired)", count(row.cases), count(row.unpaired))),
        ("Margin", size_in_points(row.margin)),
        ("Method and level", format!("{method}, {}", limit(row.level))),
    ];
    if row.is_clustered() {
        facts.push(("Independent units", whole(units)));
    }
    // It takes cases for independent.
    let cross_check = row.cross_check.filter(|_| !row.is_clustered());
    facts.extend(cross_check.map(|limits| ("Newcombe's interval, as a check", points_interval(Some(limits)))));
    facts.extend([
        ("p of “no worse by the margin”", p_value(row.p_noninferiority)),
        ("the same, adjusted over tasks and candidates", p_value(row.p_adjusted)),
        ("Alarm, p of fewer right answers", p_value(row.p_regression)),
        ("Alarm, p of more confident wrong answers", p_value(row.p_more_wrong)),
        ("May move", if row.may_move { "yes" } else { "no" }.into()),
    ]);
    facts.extend(row.cases_needed.map(|n| ("Cases that would decide, at 80% power", count(n))));
    ComparisonView {
        candidate: row.candidate.clone(),
        reference: row.reference.clone(),
        mark: standing_mark(row),
        table: cells.iter().all(Option::is_some).then(|| cells.map(whole)),
        facts,
        reasons: row.reasons.clone(),
    }
}
