//! Runs brought together, baselines, and how two runs differ.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, one_model},
    paired::{ask_again, case, run, two_tasks},
};
use crate::{Comparison, ReportError, Summary, Verdict, baseline, details, join, json, read_baseline};
use eval_core::{DataPolicy, ModelRole, Record};
use tempfile::TempDir;

/// The run of one of the models alone, under an id of its own.
fn alone(run: &Run, model: &str) -> Run {
    let mut run = run.clone();
    run.manifest.id = format!("run-of-{model}");
    run.manifest.models.retain(|info| info.name == model);
    run.manifest.models.iter_mut().for_each(|info| info.role = ModelRole::Candidate);
    run.records.retain(|record| record.model == model);
    run
}

fn both(run: &Run) -> (Run, Run) {
    (alone(run, SMALL), alone(run, LARGE))
}

/// Joined and summarized; the folders must stay while the records are read again.
fn joined(candidate: &Run, reference: &Run) -> (crate::Run, Summary, [TempDir; 2]) {
    let ((first, candidate), (second, reference)) = (candidate.read().unwrap(), reference.read().unwrap());
    let run = join(candidate, None, reference, None).unwrap();
    let summary = crate::summarize(&run).unwrap();
    (run, summary, [first, second])
}

fn compared(candidate: &Run, reference: &Run) -> Comparison {
    joined(candidate, reference).1.tasks[0].comparisons[0].clone()
}

fn within(run: &Run) -> Comparison {
    super::fixture::summarize(run).unwrap().tasks[0].comparisons[0].clone()
}

fn differences(change: impl Fn(&mut Run)) -> Vec<String> {
    let (candidate, mut reference) = both(&run([40, 0, 0, 0]));
    change(&mut reference);
    joined(&candidate, &reference).1.differences
}

#[test]
fn cases_are_paired_by_content_and_never_by_position_or_id() {
    let whole = run([430, 20, 30, 20]);
    let (candidate, mut reference) = both(&whole);
    reference.records.reverse();
    reference.records.rotate_left(123);
    for (i, record) in reference.records.iter_mut().enumerate() {
        record.case = format!("x-{i}");
    }
    let (run, summary, _dirs) = joined(&candidate, &reference);
    let row = &summary.tasks[0].comparisons[0];
    assert_eq!(*row, within(&whole));
    assert!(summary.differences.is_empty(), "{:?}", summary.differences);
    // The cases that are shown are pairs as well, under the candidate's ids.
    let found = &details(&run, &summary).unwrap()[0].tasks[0];
    assert_eq!((found.lost_total, found.won_total), (30, 20));
    assert_eq!(found.lost[0].case, "t-450");
    let said = |said: &Option<crate::Said>| said.as_ref().unwrap().outcome.clone();
    assert!(found.lost.iter().all(|case| said(&case.reference) == "right" && said(&case.candidate) != "right"));
}

#[test]
fn cases_that_only_one_run_has_are_not_paired() {
    let (candidate, mut reference) = both(&run([500, 0, 0, 0]));
    reference.records.retain(|record| case(record) >= 5);
    let row = compared(&candidate, &reference);
    assert_eq!((row.cases, row.unpaired, row.verdict), (495, 5, Verdict::GoodEnough));
    // Another suite of cases altogether.
    reference.records.iter_mut().for_each(|record| record.case_hash = record.case_hash.replace('0', "f"));
    let row = compared(&candidate, &reference);
    assert_eq!((row.cases, row.unpaired, row.verdict), (0, 500, Verdict::Invalid));
    assert_eq!((row.difference, row.interval, row.p_noninferiority), (None, None, None));
}

