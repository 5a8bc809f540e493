use super::fixture::{Run, SMALL, fail_call, one_model, spec, summarize, with_reference, wrong};
use crate::{BarState, ModelRow, Summary, Verdict};
use eval_core::{
    Aggregate, Bar, Behaviour, Direction, ErrorInfo, Outcome, Record, Selection,
    statistics::{Side, score_test, wilson},
};

/// `right` of `of` cases of a task without clusters, and a bar on accuracy.
fn run(right: usize, of: usize, min: f64) -> Run {
    let mut run = one_model();
    run.manifest.tasks.truncate(1);
    let task = &mut run.manifest.tasks[0];
    (task.cases, task.cases_in_suite) = (of, of);
    task.trivial.clear();
    task.bars.insert("accuracy".into(), Bar { min: Some(min), max: None });
    run.records = (0..of).map(|i| super::fixture::record("triage", SMALL, i)).collect();
    run.records.iter_mut().skip(right).for_each(|record| wrong(record, Behaviour::Answered, "not it"));
    run
}

fn row(summary: &Summary) -> &ModelRow {
    &summary.tasks[0].models[0]
}

fn judge(run: &Run) -> (Verdict, BarState, ModelRow) {
    let summary = summarize(run).unwrap();
    let row = row(&summary).clone();
    assert_eq!(summary.verdicts[0].verdict, row.verdict);
    assert_eq!(summary.is_valid_evidence(), row.verdict != Verdict::Invalid);
    (row.verdict, row.bars, row)
}

#[test]
fn a_bar_is_met_missed_or_open_by_wilsons_limits() {
    // One-sided limits at 0.05 of 43/60: 0.6137 and 0.8006.
    let verdicts = [0.60, 0.613, 0.614, 0.80, 0.81].map(|min| judge(&run(43, 60, min)).0);
    let (good, open, bad) = (Verdict::GoodEnough, Verdict::NeedMoreData, Verdict::NotGoodEnough);
    assert_eq!(verdicts, [good, good, open, open, bad]);
    let row = judge(&run(43, 60, 0.7)).2;
    let interval = wilson(43.0, 60.0, 0.9);
    assert_eq!(row.intervals["accuracy"], Some([interval.lower, interval.upper]));
    assert_eq!((row.correct, row.cases, row.metrics["accuracy"]), (Some(43), 60, Some(43.0 / 60.0)));
}

#[test]
fn the_cases_that_an_open_bar_needs_are_those_at_which_it_is_met() {
    let row = judge(&run(45, 60, 0.7)).2;
    let n = row.cases_needed.unwrap();
    let p = |n: u64| score_test(0.75 * n as f64, n as f64, 0.7, Side::AtLeast);
    assert!(p(n) <= 0.05 && p(n - 1) > 0.05, "{n}");
    assert!(row.reasons[0].ends_with(&format!("open; at this rate {n} cases would meet it.")), "{:?}", row.reasons);
    let mut part = run(51, 60, 0.7);
    part.manifest.tasks[0].cases_in_suite = 240;
    part.manifest.selection = Selection { sample: Some(60), ..Default::default() };
    // Today's cases would do, were they the whole suite.
    let reasons = judge(&part).2.reasons;
    assert!(reasons[0].ends_with("asked at least 70%: open at what this look may spend."), "{reasons:?}");
    // 42/60 is on the bar; 44/60 against 0.72 would take over ten times today's cases.
    assert_eq!(judge(&run(42, 60, 0.7)).2.cases_needed, None);
    assert_eq!(judge(&run(44, 60, 0.72)).2.cases_needed, None);
}

