//! How many cases it takes, and what looking early costs.

use super::{
    fixture::{Run, SMALL, summarize},
    paired::{case, run},
};
use crate::{Comparison, Look, Verdict};
use eval_core::statistics::{mcnemar_mid_p_worse, nominal_alphas, paired_clustered, pairs_needed_exact, tango};

fn compare(run: &Run) -> Comparison {
    summarize(run).unwrap().tasks[0].comparisons[0].clone()
}

#[test]
fn cases_needed_are_those_for_the_power_at_the_observed_difference_and_at_none() {
    // 10 % discordance, two points behind.
    let row = compare(&run([90, 4, 6, 0]));
    assert_eq!(row.verdict, Verdict::NeedMoreData);
    assert_eq!(row.cases_needed, pairs_needed_exact(0.1, -0.02, 0.05, 0.05, 0.8));
    assert_eq!(row.cases_needed_at_zero, pairs_needed_exact(0.1, 0.0, 0.05, 0.05, 0.8));
    let words = format!(
        "At the observed difference {} cases would decide with 80% power; did the two not differ, {} cases would.",
        row.cases_needed.unwrap(),
        row.cases_needed_at_zero.unwrap()
    );
    assert!(row.reasons.contains(&words), "{:?}", row.reasons);
}

#[test]
fn cases_needed_are_never_fewer_than_there_are() {
    let row = compare(&run([370, 6, 20, 4]));
    assert_eq!((row.verdict, row.cases_needed_at_zero), (Verdict::NeedMoreData, Some(400)));
    let words = "; did the two not differ, the 400 there are would be enough.";
    assert!(row.reasons.iter().any(|reason| reason.ends_with(words)), "{:?}", row.reasons);
}

#[test]
fn more_cases_do_not_decide_at_the_margin_or_past_ten_times_todays() {
    // At the margin; near it.
    let seen = "The observed difference is at the margin or past it: more cases would rather show it not good enough";
    let near = "At the observed difference even ten times the cases would not decide";
    for (table, words) in [([85, 0, 5, 10], seen), ([75, 8, 12, 5], near)] {
        let row = compare(&run(table));
        assert_eq!((row.verdict, row.cases_needed), (Verdict::NeedMoreData, None));
        assert!(row.cases_needed_at_zero.is_some());
        assert!(row.reasons.iter().any(|reason| reason.starts_with(words)), "{:?}", row.reasons);
    }
    let decided = compare(&run([480, 5, 5, 10]));
    assert_eq!((decided.cases_needed, decided.cases_needed_at_zero), (None, None));
}

#[test]
fn clusters_multiply_the_cases_needed_by_their_design_effect() {
    let mut clustered = run([90, 5, 5, 0]);
    let plain = compare(&clustered).cases_needed.unwrap();
    clustered.records.iter_mut().for_each(|r| r.cluster = Some(format!("thread-{}", case(r) / 2)));
    let row = compare(&clustered);
    let differences: Vec<f64> = (0..100).map(|i| f64::from(i >= 90) - 2.0 * f64::from(i >= 95)).collect();
    let clusters: Vec<Option<u32>> = (0..100).map(|i| Some(i / 2)).collect();
    let of = |clusters: &[Option<u32>]| paired_clustered(&differences, clusters, 0.9).0;
    let width = |clusters: &[Option<u32>]| of(clusters).upper - of(clusters).lower;
    let effect = (width(&clusters) / width(&[None; 100])).powi(2);
    assert!(effect > 1.5, "{effect}");
    assert_eq!(row.cases_needed, Some((plain as f64 * effect).ceil() as u64));
}

fn look(run: &str, cases: usize) -> Look {
    Look {
        suite: "support-tickets".into(),
        task: "triage".into(),
        candidate: SMALL.into(),
        run: run.into(),
        started_at: "2026-11-20T10:00:00Z".into(),
        cases,
    }
}

fn with_looks(run: &Run, looks: Vec<Look>) -> Comparison {
    let (_dir, read) = run.read().unwrap();
    let summary = crate::summarize(&crate::Run { looks, ..read }).unwrap();
    summary.tasks[0].comparisons[0].clone()
}

#[test]
fn a_look_at_a_part_spends_a_part_of_alpha() {
    let mut part = run([200, 0, 4, 0]);
    assert_eq!((compare(&part).alpha, compare(&part).verdict), (0.05, Verdict::GoodEnough));
    part.manifest.tasks[0].cases_in_suite = 408;
    let row = compare(&part);
    let alpha = nominal_alphas(0.05, &[0.5])[0];
    assert_eq!((row.alpha, row.level, row.verdict), (alpha, 1.0 - 2.0 * alpha, Verdict::NeedMoreData));
    let limits = tango(0.0, 4.0, 204.0, row.level);
    assert_eq!(row.interval, Some([limits.lower, limits.upper]));
    let words =
        "A look at 204 of the 408 cases that the verdict is planned for: of alpha 0.05 this look may spend 0.0056.";
    assert!(row.reasons.contains(&words.to_string()), "{:?}", row.reasons);
}

#[test]
fn after_a_look_less_is_left() {
    let whole = run([390, 0, 10, 0]);
    let row = with_looks(&whole, vec![look("earlier", 200), look("earlier-still", 100)]);
    assert_eq!(row.alpha, nominal_alphas(0.05, &[0.25, 0.5, 1.0])[2]);
    assert!(row.alpha < 0.05);
    let words = "All 400 cases that the verdict is planned for, after looks at 100 and 200: of alpha 0.05";
    assert!(row.reasons.iter().any(|reason| reason.starts_with(words)), "{:?}", row.reasons);
}

#[test]
fn looks_at_something_else_cost_nothing() {
    let whole = run([390, 0, 10, 0]);
    let others = [
        Look { task: "fields".into(), ..look("earlier", 200) },
        Look { candidate: "another".into(), ..look("earlier", 200) },
        Look { suite: "another".into(), ..look("earlier", 200) },
        Look { started_at: "2026-11-22T10:00:00Z".into(), ..look("later", 200) },
        look(&whole.manifest.id, 200),
    ];
    assert_eq!(with_looks(&whole, others.to_vec()).alpha, 0.05);
}

#[test]
fn a_pass_after_other_whole_runs_is_labelled() {
    let whole = run([390, 0, 4, 6]);
    let row = with_looks(&whole, vec![look("earlier", 400), look("another", 400)]);
    assert_eq!((row.alpha, row.verdict), (0.05, Verdict::GoodEnough));
    let words =
        "2 earlier runs looked at as many cases before: trying until it passes makes a pass easier than alpha says.";
    assert!(row.reasons.contains(&words.to_string()), "{:?}", row.reasons);
}

#[test]
fn the_regression_alarm_is_mcnemars_and_its_silence_is_no_equality() {
    let row = compare(&run([30, 1, 3, 6]));
    assert_eq!(row.p_regression, Some(mcnemar_mid_p_worse(1, 3)));
    assert!(row.p_regression > Some(0.05) && row.verdict == Verdict::NeedMoreData);
    // A sure loss within the margin is an alarm and non-inferior.
    let row = compare(&run([960, 2, 20, 18]));
    assert!(row.p_regression < Some(0.001) && row.verdict == Verdict::GoodEnough);
}
