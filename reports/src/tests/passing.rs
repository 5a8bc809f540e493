//! Gates, slices and JUnit.

use super::{
    Random,
    fixture::{LARGE, Run, SMALL, fail_call, summarize, with_reference, wrong},
    paired::{case, of, run, two_tasks},
};
use crate::{Gate, GateOutcome, Policy, ReportError, details, gate, gate_markdown, junit};
use eval_core::{Behaviour, DataPolicy, ModelInfo, ModelRole, Record, Selection};

fn decide(run: &Run, policy: Policy) -> Gate {
    gate(&run.manifest, &summarize(run).unwrap(), policy).unwrap()
}

/// The exit codes of both policies.
fn codes(run: &Run) -> [u8; 2] {
    [Policy::NonInferior, Policy::NoRegression].map(|policy| decide(run, policy).outcome.code())
}

#[test]
fn policies() {
    // As good; undecided without an alarm; not good enough.
    assert_eq!(codes(&run([480, 10, 10, 0])), [0, 0]);
    assert_eq!(codes(&run([36, 2, 2, 0])), [11, 11]);
    assert_eq!(codes(&run([300, 5, 60, 35])), [10, 10]);
    // Surely worse, and by less than the margin; surely worse, and undecided.
    let row = run([960, 2, 20, 18]);
    assert_eq!(codes(&row), [0, 10]);
    assert!(decide(&row, Policy::NoRegression).reasons[0].starts_with("triage: a regression: −1.8 points against"));
    assert_eq!(codes(&run([80, 0, 8, 12])), [11, 10]);
    let mut failing = run([400, 0, 0, 0]);
    of(&mut failing, LARGE).take(40).for_each(|record| fail_call(record, "engine", "it fell over"));
    assert_eq!(codes(&failing), [12, 12]);
}

#[test]
fn the_alarm_says_what_it_rests_on() {
    // Calls of the candidate that fail are no confident wrong answers: of those there are none.
    let mut failing = run([470, 0, 0, 30]);
    failing.manifest.suite.decision.max_error_rate = 0.1;
    of(&mut failing, SMALL).skip(470).take(20).for_each(|record| fail_call(record, "engine", "it fell over"));
    let row = summarize(&failing).unwrap().tasks[0].comparisons[0].clone();
    assert_eq!((row.wrong_answers.difference, row.p_more_wrong), (Some(0.0), Some(1.0)));
    assert!(row.wrong_answers.interval.is_some_and(|[lower, upper]| lower < 0.0 && upper > 0.0));
    // They may have been, so that nothing is shown: open, and no alarm.
    assert_eq!(codes(&failing)[1], 11);
    // What the reference did not answer may have been right.
    let mut silent = run([960, 2, 20, 18]);
    of(&mut silent, LARGE).skip(982).take(3).for_each(|record| fail_call(record, "engine", "it fell over"));
    let reasons = decide(&silent, Policy::NoRegression).reasons.join(" ");
    let words = "as counted or with 3 failed calls of the reference taken for right answers.";
    assert!(reasons.contains(words), "{reasons}");
}

#[test]
fn every_task_must_pass() {
    assert_eq!(codes(&two_tasks([480, 10, 10, 0], [480, 10, 10, 0])), [0, 0]);
    assert_eq!(codes(&two_tasks([480, 10, 10, 0], [36, 2, 2, 0])), [11, 11]);
    assert_eq!(codes(&two_tasks([480, 10, 10, 0], [960, 2, 20, 18])), [0, 10]);
}

#[test]
fn a_part_of_a_suite_cannot_pass() {
    let part = |table, selection| {
        let mut run = run(table);
        run.manifest.selection = selection;
        let summary = summarize(&run).unwrap();
        assert!(summary.partial && summary.verdicts[0].reasons.iter().any(|r| r.starts_with("On a part of the suite")));
        codes(&run)[0]
    };
    let good = [480, 10, 10, 0];
    assert_eq!(part(good, Selection { limit: Some(500), ..Selection::default() }), 12);
    assert_eq!(part(good, Selection { sample: Some(500), ..Selection::default() }), 12);
    assert_eq!(part(good, Selection { tags: vec!["short".into()], ..Selection::default() }), 12);
    // Nor is it evidence against the candidate.
    assert_eq!(part([300, 5, 60, 35], Selection { sample: Some(400), ..Selection::default() }), 12);
    // A whole task is no part.
    assert_eq!(part(good, Selection { tasks: vec!["triage".into()], ..Selection::default() }), 0);
}

#[test]
fn a_gate_takes_one_candidate_and_one_reference() {
    for (role, word) in [(ModelRole::Candidate, "one candidate"), (ModelRole::Reference, "one reference")] {
        let mut run = run([40, 0, 0, 0]);
        let third = eval_core::ModelInfo { name: "third".into(), role, ..run.manifest.models[0].clone() };
        run.manifest.models.push(third);
        let Err(ReportError::NotComparable { message, .. }) =
            gate(&run.manifest, &summarize(&run).unwrap(), Policy::NonInferior)
        else {
            panic!("a gate on several");
        };
        assert_eq!(message, format!("a gate takes {word}, and there are 2"));
    }
}

#[test]
fn a_gate_says_the_outcome_first() {
    let failed = run([80, 0, 20, 0]);
    let summary = summarize(&failed).unwrap();
    let (_dir, read) = failed.read().unwrap();
    let found = details(&read, &summary).unwrap();
    let gate = decide(&failed, Policy::NonInferior);
    assert_eq!(gate.outcome, GateOutcome::Failed);
    let text = gate_markdown(&gate, &summary, &found);
    assert!(
        text.starts_with(
            "### ✗ gate failed (policy non-inferior, margin 5 points, against gpt-4o-mini): support-tickets\n"
        ),
        "{text}"
    );
    assert!(text.contains("20 cases that the reference got right and the candidate did not: t-080"), "{text}");
}

