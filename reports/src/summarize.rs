use crate::{
    Confusion, ModelRow, ReportError, Run, SUMMARY_VERSION, Summary, TaskSummary, Verdict, VerdictRow,
    comparison::{adjust, compare},
    evidence::Evidence,
    format::list,
    looks::spending,
    metric::{Measured, measure},
    verdict::{Alpha, against_bars, bars, invalid_reasons, part, remarks},
};
use eval_core::{Manifest, ModelInfo, ModelRole, TaskInfo, TaskKind, statistics::bootstrap_of_ratio};
use std::collections::BTreeMap;

/// Brings the records of a run together and decides.
pub fn summarize(run: &Run) -> Result<Summary, ReportError> {
    let manifest = &run.manifest;
    let mut tasks = Vec::new();
    for (index, task) in manifest.tasks.iter().enumerate() {
        let found = &run.evidence[index];
        let models: Vec<ModelRow> =
            manifest.models.iter().zip(found).map(|(model, found)| model_row(run, task, model, found)).collect();
        let comparisons = compare(manifest, &run.looks, task, &models, found);
        tasks.push(TaskSummary { task: task.name.clone(), kind: task.kind, models, comparisons });
    }
    adjust(&mut tasks);
    Ok(Summary {
        v: SUMMARY_VERSION,
        suite: manifest.suite.name.clone(),
        run: manifest.id.clone(),
        level: 1.0 - 2.0 * manifest.suite.decision.alpha,
        partial: manifest.selection.is_partial(),
        differences: run.differences.clone(),
        verdicts: verdicts(manifest, &tasks),
        tasks,
    })
}

fn model_row(run: &Run, task: &TaskInfo, model: &ModelInfo, evidence: &Evidence) -> ModelRow {
    let manifest = &run.manifest;
    let decision = &manifest.suite.decision;
    // The reference is not on trial.
    let look = (model.role == ModelRole::Candidate).then(|| spending(manifest, &run.looks, task, &model.name));
    let this_look = look.as_ref().map_or(decision.alpha, |look| look.alpha);
    let metrics: BTreeMap<String, Measured> = task
        .metrics
        .iter()
        .map(|spec| (spec.name.clone(), measure(spec, &task.metrics, evidence, manifest.seed)))
        .collect();
    let bars = bars(&task.bars, &metrics, Alpha { planned: decision.alpha, this_look });
    let level = 1.0 - 2.0 * decision.alpha;
    let limits = |metric: &Measured| metric.interval(level).map(|i| [i.lower, i.upper]);
    let mut row = counts(manifest, task, model, evidence);
    row.metrics = metrics.iter().map(|(name, metric)| (name.clone(), metric.value)).collect();
    row.intervals = metrics.iter().map(|(name, metric)| (name.clone(), limits(metric))).collect();
    row.bars = bars.state;
    row.cases_needed = bars.cases_needed;
    let words = look.and_then(|look| look.words).filter(|_| bars.state != crate::BarState::None);
    let remarks = remarks(task, &row, evidence).into_iter().chain(words).collect();
    (row.verdict, row.reasons) = against_bars(manifest, invalid_reasons(manifest, evidence), &bars, remarks);
    row.bar_results = bars.results;
    row
}

/// The row's counts; its metrics, bars and verdict are still empty.
fn counts(manifest: &Manifest, task: &TaskInfo, model: &ModelInfo, evidence: &Evidence) -> ModelRow {
    let cases = |counts: fn(&crate::evidence::CaseRow) -> bool| {
        evidence.cases.iter().filter(|case| counts(case)).count() as u64
    };
    let asked: Vec<f64> = evidence.asked().map(|(_, case)| case.correct_low).collect();
    let whole = asked.iter().all(|share| share.fract() == 0.0);
    let right: f64 = asked.iter().sum();
    let right_answers = evidence.all.right_answers + evidence.all.right_refusals;
    let is_classification = task.kind == TaskKind::Classification;
    let confusion = is_classification.then(|| Confusion::new(&task.labels, &evidence.confusion));
    ModelRow {
        model: model.name.clone(),
        role: model.role,
        cases: evidence.cases.len() as u64,
        repeats: evidence.repeats,
        correct: whole.then_some(right as u64),
        correct_rate: (!asked.is_empty()).then(|| right / asked.len() as f64),
        runner_errors: cases(|case| case.any_failed_call),
        metric_errors: cases(|case| case.any_failed_score),
        skipped: cases(|case| !case.asked),
        broken: cases(|case| case.any_broken),
        metrics: BTreeMap::new(),
        intervals: BTreeMap::new(),
        bars: crate::BarState::None,
        bar_results: Vec::new(),
        cases_needed: None,
        verdict: Verdict::NeedMoreData,
        reasons: Vec::new(),
        cost_usd: evidence.cost_usd,
        cost_per_correct_usd: evidence.cost_usd.filter(|_| right_answers > 0).map(|cost| cost / right_answers as f64),
        cost_per_correct_interval: cost_interval(manifest, evidence),
        latency_ms: evidence.latency,
        tokens_per_second: evidence.tokens_per_second,
        in_flight: model.in_flight,
        tokens: evidence.tokens,
        length_cut: evidence.length_cut,
        cached: evidence.cached,
        breakdown: evidence.all.clone(),
        wants_answer: evidence.wants_answer.clone(),
        wants_refusal: evidence.wants_refusal.clone(),
        errors: evidence.errors.clone(),
        independent_units: evidence.units().len() as u64,
        labels: confusion.as_ref().map(Confusion::label_rows).unwrap_or_default(),
        confusion,
    }
}