#[test]
fn cases_of_one_content_have_pairs_of_their_own() {
    let mut twins = run([40, 0, 6, 0]);
    // The lost ones are three contents, each twice.
    for record in twins.records.iter_mut().filter(|record| case(record) >= 40) {
        record.case_hash = format!("{:032x}", 900_000 + case(record) / 2);
    }
    let (candidate, mut reference) = both(&twins);
    reference.records.reverse();
    let (run, summary, _dirs) = joined(&candidate, &reference);
    let row = &summary.tasks[0].comparisons[0];
    assert_eq!((row.cases, row.reference_only, row.method.as_str()), (46, Some(6), "cluster_robust"));
    let found = &details(&run, &summary).unwrap()[0].tasks[0];
    assert_eq!((found.lost_total, found.lost.len()), (6, 6));
    // Where the other run has one of two, the other one is unpaired.
    reference.records.retain(|record| case(record) != 40);
    let row = compared(&candidate, &reference);
    assert_eq!((row.cases, row.unpaired, row.reference_only), (45, 1, Some(5)));
}

#[test]
fn a_task_that_only_one_run_has_is_said_and_does_not_pass() {
    let whole = two_tasks([500, 0, 0, 0], [500, 0, 0, 0]);
    let (candidate, mut reference) = both(&whole);
    reference.manifest.tasks.truncate(1);
    reference.records.retain(|record| record.task == "triage");
    let (_, summary, _dirs) = joined(&candidate, &reference);
    let verdicts: Vec<Verdict> = summary.tasks.iter().map(|task| task.comparisons[0].verdict).collect();
    assert_eq!(verdicts, [Verdict::GoodEnough, Verdict::Invalid]);
    assert_eq!(summary.verdicts[0].verdict, Verdict::Invalid);
    assert_eq!(summary.differences, [format!("Only the run run-of-{SMALL} has the task tone.")]);
    let (_, summary, _dirs) = joined(&reference, &candidate);
    assert_eq!(summary.differences, [format!("Only the run run-of-{SMALL} has the task tone.")]);
}

#[test]
fn repeats_on_one_side_are_means_there_and_said() {
    let (candidate, mut reference) = both(&run([430, 20, 30, 20]));
    ask_again(&mut reference);
    let (_, summary, _dirs) = joined(&candidate, &reference);
    let row = &summary.tasks[0].comparisons[0];
    assert_eq!((row.cases, row.unpaired, row.both), (500, 0, None));
    assert_eq!(row.interval, within(&run([430, 20, 30, 20])).interval);
    assert_eq!(summary.differences, ["Cases were asked once and 2 times."]);
}

#[test]
fn a_model_against_itself_gets_a_name_of_its_own() {
    let whole = run([430, 20, 30, 20]);
    let (candidate, mut reference) = both(&whole);
    reference.records.iter_mut().for_each(|record| record.model = SMALL.into());
    reference.manifest.models[0].name = SMALL.into();
    reference.manifest.models[0].settings = candidate.manifest.models[0].settings.clone();
    reference.manifest.models[0].runner = candidate.manifest.models[0].runner.clone();
    let (run, summary, _dirs) = joined(&candidate, &reference);
    let row = &summary.tasks[0].comparisons[0];
    assert_eq!(row.reference, format!("{SMALL} (run-of-{LARGE})"));
    assert_eq!((row.candidate_only, row.reference_only), (Some(20), Some(30)));
    assert_eq!(details(&run, &summary).unwrap()[0].tasks[0].lost_total, 30);
    assert!(summary.differences.is_empty(), "{:?}", summary.differences);
    reference.manifest.models[0].settings = serde_json::json!({"model": "smollm2-135m", "temperature": 0.7});
    let said = joined(&candidate, &reference).1.differences;
    assert_eq!(said, [format!("{SMALL} was set up in another way: decoding and temperature differ.")]);
    reference.manifest.models[0].settings = serde_json::json!({"model": "smollm2-135m", "decoding": "greedy"});
    let said = joined(&candidate, &reference).1.differences;
    assert_eq!(said, [format!("{SMALL} was set up in another way: temperature differs.")]);
}

