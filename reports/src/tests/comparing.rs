use super::{
    fixture::{LARGE, Run, SMALL, fail_call, summarize},
    paired::{ask_again, case, run},
};
use crate::{Comparison, Summary, Verdict};
use eval_core::{
    Behaviour,
    statistics::{Side, tango, tango_test},
};

fn compare(run: &Run) -> Comparison {
    comparison(&summarize(run).unwrap())
}

fn comparison(summary: &Summary) -> Comparison {
    summary.tasks[0].comparisons[0].clone()
}

#[test]
fn the_table_and_tangos_interval() {
    let row = compare(&run([430, 20, 30, 20]));
    let table = [row.both, row.candidate_only, row.reference_only, row.neither].map(Option::unwrap);
    assert_eq!((table, row.cases, row.unpaired), ([430, 20, 30, 20], 500, 0));
    let interval = tango(20.0, 30.0, 500.0, 0.9);
    assert_eq!(row.interval, Some([interval.lower, interval.upper]));
    assert!((row.difference.unwrap() + 0.02).abs() < 1e-12);
    let p = tango_test(20.0, 30.0, 500.0, -0.05, Side::AtLeast);
    assert_eq!((row.verdict, row.p_noninferiority, row.p_adjusted), (Verdict::GoodEnough, Some(p), Some(p)));
    assert!(row.may_move && row.method == "tango");
}

#[test]
fn models_that_always_agree_need_as_many_cases_as_the_margin_wants() {
    let row = compare(&run([40, 0, 0, 0]));
    assert_eq!((row.verdict, row.cases_needed), (Verdict::NeedMoreData, Some(52)));
    assert_eq!(compare(&run([52, 0, 0, 0])).verdict, Verdict::GoodEnough);
}

#[test]
fn a_worse_candidate_is_not_good_enough_and_more_cases_will_not_save_it() {
    assert_eq!(compare(&run([300, 5, 60, 35])).verdict, Verdict::NotGoodEnough);
    let row = compare(&run([80, 2, 8, 10]));
    assert_eq!((row.verdict, row.cases_needed), (Verdict::NeedMoreData, None));
    assert!(row.cases_needed_at_zero.is_some());
    assert!(
        row.reasons.iter().any(|reason| reason.contains("more cases would rather show it not good enough")),
        "{:?}",
        row.reasons
    );
}

#[test]
fn accuracy_cannot_be_bought_with_confident_wrong_answers() {
    let mut run = run([400, 0, 0, 100]);
    assert_eq!(compare(&run).verdict, Verdict::GoodEnough);
    let wrong_ones = run.records.iter_mut().filter(|r| r.model == SMALL && r.correct == Some(false));
    wrong_ones.for_each(|record| record.behaviour = Some(Behaviour::Answered));
    let row = compare(&run);
    assert_eq!((row.verdict, row.wrong_answers.difference), (Verdict::NotGoodEnough, Some(0.2)));
}

#[test]
fn an_outage_of_the_reference_does_not_help_the_candidate() {
    let mut run = run([400, 0, 20, 80]);
    assert_eq!(compare(&run).verdict, Verdict::NeedMoreData);
    // The candidate fails where the reference was right: without those calls the two look the same.
    run.manifest.suite.decision.max_error_rate = 0.2;
    for record in run.records.iter_mut().filter(|r| r.model == LARGE && (400..420).contains(&case(r))) {
        fail_call(record, "engine", "it fell over");
    }
    let row = compare(&run);
    assert_eq!((row.difference, row.verdict), (Some(0.0), Verdict::NeedMoreData));
    assert!(row.reasons[2].starts_with("With every failed call of the reference scored right"), "{:?}", row.reasons);
}

#[test]
fn a_reference_that_a_trivial_strategy_matches_is_no_yardstick() {
    let mut run = run([60, 0, 0, 440]);
    run.manifest.tasks[0].trivial.insert("always decline".into(), 0.1);
    let summary = summarize(&run).unwrap();
    assert_eq!(comparison(&summary).verdict, Verdict::Invalid);
    assert!(comparison(&summary).reasons[0].contains("no yardstick"));
    assert!(!summary.is_valid_evidence());
}

#[test]
fn unpaired_cases_are_counted_and_too_many_spoil_the_evidence() {
    let mut run = run([500, 0, 0, 0]);
    run.records.retain(|r| r.model == LARGE || case(r) >= 9);
    let row = compare(&run);
    assert_eq!((row.cases, row.unpaired, row.verdict), (491, 9, Verdict::GoodEnough));
    run.records.retain(|r| r.model == SMALL || case(r) < 498);
    assert_eq!(compare(&run).verdict, Verdict::Invalid);
}

#[test]
fn groups_widen_the_interval_and_repeats_take_the_table_away() {
    let plain = compare(&run([430, 20, 30, 20])).interval.unwrap();
    let mut grouped = run([430, 20, 30, 20]);
    grouped.records.iter_mut().for_each(|r| r.cluster = Some(format!("thread-{}", case(r) / 5)));
    let row = compare(&grouped);
    let [lower, upper] = row.interval.unwrap();
    assert!(lower < plain[0] && upper > plain[1] && row.method == "cluster_robust");

    let mut repeated = run([430, 20, 30, 20]);
    ask_again(&mut repeated);
    let row = compare(&repeated);
    assert_eq!((row.both, row.interval), (None, Some(plain)));
}

#[test]
fn a_missed_bar_overrules_a_good_comparison() {
    let mut run = run([430, 20, 30, 20]);
    let bar = eval_core::Bar { min: Some(0.95), max: None };
    run.manifest.tasks[0].bars.insert("accuracy".into(), bar);
    let row = compare(&run);
    assert_eq!((row.verdict, row.may_move), (Verdict::NotGoodEnough, false));
    assert_eq!(row.reasons.last().unwrap(), "smollm2-135m misses the bar of accuracy, and so does the reference.");
}