/// The interval of cost over right answers: unknown where the cost of any answer is.
fn cost_interval(manifest: &Manifest, evidence: &Evidence) -> Option<[f64; 2]> {
    evidence.cost_usd?;
    let resampled = bootstrap_of_ratio(&evidence.by_unit(|case| evidence.costs[case]), manifest.seed)?;
    let interval = resampled.interval(1.0 - 2.0 * manifest.suite.decision.alpha);
    Some([interval.lower, interval.upper])
}

/// One verdict a candidate, and a reference where there is one.
fn verdicts(manifest: &Manifest, tasks: &[TaskSummary]) -> Vec<VerdictRow> {
    let with = |role| manifest.models.iter().filter(move |model| model.role == role);
    let references: Vec<Option<&ModelInfo>> = match with(ModelRole::Reference).map(Some).collect::<Vec<_>>() {
        none if none.is_empty() => vec![None],
        some => some,
    };
    let pairs =
        with(ModelRole::Candidate).flat_map(|candidate| references.iter().map(move |reference| (candidate, reference)));
    pairs.map(|(candidate, reference)| verdict(manifest, candidate, *reference, tasks)).collect()
}

fn verdict(
    manifest: &Manifest,
    candidate: &ModelInfo,
    reference: Option<&ModelInfo>,
    tasks: &[TaskSummary],
) -> VerdictRow {
    let parts: Vec<(&str, Verdict, &[String])> = tasks
        .iter()
        .flat_map(|task| match reference {
            None => task
                .models
                .iter()
                .filter(|row| row.model == candidate.name && row.role == ModelRole::Candidate)
                .map(|row| (task.task.as_str(), row.verdict, row.reasons.as_slice()))
                .collect::<Vec<_>>(),
            Some(reference) => task
                .comparisons
                .iter()
                .filter(|row| row.candidate == candidate.name && row.reference == reference.name)
                .map(|row| (task.task.as_str(), row.verdict, row.reasons.as_slice()))
                .collect(),
        })
        .collect();
    // Without a task there is nothing to compare.
    let verdict = Verdict::all(parts.iter().map(|part| part.1)).unwrap_or(Verdict::Invalid);
    let deciding = parts.iter().filter(|part| part.1 == verdict);
    let mut reasons: Vec<String> =
        deciding.flat_map(|(task, _, reasons)| reasons.iter().map(move |reason| format!("{task}: {reason}"))).collect();
    reasons.extend(part(manifest));
    if parts.is_empty() {
        reasons.push("The run has no task: there is nothing to decide.".into());
    }
    VerdictRow {
        candidate: candidate.name.clone(),
        reference: reference.map(|model| model.name.clone()),
        verdict,
        reasons,
        recommendation: reference.and_then(|reference| recommendation(candidate, reference, tasks)),
    }
}

/// Which tasks to move: those that may, many being looked at.
fn recommendation(candidate: &ModelInfo, reference: &ModelInfo, tasks: &[TaskSummary]) -> Option<String> {
    let (mut move_, mut keep) = (Vec::new(), Vec::new());
    for task in tasks {
        let of = |row: &&crate::Comparison| row.candidate == candidate.name && row.reference == reference.name;
        let row = task.comparisons.iter().find(of)?;
        if row.may_move { move_.push(task.task.clone()) } else { keep.push(task.task.clone()) }
    }
    Some(match (move_.is_empty(), keep.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("Move {} to {}.", list(&move_), candidate.name),
        (true, false) => format!("Keep {} on {}.", list(&keep), reference.name),
        (false, false) => {
            format!("Move {} to {}; keep {} on {}.", list(&move_), candidate.name, list(&keep), reference.name)
        }
    })
}