#[test]
fn the_cost_of_a_right_answer_has_the_interval_of_whole_clusters() {
    let mut run = run(40, 60, 0.6);
    let independent = row(&summarize(&run).unwrap()).clone();
    assert_eq!((independent.cost_usd, independent.cost_per_correct_interval), (None, None));
    for (i, record) in run.records.iter_mut().enumerate() {
        record.cost_usd = Some(0.01 * (1 + i % 3) as f64);
    }
    let independent = row(&summarize(&run).unwrap()).clone();
    let interval = independent.cost_per_correct_interval.unwrap();
    let cost = independent.cost_per_correct_usd.unwrap();
    assert!((cost - 1.2 / 40.0).abs() < 1e-12);
    // The delta method, which knows no skew, has 0.0247 and 0.0353.
    assert!((interval[0] - 0.0247).abs() < 0.0015 && (interval[1] - 0.0353).abs() < 0.0015, "{interval:?}");
    // The wrong answers in clusters of their own: half as many units say half as much.
    for (i, record) in run.records.iter_mut().enumerate() {
        record.cluster = Some(format!("thread-{}", i / 5));
    }
    let [lower, upper] = row(&summarize(&run).unwrap()).cost_per_correct_interval.unwrap();
    assert!(lower < cost && cost < upper && upper - lower > 1.5 * (interval[1] - interval[0]), "{lower} {upper}");
    // Asking everything twice tells nothing new, and one unknown cost makes it unknown.
    let again = run.records.clone().into_iter().map(|record| Record { repeat: 1, ..record });
    run.records.extend(again);
    run.manifest.repeats = 2;
    assert_eq!(row(&summarize(&run).unwrap()).cost_per_correct_interval, Some([lower, upper]));
    run.records[7].cost_usd = None;
    assert_eq!(row(&summarize(&run).unwrap()).cost_per_correct_interval, None);
}

#[test]
fn what_a_metric_could_not_score_is_said_with_the_first_reason() {
    let mut run = run(40, 40, 0.5);
    for (i, record) in run.records.iter_mut().enumerate() {
        record.scores.insert("tone".into(), (i < 5).then_some(1.0));
        record.scores.insert("late".into(), (i > 0).then_some(0.0));
        if i >= 5 {
            record.unscored.insert("tone".into(), format!("`s.py` ended with\nexit code {i}"));
        }
    }
    // As records say it that were written before each metric had its own reason.
    run.records[0].error = Some(ErrorInfo { kind: "metric".into(), message: "late: took longer than 1 s".into() });
    let row = judge(&run).2;
    let tone = "tone: 35 of 40 answers unscored: `s.py` ended with exit code 5";
    let late = "late: 1 of 40 answers unscored: took longer than 1 s";
    assert!([tone, late].iter().all(|line| row.reasons.contains(&line.to_string())), "{:#?}", row.reasons);
    assert_eq!(row.unscored.iter().map(|row| row.unscored).collect::<Vec<_>>(), [1, 35]);
    assert_eq!(row.metric_errors, 0);
}

#[test]
fn a_second_bar_makes_a_miss_harder_and_a_pass_not() {
    let with_second = |mut run: Run| {
        run.manifest.tasks[0].bars.insert("outside_labels".into(), Bar { min: None, max: Some(0.05) });
        run.records.iter_mut().enumerate().for_each(|(i, record)| {
            record.scores.insert("outside_labels".into(), Some(f64::from(u8::from(i % 20 == 0))));
        });
        judge(&run).2.bar_results[0].state
    };
    assert_eq!(judge(&run(43, 60, 0.805)).1, BarState::Missed);
    assert_eq!(with_second(run(43, 60, 0.805)), BarState::Open);
    assert_eq!(with_second(run(43, 60, 0.85)), BarState::Missed);
    assert_eq!(with_second(run(43, 60, 0.613)), BarState::Met);
}

#[test]
fn a_bar_at_most_looks_at_the_other_limit() {
    let state = |max: f64| {
        let mut run = run(60, 60, 0.5);
        run.manifest.tasks[0].bars.insert("outside_labels".into(), Bar { min: None, max: Some(max) });
        run.records.iter_mut().enumerate().for_each(|(i, record)| {
            record.scores.insert("outside_labels".into(), Some(f64::from(u8::from(i < 6))));
        });
        judge(&run).2.bar_results[1].state
    };
    // One-sided limits at 0.05 of 6/60: 0.0530 and 0.1807.
    assert_eq!([0.19, 0.15, 0.04, 0.0].map(state), [BarState::Met, BarState::Open, BarState::Missed, BarState::Missed]);
}

#[test]
fn bars_at_the_ends_of_the_scale() {
    assert_eq!(judge(&run(60, 60, 1.0)).1, BarState::Open);
    assert_eq!(judge(&run(59, 60, 1.0)).1, BarState::Missed);
    assert_eq!(judge(&run(1, 60, 0.0)).1, BarState::Met);
}

