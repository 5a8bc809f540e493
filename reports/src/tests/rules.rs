//! The rules of a comparison, one test a rule.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, summarize, wrong},
    paired::{ask_again, case, of, resize, run, two_tasks},
};
use crate::{Comparison, Verdict};
use eval_core::{
    Bar, Behaviour, Outcome, Record, TaskKind,
    statistics::{tango, wilson},
};
use serde_json::json;

fn compare(run: &Run) -> Comparison {
    summarize(run).unwrap().tasks[0].comparisons[0].clone()
}

fn says(row: &Comparison, words: &str) -> bool {
    row.reasons.iter().any(|reason| reason.contains(words))
}

fn fail_score(record: &mut Record) {
    (record.outcome, record.correct, record.behaviour) = (Outcome::MetricFailed, None, None);
}

#[test]
fn fewer_wrong_answers_do_not_pay_for_fewer_right_ones() {
    let mut run = run([300, 0, 60, 140]);
    // The reference is wrong where the candidate declines.
    let wrong_ones = of(&mut run, LARGE).filter(|record| record.correct == Some(false));
    wrong_ones.for_each(|record| record.behaviour = Some(Behaviour::Answered));
    let row = compare(&run);
    assert_eq!((row.verdict, row.wrong_answers.difference), (Verdict::NotGoodEnough, Some(-0.28)));
}

#[test]
fn a_yardstick_exceeds_the_trivial_strategy_by_more_than_the_margin() {
    let with_trivial = |share: f64| {
        let mut run = run([400, 0, 0, 100]);
        run.manifest.tasks[0].trivial = [("always decline".into(), share), ("always billing".into(), 0.1)].into();
        compare(&run)
    };
    let edge = wilson(400.0, 500.0, 0.9).lower - 0.05;
    assert_eq!(with_trivial(edge - 1e-9).verdict, Verdict::GoodEnough);
    let row = with_trivial(edge + 1e-9);
    assert_eq!(row.verdict, Verdict::Invalid);
    assert!(says(&row, "does not exceed the trivial strategy “always decline”"), "{:?}", row.reasons);
    assert_eq!(with_trivial(f64::NAN).verdict, Verdict::GoodEnough);
}

#[test]
fn failed_calls_of_the_candidate_count_as_wrong_and_may_hide_wrong_answers() {
    let mut run = run([400, 0, 0, 0]);
    run.manifest.suite.decision.max_error_rate = 0.2;
    of(&mut run, SMALL).take(8).for_each(|record| fail_call(record, "engine", "it fell over"));
    let row = compare(&run);
    assert_eq!((row.difference, row.reference_only, row.verdict), (Some(-0.02), Some(8), Verdict::GoodEnough));
    assert_eq!(row.wrong_answers.difference, Some(0.0));
    let limits = tango(8.0, 0.0, 400.0, 0.9);
    let shown = format!("none of the reference's: +2.0 points [+{:.1}", 100.0 * limits.lower);
    assert!(says(&row, &shown), "{shown}: {:?}", row.reasons);
    of(&mut run, SMALL).take(60).for_each(|record| fail_call(record, "engine", "it fell over"));
    assert_eq!(compare(&run).verdict, Verdict::NotGoodEnough);
}

#[test]
fn a_failed_call_of_the_reference_may_hide_a_right_answer() {
    let mut run = run([400, 0, 0, 8]);
    let plain = compare(&run);
    of(&mut run, LARGE).filter(|r| case(r) >= 400).for_each(|record| fail_call(record, "engine", "it fell over"));
    let row = compare(&run);
    assert_eq!((row.difference, row.interval), (plain.difference, plain.interval));
    assert!(row.p_noninferiority > plain.p_noninferiority);
    assert!(says(&row, "scored right, and every failed score taken against the candidate: −2.0 points"));
    // A failed call is no right answer of the candidate's where both fail.
    of(&mut run, SMALL).filter(|r| case(r) >= 400).for_each(|record| fail_call(record, "engine", "it fell over"));
    let change = compare(&run).p_noninferiority.unwrap() - row.p_noninferiority.unwrap();
    assert!(change.abs() < 1e-9, "{change}");
}