#[test]
fn what_differs_between_two_runs_is_said_exactly() {
    let task = |change: fn(&mut eval_core::TaskInfo)| differences(|run| change(&mut run.manifest.tasks[0]));
    assert_eq!(
        task(|task| task.prompt_hash = "other".into()),
        ["triage differs in what makes its prompts (template, schema, tools, labels or limits)."]
    );
    assert_eq!(
        task(|task| (task.cases_hash, task.cases) = ("other".into(), 41)),
        ["triage differs in its cases (40 and 41)."]
    );
    assert_eq!(
        task(|task| (task.max_output_tokens, task.accept_recovered) = (16, true)),
        ["triage differs in its limit of output tokens (200 and 16) and whether JSON dug out of prose counts."]
    );
    let said = differences(|run| run.manifest.suite.decision.margin = 0.1);
    assert_eq!(said, ["The rules differ: margin 0.05 and 0.1; the candidate's hold."]);
    let said = differences(|run| run.manifest.suite.decision.allow_uncalibrated_judge = true);
    assert_eq!(said, ["The rules differ: allow_uncalibrated_judge false and true; the candidate's hold."]);
    let said = differences(|run| run.manifest.date = "2026-11-20".into());
    assert_eq!(said, ["Prompts that name today's date saw 2026-11-21 and 2026-11-20."]);
    let said = differences(|run| run.manifest.eval_version = "0.0.9".into());
    assert_eq!(said, ["eval 0.1.0 and 0.0.9 scored them."]);
}

#[test]
fn runs_that_cannot_be_compared_are_told_apart() {
    let (candidate, reference) = both(&run([40, 0, 0, 0]));
    let error = |reference: &Run, ours: Option<&str>, theirs: Option<&str>| {
        let (_a, candidate) = candidate.read().unwrap();
        let (_b, reference) = reference.read().unwrap();
        match join(candidate, ours, reference, theirs).unwrap_err() {
            ReportError::NotComparable { message, help } => format!("{message}. {help}"),
            error => panic!("{error}"),
        }
    };
    let mut other = reference.clone();
    other.manifest.suite.name = "another".into();
    assert!(error(&other, None, None).ends_with("of \"another\". compare runs of one suite"));
    let missing = error(&reference, Some("nobody"), None);
    assert!(missing.ends_with(&format!("holds no model \"nobody\". its models are {SMALL}")), "{missing}");
    let mut two = reference.clone();
    two.manifest.models.push(candidate.manifest.models[0].clone());
    let which = error(&two, None, None);
    assert!(which.contains("holds 2 models, none of them a reference. say which is meant, as RUN#MODEL"), "{which}");
}

#[test]
fn what_either_run_keeps_private_stays_private() {
    let (candidate, mut reference) = both(&run([40, 0, 6, 0]));
    reference.manifest.suite.data_policy = DataPolicy::LocalOnly;
    reference.records.iter_mut().for_each(|record| record.text = "a secret".into());
    let (run, summary, _dirs) = joined(&candidate, &reference);
    let found = serde_json::to_string(&details(&run, &summary).unwrap()).unwrap();
    assert!(found.contains("t-040") && !found.contains("a secret"), "{found}");
}

/// The baseline of a run's model, written and read again.
fn kept(run: &Run, model: &str, with_answers: bool) -> (TempDir, String) {
    let (dir, run) = run.read().unwrap();
    let text = baseline(&run, model, with_answers).unwrap().text().unwrap();
    std::fs::write(dir.path().join("baseline.json"), &text).unwrap();
    (dir, text)
}