#[test]
fn a_slice_that_the_candidate_loses_is_found_among_noise() {
    let mut random = Random(1);
    let mut run = run([600, 0, 0, 0]);
    for record in &mut run.records {
        let tag = case(record) % 20;
        record.tags = vec![format!("tag-{tag:02}")];
        let chance = if record.model == SMALL && tag == 0 { 0.8 } else { 0.1 };
        if random.share() < chance {
            wrong(record, Behaviour::Declined, "declined");
        }
    }
    let (_dir, read) = run.read().unwrap();
    let found = details(&read, &crate::summarize(&read).unwrap()).unwrap().remove(0);
    assert_eq!(found.slices_looked_at, 20);
    let slices = &found.tasks[0].slices;
    assert!(slices.is_sorted_by(|a, b| a.difference <= b.difference) && slices[0].cases == 30);
    let out: Vec<&str> = slices.iter().filter(|slice| slice.stands_out).map(|slice| slice.tag.as_str()).collect();
    assert_eq!(out, ["tag-00"]);
}

/// A third model, the candidate again under another name: twice as many slices were looked at.
#[test]
fn slices_are_corrected_over_all_candidates() {
    let mut one = run([480, 0, 20, 100]);
    one.records.iter_mut().for_each(|record| record.tags = vec![format!("tag-{}", case(record) / 150)]);
    let mut two = one.clone();
    let candidate = two.manifest.models.iter().find(|model| model.name == SMALL).unwrap().clone();
    two.manifest.models.push(ModelInfo { name: "again".into(), ..candidate });
    let again: Vec<Record> =
        of(&mut two, SMALL).map(|record| Record { model: "again".into(), ..record.clone() }).collect();
    two.records.extend(again);
    let found = |run: &Run| {
        let (_dir, read) = run.read().unwrap();
        details(&read, &crate::summarize(&read).unwrap()).unwrap()
    };
    let (one, two) = (found(&one).remove(0), found(&two));
    assert_eq!((one.slices_looked_at, two.len()), (4, 2));
    let [once, twice] = [&one, &two[0]].map(|details| details.tasks[0].slices[0].p_adjusted);
    assert!(once > 0.0 && (twice / once - 2.0).abs() < 1e-9, "{once} and {twice}");
    assert!(
        two.iter().all(|details| details.slices_looked_at == 8 && details.tasks[0].slices == two[0].tasks[0].slices)
    );
}

#[test]
fn answers_without_a_record_are_said() {
    let mut missing = run([480, 0, 10, 10]);
    let mut dropped = 0;
    missing.records.retain(|record| {
        let drop = record.model == SMALL && case(record) < 3;
        dropped += usize::from(drop);
        !drop
    });
    let rows = &summarize(&missing).unwrap().tasks[0].models;
    let words = "3 of 500 answers have no record: no rate counts them.";
    let says: Vec<bool> = rows.iter().map(|row| row.reasons.iter().any(|reason| reason == words)).collect();
    assert_eq!((dropped, says), (3, vec![true, false]));
}

#[test]
fn small_slices_and_few_clusters_are_not_read() {
    let mut tagged = run([0, 0, 100, 300]);
    for record in &mut tagged.records {
        let i = case(record);
        record.tags = if i < 9 { vec!["nine".into()] } else { vec!["many".into()] };
        record.cluster = Some(format!("thread-{}", i / 40));
    }
    let (_dir, read) = tagged.read().unwrap();
    let found = details(&read, &crate::summarize(&read).unwrap()).unwrap().remove(0);
    let slices = &found.tasks[0].slices;
    assert_eq!((found.slices_looked_at, slices[0].tag.as_str(), slices[0].stands_out), (1, "many", false));
}

#[test]
fn clusters_of_the_reference_alone_hold_in_slices_too() {
    let slices = |clustered: fn(&Record) -> bool| {
        let mut tagged = run([100, 20, 10, 30]);
        for record in &mut tagged.records {
            record.tags = vec!["all".into()];
            record.cluster = clustered(record).then(|| format!("thread-{}", case(record) / 4));
        }
        let (_dir, read) = tagged.read().unwrap();
        let found = details(&read, &crate::summarize(&read).unwrap()).unwrap().remove(0);
        found.tasks[0].slices.clone()
    };
    let all = slices(|_| true);
    assert_eq!(slices(|record| record.model != SMALL), all);
    assert_ne!(slices(|_| false), all);
}

/// One case of each fate, on one task.
fn small() -> Run {
    let mut run = with_reference();
    run.manifest.tasks.truncate(1);
    run.records.retain(|record| record.task == "triage" && ["t-000", "t-004", "t-007"].contains(&record.case.as_str()));
    run.manifest.tasks[0].cases = 3;
    run.manifest.tasks[0].cases_in_suite = 3;
    let failed = run.records.iter_mut().find(|r| r.model == SMALL && r.case == "t-007").unwrap();
    fail_call(failed, "engine", "it fell over <&>");
    run
}

#[test]
fn a_junit_file() {
    let run = small();
    let (_dir, read) = run.read().unwrap();
    insta::assert_snapshot!(junit(&read, &crate::summarize(&read).unwrap()).unwrap());
}

#[test]
fn junit_of_private_data_holds_no_texts() {
    let mut run = small();
    run.manifest.suite.data_policy = DataPolicy::LocalOnly;
    let (_dir, read) = run.read().unwrap();
    let text = junit(&read, &crate::summarize(&read).unwrap()).unwrap();
    assert!(text.contains("t-007") && !text.contains("it fell over") && !text.contains("undetermined"), "{text}");
}