#[test]
fn failed_scorers_decide_nothing_that_they_could_turn() {
    // Good enough as counted, were they wrong and were they right.
    let mut good = run([390, 10, 0, 100]);
    assert_eq!(compare(&good).verdict, Verdict::GoodEnough);
    of(&mut good, LARGE).skip(400).take(30).for_each(fail_score);
    let row = compare(&good);
    assert_eq!((row.difference, row.verdict), (Some(0.02), Verdict::NeedMoreData));
    // Not good enough as counted, and perhaps as good.
    let mut bad = run([400, 0, 60, 40]);
    assert_eq!(compare(&bad).verdict, Verdict::NotGoodEnough);
    of(&mut bad, SMALL).filter(|r| (400..460).contains(&case(r))).for_each(fail_score);
    let row = compare(&bad);
    assert_eq!((row.difference, row.verdict), (Some(-0.12), Verdict::NeedMoreData));
}

#[test]
fn errors_above_the_limit_spoil_the_evidence_on_either_side() {
    for model in [SMALL, LARGE] {
        let with_failed = |failed: usize| {
            let mut run = run([400, 0, 0, 0]);
            run.manifest.suite.decision.max_error_rate = 0.02;
            of(&mut run, model).take(failed).for_each(|record| fail_call(record, "engine", "it fell over"));
            compare(&run)
        };
        assert_ne!(with_failed(8).verdict, Verdict::Invalid);
        let row = with_failed(10);
        assert_eq!(row.verdict, Verdict::Invalid);
        assert!(row.reasons[0].starts_with(&format!("{model}: 10 of 400 calls failed (2.5%)")), "{:?}", row.reasons);
    }
    let mut all = run([400, 0, 0, 0]);
    all.records.iter_mut().for_each(|record| fail_call(record, "engine", "it fell over"));
    assert_eq!(compare(&all).verdict, Verdict::Invalid);
}

#[test]
fn below_98_of_100_cases_paired_nothing_is_decided() {
    let without = |missing: usize| {
        let mut run = run([500, 0, 0, 0]);
        run.records.retain(|r| r.model == LARGE || case(r) >= missing);
        compare(&run)
    };
    assert_eq!((without(10).cases, without(10).verdict), (490, Verdict::GoodEnough));
    assert_eq!((without(11).cases, without(11).verdict), (489, Verdict::Invalid));
    assert!(says(&without(11), "Only 489 of 500 cases are paired"));
    let mut none = run([500, 0, 0, 0]);
    none.records.clear();
    assert_eq!(compare(&none).verdict, Verdict::Invalid);
}

#[test]
fn fewer_than_20_clusters_never_decide() {
    let in_clusters = |table, size: usize| {
        let mut run = run(table);
        run.records.iter_mut().for_each(|r| r.cluster = Some(format!("thread-{}", case(r) / size)));
        compare(&run)
    };
    // Far too bad, and surely as good: 19 clusters and 20.
    assert_eq!(in_clusters([0, 0, 380, 0], 20).verdict, Verdict::NeedMoreData);
    assert_eq!(in_clusters([0, 0, 400, 0], 20).verdict, Verdict::NotGoodEnough);
    assert!(says(&in_clusters([380, 0, 0, 0], 20), "19 independent groups, and fewer than 20 never decide"));
    assert_eq!(in_clusters([380, 0, 0, 0], 20).p_regression, None);
}

#[test]
fn clusters_are_never_narrower_than_tango_on_their_number() {
    let mut run = run([200, 0, 0, 0]);
    run.records.iter_mut().for_each(|r| r.cluster = Some(format!("thread-{}", case(r) / 4)));
    let limits = tango(0.0, 0.0, 50.0, 0.9);
    let row = compare(&run);
    // Fifty that agree are two short of what the margin wants, whatever is in them.
    assert_eq!((row.interval, row.verdict), (Some([limits.lower, limits.upper]), Verdict::NeedMoreData));
}

#[test]
fn cases_of_equal_content_are_not_independent() {
    let mut run = run([500, 0, 0, 0]);
    run.records.iter_mut().for_each(|r| r.case_hash = format!("{:032x}", case(r) / 10));
    let row = compare(&run);
    assert_eq!((row.cases, row.method.as_str(), row.verdict), (500, "cluster_robust", Verdict::NeedMoreData));
    let limits = tango(0.0, 0.0, 50.0, 0.9);
    assert_eq!(row.interval, Some([limits.lower, limits.upper]));
}