#[test]
fn a_baseline_gives_the_comparison_that_its_run_gives() {
    let mut whole = super::fixture::with_reference();
    fail_call(&mut whole.records[3], "engine", "it fell over");
    let last = whole.records.len() - 1;
    fail_call(&mut whole.records[last], "engine", "it fell over");
    whole.records[last - 1].outcome = eval_core::Outcome::MetricFailed;
    let (candidate, reference) = both(&whole);
    let (dir, text) = kept(&reference, LARGE, false);
    let (_first, ours) = candidate.read().unwrap();
    let (_second, theirs) = reference.read().unwrap();
    let from_run = crate::summarize(&join(ours.clone(), None, theirs, None).unwrap()).unwrap();
    let read = read_baseline(&dir.path().join("baseline.json")).unwrap();
    let from_file = crate::summarize(&join(ours, None, read, None).unwrap()).unwrap();
    assert_eq!(from_file.verdicts, from_run.verdicts);
    assert_eq!(from_file.differences, from_run.differences);
    for (file, run) in from_file.tasks.iter().zip(&from_run.tasks) {
        // A baseline does not hold what each answer took: of a cascade it knows less.
        let but_cascade = |rows: &[Comparison]| {
            rows.iter().map(|row| Comparison { cascade: None, ..row.clone() }).collect::<Vec<_>>()
        };
        assert_eq!(but_cascade(&file.comparisons), but_cascade(&run.comparisons));
        assert_eq!(file.models[0], run.models[0]);
        let (file, run) = (&file.models[1], &run.models[1]);
        assert_eq!((file.correct, &file.breakdown), (run.correct, &run.breakdown));
        // The same costs, added in another order.
        assert!((file.cost_usd.unwrap() - run.cost_usd.unwrap()).abs() < 1e-12);
        assert_eq!((&file.errors, file.bars, file.tokens.input), (&run.errors, run.bars, None));
        let labels = |name: &&String| name.as_str() != "macro_f1" && name.as_str() != "latency";
        for name in file.metrics.keys().filter(labels) {
            assert_eq!((file.metrics[name], file.intervals[name]), (run.metrics[name], run.intervals[name]), "{name}");
        }
        // What rests on labels is unknown, never 0.
        assert!(file.metrics.get("macro_f1").is_none_or(Option::is_none));
    }
    assert!(!json(&from_file).is_empty());
    for private in ["it fell over", "Subject:", "You sort the mail", "14 days", "kettle"] {
        assert!(!text.contains(private), "{private} is in the baseline");
    }
    // A case a line.
    assert_eq!(text.lines().filter(|line| line.contains("case_hash")).count(), reference.records.len());
    let (_dir, with_answers) = kept(&reference, LARGE, true);
    assert!(with_answers.contains("30 days") && !with_answers.contains("Subject:"));
}

#[test]
fn a_file_that_is_no_baseline_is_told_apart() {
    let (_, reference) = both(&run([4, 0, 0, 0]));
    let (dir, text) = kept(&reference, LARGE, false);
    let path = dir.path().join("baseline.json");
    let error = |text: &str| {
        std::fs::write(&path, text).unwrap();
        read_baseline(&path).unwrap_err().to_string()
    };
    assert!(error("{}").contains("it is no baseline of eval"));
    assert!(error(&text.replace("\"baseline\": 1", "\"baseline\": 2")).contains("has version 2"));
    assert!(error(&text.replacen("\"case\":", "\"kase\":", 1)).contains("unknown field `kase`"));
    assert!(error(&text.replace("\"margin\": 0.05", "\"margin\": 1.0")).contains("the margin is a share"));
    assert!(error(&text.replace("\"margin\": 0.05", "\"margin\": 0.0")).contains("the margin is a share"));
    assert!(error(&text.replace("\"alpha\": 0.05", "\"alpha\": 0.5")).contains("alpha is a probability"));
    let case = text.lines().find(|line| line.contains("case_hash")).unwrap().trim_end_matches(',');
    assert!(error(&text.replacen(case, &format!("{case},\n{case}"), 1)).contains("it is there twice"));
    let torn: String = text.chars().take(text.len() - 20).collect();
    assert!(error(&torn).contains("baseline"));
}

#[test]
fn all_errors_and_no_cases_are_never_a_pass() {
    let (candidate, mut reference) = both(&run([40, 0, 0, 0]));
    reference.records.iter_mut().for_each(|record: &mut Record| fail_call(record, "engine", "it fell over"));
    assert_eq!(compared(&candidate, &reference).verdict, Verdict::Invalid);
    assert_eq!(compared(&reference_as_candidate(&reference), &candidate).verdict, Verdict::Invalid);
    reference.records.clear();
    let row = compared(&candidate, &reference);
    assert_eq!((row.verdict, row.cases, row.cases_needed), (Verdict::Invalid, 0, None));
}