#[test]
fn failed_calls_are_wrong_and_above_the_limit_they_spoil_the_evidence() {
    let with_failed = |failed: usize| {
        let mut run = run(100, 100, 0.5);
        run.records.iter_mut().take(failed).for_each(|record| fail_call(record, "engine", "it fell over"));
        judge(&run)
    };
    let (verdict, _, row) = with_failed(5);
    assert_eq!((verdict, row.correct, row.runner_errors, row.cases), (Verdict::GoodEnough, Some(95), 5, 100));
    let (verdict, _, row) = with_failed(6);
    assert_eq!(verdict, Verdict::Invalid);
    assert_eq!(row.reasons[0], "6 of 100 calls failed (6.0%), above the 5% that the suite allows: engine 6.");
}

#[test]
fn a_run_that_stopped_early_is_invalid_and_says_how_to_go_on() {
    let mut run = run(100, 100, 0.5);
    run.records.truncate(98);
    assert_eq!(judge(&run).0, Verdict::GoodEnough);
    run.records.truncate(97);
    let (verdict, _, row) = judge(&run);
    assert_eq!(verdict, Verdict::Invalid);
    assert_eq!(
        row.reasons[0],
        "The run is incomplete: 97 of 100 cases are recorded. Go on with --resume 20261121-103721-k3f9."
    );
    // A skipped case was not asked, whether or not it has a record.
    let mut skipping = super::judging::run(100, 100, 0.5);
    skipping
        .records
        .iter_mut()
        .take(3)
        .for_each(|r| (r.outcome, r.correct, r.behaviour) = (Outcome::Skipped, None, None));
    let (verdict, _, row) = judge(&skipping);
    assert_eq!((verdict, row.skipped, row.correct, row.correct_rate), (Verdict::Invalid, 3, Some(97), Some(1.0)));
    run.records.clear();
    assert_eq!(judge(&run).0, Verdict::Invalid);
}

#[test]
fn answers_that_no_scorer_could_judge_must_not_decide() {
    let with_failed = |right: usize, failed: usize, min: f64| {
        let mut run = run(right, 100, min);
        let fail = |r: &mut Record| (r.outcome, r.correct, r.behaviour) = (Outcome::MetricFailed, None, None);
        run.records.iter_mut().rev().take(failed).for_each(fail);
        judge(&run)
    };
    assert_eq!(with_failed(80, 0, 0.72).0, Verdict::GoodEnough);
    assert_eq!(with_failed(80, 10, 0.72).0, Verdict::GoodEnough);
    // Were they wrong the bar is missed, were they right it is open.
    assert_eq!(with_failed(62, 0, 0.71).0, Verdict::NotGoodEnough);
    let (verdict, _, row) = with_failed(62, 10, 0.71);
    assert_eq!((verdict, row.metric_errors, row.correct), (Verdict::NeedMoreData, 10, Some(62)));
    let best = wilson(72.0, 100.0, 0.9).upper;
    assert_eq!(row.intervals["accuracy"], Some([wilson(62.0, 100.0, 0.9).lower, best]));
}

#[test]
fn few_groups_never_decide() {
    let in_groups = |size: usize| {
        let mut run = run(60, 60, 0.5);
        run.records.iter_mut().enumerate().for_each(|(i, r)| r.cluster = Some(format!("thread-{}", i / size)));
        judge(&run)
    };
    assert_eq!(in_groups(3).0, Verdict::GoodEnough);
    let (verdict, _, row) = in_groups(4);
    assert_eq!((verdict, row.independent_units), (Verdict::NeedMoreData, 15));
    assert!(row.reasons[0].contains("15 independent groups, and fewer than 20 never decide"), "{:?}", row.reasons);
}