#[test]
fn identical_repeats_count_once() {
    let once = compare(&run([430, 20, 30, 20]));
    let mut repeated = run([430, 20, 30, 20]);
    ask_again(&mut repeated);
    let twice = compare(&repeated);
    let table = (twice.both, twice.candidate_only, twice.reference_only, twice.neither);
    assert_eq!(table, (None, None, None, None));
    let cross_check = once.cross_check.filter(|_| false);
    let (both, candidate_only, reference_only, neither) = table;
    // Of a cascade the intervals are sums over the repeats, which differ in the last digit.
    let cascade = twice.cascade.clone();
    assert_eq!(twice, Comparison { both, candidate_only, reference_only, neither, cross_check, cascade, ..once });
}

#[test]
fn repeats_are_means_of_their_case_and_add_no_cases() {
    let mut repeated = run([430, 20, 30, 20]);
    ask_again(&mut repeated);
    // The second time the candidate gets the lost ones right: half a case each.
    let again = of(&mut repeated, SMALL).filter(|r| r.repeat == 1 && (450..480).contains(&case(r)));
    again.for_each(|r| (r.correct, r.behaviour) = (Some(true), Some(Behaviour::Answered)));
    let row = compare(&repeated);
    let limits = tango(20.0, 15.0, 500.0, 0.9);
    assert_eq!((row.cases, row.difference, row.interval), (500, Some(0.01), Some([limits.lower, limits.upper])));
}

#[test]
fn which_tasks_may_move_is_corrected_and_the_suite_is_not() {
    // 0.04 each: both pass, and neither may move alone, since two were looked at.
    let both = summarize(&two_tasks([428, 20, 32, 20], [428, 20, 32, 20])).unwrap();
    let rows = both.tasks.iter().map(|task| &task.comparisons[0]);
    for row in rows {
        let p = row.p_noninferiority.unwrap();
        assert!(p > 0.025 && p <= 0.05 && row.verdict == Verdict::GoodEnough, "{p}");
        assert_eq!((row.p_adjusted, row.may_move), (Some(2.0 * p), false));
    }
    let row = &both.verdicts[0];
    assert_eq!(row.verdict, Verdict::GoodEnough);
    assert_eq!(
        row.recommendation.as_deref(),
        Some(
            "Keep triage and tone on gpt-4o-mini; the evidence for triage and tone holds alone, not among all that was \
             looked at."
        )
    );

    let all = summarize(&two_tasks([480, 5, 5, 10], [480, 5, 5, 10])).unwrap();
    assert_eq!(all.verdicts[0].recommendation.as_deref(), Some("Move triage and tone to smollm2-135m."));
}

#[test]
fn the_advice_says_where_moving_costs_more() {
    let advice = |usd: [f64; 2]| {
        let mut run = two_tasks([480, 5, 5, 10], [300, 5, 160, 35]);
        for record in &mut run.records {
            record.cost_usd = Some(usd[usize::from(record.model != SMALL)]);
        }
        summarize(&run).unwrap().verdicts[0].recommendation.clone().unwrap()
    };
    let cheaper = "Move triage to smollm2-135m; keep tone on gpt-4o-mini.";
    assert_eq!([advice([1e-5, 1e-3]), advice([1.02e-3, 1e-3]), advice([1e-3, 0.0])], [cheaper; 3]);
    assert_eq!(
        advice([2.5e-3, 1e-3]),
        "Move triage to smollm2-135m, where a right answer costs more than on gpt-4o-mini: triage 2.5 times; keep tone \
         on gpt-4o-mini."
    );
}

#[test]
fn a_suite_passes_when_every_task_does_and_one_task_may_still_move() {
    let verdict = |second| {
        let summary = summarize(&two_tasks([480, 5, 5, 10], second)).unwrap();
        (summary.verdicts[0].verdict, summary.verdicts[0].recommendation.clone().unwrap())
    };
    let half = "Move triage to smollm2-135m; keep tone on gpt-4o-mini.".to_string();
    assert_eq!(verdict([300, 5, 160, 35]), (Verdict::NotGoodEnough, half));
    let past = "Move triage to smollm2-135m; keep tone on gpt-4o-mini; more cases would rather show tone not \
                good enough.";
    assert_eq!(verdict([80, 2, 8, 10]), (Verdict::NeedMoreData, past.into()));
    let (open, words) = verdict([80, 4, 6, 10]);
    assert!(open == Verdict::NeedMoreData && words.ends_with(" more cases would decide tone."), "{words}");
    let mut missing = two_tasks([480, 5, 5, 10], [480, 5, 5, 10]);
    missing.records.retain(|record| record.task == "triage");
    let summary = summarize(&missing).unwrap();
    assert_eq!(
        (summary.verdicts[0].verdict, summary.verdicts[0].recommendation.clone()),
        (
            Verdict::Invalid,
            Some("Move triage to smollm2-135m; smollm2-135m was asked no case on tone: run it again.".into())
        )
    );
}

