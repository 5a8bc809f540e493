use crate::{
    Answerability, Breakdown, Confusion, FieldRow, InProduction, ModelRow, OverRepeats, ReportError, Run,
    SUMMARY_VERSION, Summary, TaskSummary, Verdict, VerdictRow,
    comparison::{adjust, compare},
    evidence::Evidence,
    judged::uncalibrated,
    looks::{Spending, spending},
    metric::{Measured, measure},
    parts::{Parts, warn_of_tuning},
    recommendation::recommendation,
    verdict::{Alpha, against_bars, bars, flaws_of, part, remarks},
};
use eval_core::{
    Manifest, ModelInfo, ModelRole, TaskInfo, TaskKind,
    statistics::{bootstrap_of_ratio, pass_at_k, pass_hat_k},
};
use polars::prelude::PolarsResult;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::BTreeMap;

/// Brings the records of a run together and decides.
pub fn summarize(run: &Run) -> Result<Summary, ReportError> {
    let manifest = &run.manifest;
    let tasks = manifest.tasks.par_iter().zip(&run.evidence);
    let mut tasks: Vec<TaskSummary> =
        tasks.map(|(task, found)| task_summary(run, task, found)).collect::<PolarsResult<_>>()?;
    adjust(&mut tasks);
    warn_of_tuning(&mut tasks, manifest.suite.decision.alpha);
    Ok(Summary {
        v: SUMMARY_VERSION,
        suite: manifest.suite.name.clone(),
        run: manifest.id.clone(),
        level: 1.0 - 2.0 * manifest.suite.decision.alpha,
        partial: manifest.selection.is_partial(),
        differences: run.differences.clone(),
        notes: run.notes.clone(),
        missing_tasks: run.missing_tasks.clone(),
        verdicts: verdicts(manifest, &tasks),
        tasks,
    })
}

fn task_summary(run: &Run, task: &TaskInfo, found: &[Evidence]) -> PolarsResult<TaskSummary> {
    let manifest = &run.manifest;
    // The reference is not on trial.
    let on_trial = |model: &ModelInfo| model.role == ModelRole::Candidate;
    let look = |model: &ModelInfo| on_trial(model).then(|| spending(manifest, &run.looks, task, &model.name));
    let looks: Vec<Option<Spending>> = manifest.models.iter().map(look).collect();
    let with_looks = manifest.models.iter().zip(found).zip(&looks);
    let models: Vec<ModelRow> =
        with_looks.map(|((model, found), look)| model_row(run, task, model, found, look.as_ref())).collect();
    let comparisons = compare(manifest, &looks, task, &models, found)?;
    Ok(TaskSummary { task: task.name.clone(), kind: task.kind, models, comparisons })
}

fn model_row(run: &Run, task: &TaskInfo, model: &ModelInfo, evidence: &Evidence, look: Option<&Spending>) -> ModelRow {
    let manifest = &run.manifest;
    let decision = &manifest.suite.decision;
    let this_look = look.map_or(decision.alpha, |look| look.alpha);
    let metrics = measure(&task.metrics, evidence, manifest.seed);
    let bars = bars(&task.bars, &metrics, Alpha { planned: decision.alpha, this_look });
    let level = 1.0 - 2.0 * decision.alpha;
    let limits = |metric: &Measured| metric.interval(level).map(|i| [i.lower, i.upper]);
    let mut row = counts(run, task, model, evidence);
    row.metrics = metrics.iter().map(|(name, metric)| (name.clone(), metric.value)).collect();
    row.intervals = metrics.iter().map(|(name, metric)| (name.clone(), limits(metric))).collect();
    row.bars = bars.state;
    row.cases_needed = bars.cases_needed;
    let words = look.and_then(|look| look.words.clone()).filter(|_| bars.state != crate::BarState::None);
    let remarks = remarks(task, &row, evidence).into_iter().chain(words).collect();
    let flaws = flaws_of(manifest, &model.name, evidence).into_iter().chain(uncalibrated(manifest, task));
    let invalid = flaws.map(|flaw| flaw.reason).collect();
    (row.verdict, row.reasons) = against_bars(manifest, invalid, &bars, remarks);
    row.bar_results = bars.results;
    row.parts = Parts::new(evidence, &run.held_out, level);
    row
}