fn reference_as_candidate(run: &Run) -> Run {
    let mut run = run.clone();
    run.manifest.models[0].name = LARGE.into();
    run
}

#[test]
fn runs_that_were_scored_by_other_rules_do_not_pass() {
    let (mut candidate, mut reference) = both(&run([480, 10, 10, 0]));
    candidate.manifest.tasks[0].scoring_hash = Some("the new rules".into());
    // A run that does not say, as older ones, is taken as it is.
    assert_eq!(joined(&candidate, &reference).1.verdicts[0].verdict, Verdict::GoodEnough);
    reference.manifest.tasks[0].scoring_hash = Some("the old rules".into());
    let summary = joined(&candidate, &reference).1;
    assert_eq!(summary.verdicts[0].verdict, Verdict::Invalid);
    assert_eq!(summary.differences, ["triage differs in what makes an answer right."]);
    assert!(summary.verdicts[0].reasons.iter().any(|reason| reason.contains("scored by other rules")));
    candidate.manifest.allow_different = true;
    assert_eq!(joined(&candidate, &reference).1.verdicts[0].verdict, Verdict::GoodEnough);
}

/// What changed from a run to the same run again, in which calls failed; of so many cases of the suite.
fn change_to_the_same(cases_in_suite: usize) -> crate::Change {
    let mut run = one_model();
    run.manifest.tasks[0].cases_in_suite = cases_in_suite;
    run.records.iter_mut().filter(|record| record.task == "triage").take(9).for_each(|record| {
        fail_call(record, "timeout", "none");
    });
    let (_dir, older) = run.read().unwrap();
    run.manifest.id = "20261122-103721-k3f9".into();
    let (_dir, newer) = run.read().unwrap();
    let past = |run: &crate::Run| crate::Past {
        run: run.manifest.id.clone(),
        manifest: run.manifest.clone(),
        summary: crate::summarize(run).unwrap(),
    };
    let mut history = crate::history("support-tickets", &[past(&older), past(&newer)]);
    let runs = [older, newer].map(std::sync::Arc::new);
    let read = |name: &str| runs.iter().find(|run| run.manifest.id == name).cloned();
    crate::add_changes(&mut history, read).unwrap();
    history.tasks[0].models[0].points[1].change.clone().unwrap()
}

#[test]
fn a_model_that_failed_as_often_as_before_has_not_changed() {
    let change = change_to_the_same(40);
    assert_eq!((change.difference, change.is_regression), (Some(0.0), false), "{change:?}");
    // A look at a part may spend next to nothing; what changed is told at the level of the run all the same.
    assert_eq!(change_to_the_same(400).interval, change.interval);
}

#[test]
fn a_joined_run_tells_the_failures_of_both_of_its_models_and_of_no_other() {
    let mut run = run([20, 2, 2, 4]);
    let failed: Vec<String> = run.manifest.models.iter().map(|model| model.name.clone()).collect();
    for model in &failed {
        let record = run.records.iter_mut().find(|record| record.model == *model).unwrap();
        fail_call(record, "timeout", &format!("{model} took too long"));
    }
    let (_a, ours) = run.read().unwrap();
    let (_b, theirs) = run.read().unwrap();
    let joined = join(ours.clone(), Some(SMALL), theirs, Some(LARGE)).unwrap();
    let told: Vec<(&str, &str)> =
        joined.failures.iter().map(|((model, _), found)| (model.as_str(), found.message.as_str())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|(model, message)| message.starts_with(model)), "{told:?}");
    let alone = crate::only(ours, SMALL).unwrap();
    assert_eq!(alone.failures.keys().map(|(model, _)| model.as_str()).collect::<Vec<_>>(), [SMALL]);
}