#[test]
fn an_open_bar_does_not_stand_in_the_way_and_a_missed_one_does() {
    let with_bar = |min: f64| {
        let mut run = run([430, 20, 30, 20]);
        run.manifest.tasks[0].bars.insert("accuracy".into(), Bar { min: Some(min), max: None });
        compare(&run)
    };
    // Right in 90 %.
    assert_eq!([0.8, 0.9, 0.93].map(|min| with_bar(min).verdict), {
        [Verdict::GoodEnough, Verdict::GoodEnough, Verdict::NotGoodEnough]
    });
    assert!(with_bar(0.93).reasons.ends_with(&["smollm2-135m misses the bar of accuracy.".into()]));
}

#[test]
fn non_inferior_but_worse_is_said() {
    let row = compare(&run([960, 2, 20, 18]));
    assert_eq!(row.verdict, Verdict::GoodEnough);
    assert!(says(&row, "Non-inferior, but worse: fewer right answers than gpt-4o-mini, by less than the margin."));
    assert!(!says(&compare(&run([960, 10, 12, 18])), "Non-inferior"));
    let mut both = run([960, 2, 20, 18]);
    let lost = of(&mut both, SMALL).filter(|r| r.correct == Some(false) && case(r) < 982);
    lost.for_each(|r| wrong(r, Behaviour::Answered, "wrong"));
    assert!(says(&compare(&both), "worse: fewer right answers and more confident wrong ones than"));
}

#[test]
fn other_decoding_is_no_evidence_unless_it_is_accepted() {
    let mut run = run([480, 5, 5, 10]);
    run.manifest.tasks[0].kind = TaskKind::Extraction;
    for (model, decoding) in run.manifest.models.iter_mut().zip(["schema", "free"]) {
        model.details = json!({"decoding": decoding});
    }
    let row = compare(&run);
    assert_eq!((row.verdict, row.may_move), (Verdict::Invalid, false));
    assert!(says(&row, "The decoding differs: smollm2-135m decodes “schema”, gpt-4o-mini “free”"));
    run.manifest.allow_different = true;
    let row = compare(&run);
    assert_eq!((row.verdict, row.may_move), (Verdict::GoodEnough, true));
    assert!(says(&row, "which --allow-different accepts"));
    // What is bad is bad in any arm.
    run.manifest.allow_different = false;
    of(&mut run, SMALL).take(100).for_each(|r| wrong(r, Behaviour::Declined, "declined"));
    assert_eq!(compare(&run).verdict, Verdict::NotGoodEnough);
}

#[test]
fn the_decoding_of_a_task_is_that_of_the_answers_it_constrains() {
    use TaskKind::{Classification, Extraction, Rag, Tools};
    for (runner, held) in [("candle", &[Classification, Extraction, Tools][..]), ("openai", &[Extraction])] {
        for kind in [Classification, Extraction, Rag, Tools] {
            let mut run = run([480, 5, 5, 10]);
            run.manifest.tasks[0].kind = kind;
            for (model, decoding) in run.manifest.models.iter_mut().zip(["schema", "free"]) {
                model.details = json!({"decoding": decoding});
                model.runner = runner.into();
            }
            let row = compare(&run);
            assert_eq!(says(&row, "The decoding differs"), held.contains(&kind), "{runner}, {kind}");
        }
    }
}

#[test]
fn two_answers_to_one_case_spoil_a_run() {
    let mut twice = run([40, 0, 0, 0]);
    twice.records.push(twice.records[0].clone());
    assert!(summarize(&twice).unwrap_err().to_string().contains("it is there twice"));
    // The same content under another id is another case, which is not independent.
    twice.records.last_mut().unwrap().case = "t-900".into();
    resize(&mut twice);
    let row = compare(&twice);
    assert_eq!((row.cases, row.unpaired), (40, 1));
}