/// The row's counts; its metrics, bars and verdict are still empty.
fn counts(run: &Run, task: &TaskInfo, model: &ModelInfo, evidence: &Evidence) -> ModelRow {
    let cases = evidence.counts;
    let asked = cases.cases - cases.skipped;
    let right_answers = evidence.all.right_answers + evidence.all.right_refusals;
    let is_classification = task.kind == TaskKind::Classification;
    let confusion = is_classification.then(|| Confusion::new(&task.labels, &evidence.confusion));
    ModelRow {
        model: model.name.clone(),
        role: model.role,
        cases: cases.cases,
        repeats: evidence.repeats,
        correct: cases.repeats_agree.then_some(cases.right as u64),
        correct_rate: (asked > 0).then(|| cases.right / asked as f64),
        over_repeats: over_repeats(evidence),
        in_production: task.prevalence.and_then(|share| in_production(evidence, share)),
        parts: None,
        runner_errors: cases.any_failed_call,
        metric_errors: cases.any_failed_score,
        skipped: cases.skipped,
        broken: cases.any_broken,
        metrics: BTreeMap::new(),
        intervals: BTreeMap::new(),
        bars: crate::BarState::None,
        bar_results: Vec::new(),
        cases_needed: None,
        judged: evidence.judged.clone(),
        unscored: evidence.unscored.iter().map(|row| row.shown(run.redact)).collect(),
        verdict: Verdict::NeedMoreData,
        reasons: Vec::new(),
        cost_usd: evidence.cost_usd,
        cost_per_correct_usd: evidence.cost_usd.filter(|_| right_answers > 0).map(|cost| cost / right_answers as f64),
        cost_per_correct_interval: cost_interval(&run.manifest, evidence),
        latency_ms: evidence.latency,
        tokens_per_second: evidence.tokens_per_second,
        in_flight: model.in_flight,
        tokens: evidence.tokens,
        length_cut: evidence.length_cut,
        cached: evidence.cached,
        breakdown: evidence.all.clone(),
        wants_answer: evidence.wants_answer.clone(),
        wants_refusal: evidence.wants_refusal.clone(),
        answerability: (task.kind == TaskKind::Rag)
            .then(|| Answerability::new(&evidence.wants_answer, &evidence.wants_refusal)),
        errors: evidence.errors.clone(),
        independent_units: evidence.units().len() as u64,
        labels: confusion.as_ref().map(Confusion::label_rows).unwrap_or_default(),
        confusion,
        fields: evidence.fields.iter().map(|(name, counts)| FieldRow::new(name, counts)).collect(),
    }
}

/// The interval of cost over right answers: unknown where the cost of any answer is.
fn cost_interval(manifest: &Manifest, evidence: &Evidence) -> Option<[f64; 2]> {
    evidence.cost_usd?;
    let resampled = bootstrap_of_ratio(&evidence.by_unit(|case| evidence.costs[case]), manifest.seed)?;
    let interval = resampled.interval(1.0 - 2.0 * manifest.suite.decision.alpha);
    Some([interval.lower, interval.upper])
}

/// pass@k and pass^k with k the number of repeats, over the cases with no repeat missing.
fn over_repeats(evidence: &Evidence) -> Option<OverRepeats> {
    let k = evidence.repeats;
    let whole = || evidence.asked().filter(|(_, case)| case.repeats == k).map(|(_, case)| case.correct_low);
    let n = whole().count() as f64;
    let mean = |pass: fn(u64, u64, u64) -> Option<f64>| {
        let k = u64::from(k);
        whole().filter_map(|share| pass(k, (share * k as f64).round() as u64, k)).sum::<f64>() / n
    };
    (k > 1 && n > 0.0).then(|| OverRepeats { k, any: mean(pass_at_k), all: mean(pass_hat_k) })
}

/// The strata by whether declining is right, weighted by their share in production; `None` where one that counts there is
/// empty here.
fn in_production(evidence: &Evidence, prevalence: f64) -> Option<InProduction> {
    let asked = |counts: &Breakdown| counts.records - counts.skipped_records;
    let right = |counts: &Breakdown| counts.right_answers + counts.right_refusals;
    let rate = |counts: &Breakdown| (asked(counts) > 0).then(|| right(counts) as f64 / asked(counts) as f64);
    let part = |share: f64, counts: &Breakdown| if share == 0.0 { Some(0.0) } else { Some(share * rate(counts)?) };
    let (answer, refusal) = (&evidence.wants_answer, &evidence.wants_refusal);
    let correct_rate = part(1.0 - prevalence, answer)? + part(prevalence, refusal)?;
    let in_suite = asked(refusal) as f64 / (asked(answer) + asked(refusal)) as f64;
    Some(InProduction { prevalence, in_suite, correct_rate })
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
        recommendation: reference.and_then(|reference| recommendation(&candidate.name, &reference.name, tasks)),
    }
}