#[test]
fn without_a_bar_nothing_is_good_enough() {
    let mut run = run(60, 60, 0.5);
    run.manifest.tasks[0].bars.clear();
    let (verdict, bars, row) = judge(&run);
    assert_eq!((verdict, bars), (Verdict::NeedMoreData, BarState::None));
    assert_eq!(row.reasons, ["The task has no bar: without a reference there is nothing to decide against."]);
    let mut compared = with_reference();
    compared.manifest.tasks[0].bars.clear();
    let row = &summarize(&compared).unwrap().tasks[0].models[0];
    assert_eq!(row.reasons[0], "The task has no bar: only the comparison with the reference decides.");
    run.manifest.tasks.clear();
    run.records.clear();
    assert_eq!(summarize(&run).unwrap().verdicts[0].verdict, Verdict::Invalid);
}

#[test]
fn a_model_that_does_not_beat_a_trivial_strategy_and_a_part_of_a_suite_are_named() {
    let mut run = run(12, 60, 0.1);
    run.manifest.tasks[0].trivial = [("always billing".to_string(), 0.2), ("always decline".into(), 0.1)].into();
    run.manifest.tasks[0].cases_in_suite = 240;
    run.manifest.selection = Selection { tags: vec!["short".into()], limit: Some(60), ..Selection::default() };
    let summary = summarize(&run).unwrap();
    assert!(summary.partial);
    assert_eq!(
        summary.verdicts[0].reasons[1..],
        [
            "triage: The trivial strategy “always billing” is right in 20.0%: the model, with 20.0%, does not beat it.",
            "triage: A look at 60 of the 240 cases that the verdict is planned for: of alpha 0.05 this look may spend 0.000089.",
            "On a part of the suite (--tag short --limit 60): 60 of the 240 cases of its tasks."
        ]
    );
}

#[test]
fn unknown_is_null_and_never_nothing() {
    let mut run = run(30, 60, 0.5);
    run.records.iter_mut().for_each(|record| record.cost_usd = Some(0.001));
    let row = judge(&run).2;
    assert!((row.cost_usd.unwrap() - 0.06).abs() < 1e-12 && (row.cost_per_correct_usd.unwrap() - 0.002).abs() < 1e-12);
    // A failed call costs nothing that is known; an answer of unknown cost makes the sum unknown.
    fail_call(&mut run.records[40], "engine", "it fell over");
    assert!(judge(&run).2.cost_usd.is_some());
    run.records[41].cost_usd = None;
    run.records[42].usage.output_tokens = None;
    let row = judge(&run).2;
    assert_eq!((row.cost_usd, row.cost_per_correct_usd, row.tokens.output), (None, None, None));
    assert!(row.tokens.input.is_some());
    assert_eq!(judge(&super::judging::run(0, 60, 0.5)).2.cost_per_correct_usd, None);
}

#[test]
fn percentiles_are_linear_and_leave_out_cached_answers() {
    let mut run = run(5, 5, 0.5);
    for (record, ms) in run.records.iter_mut().zip([10.0, 20.0, 30.0, 40.0, 9_999.0]) {
        record.latency_ms = Some(ms);
        record.cached = ms > 1000.0;
    }
    let row = judge(&run).2;
    assert_eq!((row.latency_ms.p50, row.cached), (Some(25.0), 1));
    assert!((row.latency_ms.p95.unwrap() - 38.5).abs() < 1e-9);
}

#[test]
fn repeats_are_means_of_cases() {
    let mut run = run(40, 60, 0.5);
    run.manifest.repeats = 2;
    let again: Vec<Record> = run.records.iter().map(|r| Record { repeat: 1, ..r.clone() }).collect();
    run.records.extend(again);
    let row = judge(&run).2;
    assert_eq!((row.cases, row.correct, row.breakdown.records), (60, Some(40), 120));
    assert_eq!(row.intervals["accuracy"], judge(&super::judging::run(40, 60, 0.5)).2.intervals["accuracy"]);
    wrong(&mut run.records[60], Behaviour::Answered, "not this time");
    let row = judge(&run).2;
    assert_eq!((row.correct, row.correct_rate), (None, Some(39.5 / 60.0)));
}

#[test]
fn every_aggregate_by_hand() {
    let mut run = run(60, 60, 0.5);
    let ratio = Aggregate::Ratio { numerator: "hit".into(), denominator: "all".into() };
    let both = Aggregate::Harmonic { a: "ratio".into(), b: "mean".into() };
    let circle = Aggregate::Harmonic { a: "circle".into(), b: "circle".into() };
    let specs =
        [("ratio", ratio), ("mean", Aggregate::Mean), ("both", both), ("circle", circle), ("absent", Aggregate::Share)];
    for (name, by) in specs {
        run.manifest.tasks[0].metrics.push(spec(name, "", Direction::Higher, by));
    }
    for (i, record) in run.records.iter_mut().enumerate() {
        let scores = [("hit", (i % 2) as f64), ("all", 2.0), ("mean", 0.5)];
        record.scores.extend(scores.map(|(name, x)| (name.to_string(), Some(x))));
        record.scores.extend((i < 30).then(|| ("outside_labels".to_string(), Some((i % 3 == 0) as u8 as f64))));
    }
    let row = judge(&run).2;
    let value = |name: &str| row.metrics[name];
    assert_eq!([value("ratio"), value("mean"), value("circle"), value("absent")], [Some(0.25), Some(0.5), None, None]);
    assert!((value("both").unwrap() - 2.0 * 0.25 * 0.5 / 0.75).abs() < 1e-12);
    // A share is over the cases that have it.
    assert!((value("outside_labels").unwrap() - 10.0 / 30.0).abs() < 1e-12);
    let wanted = wilson(10.0, 30.0, 0.9);
    assert_eq!(row.intervals["outside_labels"], Some([wanted.lower, wanted.upper]));
    assert!(row.intervals["ratio"].is_some_and(|[lower, upper]| lower < 0.25 && 0.25 < upper));
}

#[test]
fn a_declared_prevalence_weights_the_rate_and_leaves_the_verdict() {
    // 60 cases, of which one in four is to be declined; 30 of 45 answers and all 15 refusals are right.
    let mut run = run(60, 60, 0.5);
    run.records.iter_mut().filter(|record| !record.should_decline).take(15).for_each(|record| {
        record.correct = Some(false);
    });
    let plain = summarize(&run).unwrap();
    assert_eq!(plain.tasks[0].models[0].in_production, None);
    run.manifest.tasks[0].prevalence = Some(0.1);
    let weighted = summarize(&run).unwrap();
    let row = &weighted.tasks[0].models[0];
    let found = row.in_production.unwrap();
    assert_eq!((found.prevalence, found.in_suite), (0.1, 0.25));
    assert!((found.correct_rate - (0.9 * 30.0 / 45.0 + 0.1)).abs() < 1e-12, "{found:?}");
    assert!(
        row.reasons.iter().any(|reason| reason.starts_with("In production 10% of the inputs")),
        "{:?}",
        row.reasons
    );
    assert_eq!((row.verdict, row.correct), (plain.tasks[0].models[0].verdict, plain.tasks[0].models[0].correct));
}

/// 60 cases asked twice: of 20 one of the two answers is wrong.
fn twice() -> Run {
    let mut run = run(60, 60, 0.5);
    run.manifest.repeats = 2;
    let again: Vec<_> = run.records.iter().map(|record| Record { repeat: 1, ..record.clone() }).collect();
    run.records.extend(again);
    run.records.iter_mut().take(20).for_each(|record| record.correct = Some(false));
    run
}

#[test]
fn over_repeats_any_and_all_are_told_apart() {
    let run = twice();
    let summary = summarize(&run).unwrap();
    let over = summary.tasks[0].models[0].over_repeats.unwrap();
    assert_eq!((over.k, over.any), (2, 1.0));
    assert!((over.all - 40.0 / 60.0).abs() < 1e-12, "{over:?}");
}

#[test]
fn where_repeats_disagree_every_format_counts_right_answers() {
    let run = twice();
    let summary = summarize(&run).unwrap();
    assert_eq!(summary.tasks[0].models[0].correct, None);
    let (_dir, run) = run.read().unwrap();
    let style = crate::Style { width: 100, color: false };
    let shown = [crate::terminal(&run, &summary, style), crate::markdown(&run, &summary)];
    for text in shown {
        assert!(text.contains("100/120") && !text.contains("—/"), "{text}");
        assert!(text.contains("counted in answers"), "{text}");
    }
    let page = crate::html(&run, &summary, crate::CasesIn::Page).unwrap();
    assert!(page.contains("100 of 120"), "{page}");
}
