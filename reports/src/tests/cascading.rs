//! One model after the other: by hand, and against a simulation record by record.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, record, summarize, with_reference, wrong},
    paired::{resize, run},
};
use crate::{Cascade, CascadePoint, CascadeRule, Comparison, Verdict, cascade};
use eval_core::{
    Behaviour, Outcome, Record,
    statistics::{clustered, paired_clustered},
};
use proptest::{collection::vec, prelude::*};

fn compare(run: &Run) -> Comparison {
    summarize(run).unwrap().tasks[0].comparisons[0].clone()
}

fn of(run: &Run) -> Cascade {
    compare(run).cascade.unwrap()
}

/// An answer as a record: what became of it, and what is known of it.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Right,
    Wrong,
    Declined,
    RightlyDeclined,
    Broken,
    Invalid,
    Failed,
    Unscored,
}

#[derive(Debug, Clone, Copy)]
struct Said {
    kind: Kind,
    confidence: Option<f64>,
    cost_usd: Option<f64>,
    latency_ms: Option<f64>,
}

fn made(model: &str, case: usize, repeat: u32, said: Said) -> Record {
    let mut record = Record {
        repeat,
        should_decline: matches!(said.kind, Kind::RightlyDeclined),
        behaviour: Some(Behaviour::Answered),
        confidence: said.confidence,
        cost_usd: said.cost_usd,
        latency_ms: said.latency_ms,
        ..record("triage", model, case)
    };
    match said.kind {
        Kind::Right => {}
        Kind::Wrong => wrong(&mut record, Behaviour::Answered, "wrong"),
        Kind::Declined => wrong(&mut record, Behaviour::Declined, "declined"),
        Kind::RightlyDeclined => record.behaviour = Some(Behaviour::Declined),
        Kind::Broken => wrong(&mut record, Behaviour::Broken, "broken"),
        Kind::Invalid => {
            wrong(&mut record, Behaviour::Answered, "invalid");
            record.scores.insert("schema_valid".into(), Some(0.0));
        }
        Kind::Failed => fail_call(&mut record, "timeout", "too late"),
        Kind::Unscored => {
            (record.outcome, record.correct, record.behaviour) = (Outcome::MetricFailed, None, None);
            record.scores.clear();
        }
    }
    if matches!(said.kind, Kind::Failed) {
        (record.latency_ms, record.cost_usd, record.confidence) = (None, None, None);
    }
    record
}

fn run_of(records: Vec<Record>, repeats: u32) -> Run {
    let mut run = run([1, 0, 0, 0]);
    (run.records, run.manifest.repeats) = (records, repeats);
    resize(&mut run);
    run
}

fn said(kind: Kind, confidence: f64) -> Said {
    Said { kind, confidence: Some(confidence), cost_usd: Some(0.001), latency_ms: Some(100.0) }
}

/// 100 cases: the candidate declines 10, breaks 5, and its 85 answers are right or wrong in turns of ten, the less sure ones
/// less often right. The reference is right but for two.
pub(super) fn by_hand() -> Run {
    let mut records = Vec::new();
    for case in 0..100 {
        let ours = match case {
            0..10 => said(Kind::Declined, 0.99),
            10..15 => said(Kind::Broken, 0.99),
            // Ten of the least sure answers are wrong, and two of the others.
            15..32 => said(if case % 2 == 0 && case < 31 || case == 31 { Kind::Wrong } else { Kind::Right }, 0.3),
            40 | 60 => said(Kind::Wrong, 0.9),
            _ => said(Kind::Right, 0.9),
        };
        let theirs = if matches!(case, 50 | 70) { Kind::Wrong } else { Kind::Right };
        records.push(made(SMALL, case, 0, ours));
        let theirs = Said { cost_usd: Some(0.02), latency_ms: Some(300.0), ..said(theirs, 0.5) };
        records.push(made(LARGE, case, 0, theirs));
    }
    run_of(records, 1)
}

fn near(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < 1e-12)
}

#[test]
fn a_small_table_by_hand() {
    let run = by_hand();
    let cascade = of(&run);
    let rules: Vec<_> = cascade.points.iter().map(|point| (point.rule, point.threshold)).collect();
    assert_eq!(
        rules,
        [
            (CascadeRule::CandidateAlone, None),
            (CascadeRule::WhereUnusable, None),
            // Two confidences are a single threshold.
            (CascadeRule::WhereUnsure, Some(0.9)),
            (CascadeRule::ReferenceAlone, None)
        ]
    );
    let [alone, unusable, unsure, theirs] = &cascade.points[..] else { unreachable!() };
    // 9 of 17 unsure answers are wrong and 2 of 68 sure ones.
    for (point, goes_on, right, wrong, cost) in [
        (alone, 0.0, 0.74, 0.11, 0.001),
        (unusable, 0.15, 0.89, 0.11, 0.004),
        (unsure, 0.32, 0.98, 0.02, 0.0074),
        (theirs, 1.0, 0.98, 0.02, 0.02),
    ] {
        assert!(near(Some(point.goes_on), goes_on) && near(Some(point.correct_rate), right), "{point:?}");
        assert!(near(Some(point.wrong_rate), wrong) && near(point.cost_per_request_usd, cost), "{point:?}");
        assert!(near(point.cost_per_correct_usd, cost / right), "{point:?}");
    }
    assert!(near(unusable.reference_cost_per_request_usd, 0.003) && near(alone.reference_cost_per_request_usd, 0.0));
    // 85 of 100 ms, 15 of 400.
    assert!(near(unusable.latency_ms.mean, 145.0) && near(unusable.latency_ms.p95, 400.0));
    assert!(near(alone.latency_ms.mean, 100.0) && near(theirs.latency_ms.mean, 300.0));
    // Of the 68 that it answers itself it gets 2 wrong, and the reference 2 others.
    let difference = unsure.difference.unwrap();
    let expected = paired_clustered::<u32>(&[vec![1.0; 2], vec![-1.0; 2], vec![0.0; 96]].concat(), &[None; 100], 0.9).0;
    assert_eq!((difference.difference, difference.interval), (Some(0.0), Some([expected.lower, expected.upper])));
    assert_eq!(unusable.verdict, Some(Verdict::NeedMoreData));
}

#[test]
fn the_ends_are_the_models_themselves() {
    let run = by_hand();
    let summary = summarize(&run).unwrap();
    let (task, row) = (&summary.tasks[0], &summary.tasks[0].comparisons[0]);
    let cascade = row.cascade.as_ref().unwrap();
    let ends = [&cascade.points[0], &cascade.points[3]];
    for (point, model) in ends.into_iter().zip(&task.models) {
        assert_eq!(Some(point.correct_rate), model.correct_rate);
        assert_eq!(Some(point.interval), model.intervals["accuracy"]);
        assert!(near(model.cost_usd, point.cost_per_request_usd.unwrap() * 100.0));
        assert!(near(model.latency_ms.p95, point.latency_ms.p95.unwrap()));
    }
    let alone = ends[0];
    assert_eq!(alone.difference.unwrap().difference, row.difference);
    assert_eq!(alone.difference.unwrap().interval, row.interval);
    assert_eq!(alone.wrong_answers, Some(row.wrong_answers));
    assert_eq!(alone.verdict, Some(row.verdict));
}

#[test]
fn the_cheapest_that_is_good_enough_is_proposed() {
    // Ten times the cases decide.
    let by_hand = by_hand();
    let again = |n: usize| {
        by_hand.records.iter().map(move |record| {
            let case = record.case.trim_start_matches("t-").parse::<usize>().unwrap() + 100 * n;
            let fresh = super::fixture::record("triage", &record.model, case);
            Record { case: fresh.case, case_hash: fresh.case_hash, ..record.clone() }
        })
    };
    let run = run_of((0..10).flat_map(again).collect(), 1);
    let row = compare(&run);
    let found = row.cascade.clone().unwrap();
    let proposal = found.proposal.unwrap();
    assert_eq!((proposal.point, proposal.looked_at, proposal.verdict), (2, 3, Verdict::GoodEnough));
    let words = cascade::finding(&row).unwrap();
    assert!(words.contains("confidence below 0.9000 (32.0% of requests), gets 98.0% right"), "{words}");
    assert!(words.contains("It holds") && words.contains("held-out"), "{words}");

    // One that costs more than the reference alone is none.
    let mut dear = run.clone();
    dear.records.iter_mut().filter(|r| r.model == SMALL).for_each(|r| r.cost_usd = Some(0.05));
    let row = compare(&dear);
    assert_eq!(row.cascade.as_ref().unwrap().proposal, None);
    assert!(cascade::finding(&row).unwrap().starts_with("No cascade of"));

    // Where a cost is unknown it is so, and what goes on decides.
    let mut unknown = run;
    unknown.records[0].cost_usd = None;
    let found = of(&unknown);
    let costs: Vec<_> = found.points.iter().map(|point| point.cost_per_request_usd.is_some()).collect();
    assert_eq!((costs, found.proposal.unwrap().point), (vec![false, false, false, true], 2));
}

#[test]
fn without_confidence_there_is_no_threshold() {
    let mut run = by_hand();
    run.records[2 * 20].confidence = None;
    let row = compare(&run);
    let found = row.cascade.as_ref().unwrap();
    assert_eq!((found.points.len(), found.without_confidence), (3, 1));
    assert!(cascade::notes(found, &row, false).iter().any(|note| note.contains("1 answer of smollm2-135m that")));
    // Of what goes on anyway nobody asks it.
    let mut run = by_hand();
    run.records.iter_mut().filter(|r| r.behaviour != Some(Behaviour::Answered)).for_each(|r| r.confidence = None);
    assert_eq!((of(&run).points.len(), of(&run).without_confidence), (4, 0));
}

#[test]
fn a_right_refusal_goes_on_and_a_failed_scorer_stays() {
    let pairs = [(Kind::RightlyDeclined, Kind::Wrong), (Kind::Unscored, Kind::Right), (Kind::Invalid, Kind::Right)];
    let records = pairs.into_iter().enumerate().flat_map(|(case, (ours, theirs))| {
        [made(SMALL, case, 0, said(ours, 0.5)), made(LARGE, case, 0, said(theirs, 0.5))]
    });
    let found = of(&run_of(records.collect(), 1));
    let unusable = &found.points[1];
    assert!(near(Some(unusable.goes_on), 2.0 / 3.0) && near(Some(unusable.correct_rate), 1.0 / 3.0), "{unusable:?}");
    assert!(near(Some(unusable.wrong_rate), 1.0 / 3.0), "the reference's");
    // What the scorer would have said is in the interval.
    assert!(unusable.interval[1] > clustered::<u32>(&[0.0, 0.0, 1.0], &[None; 3], 0.9).0.upper);
}

/// What a rule comes to, record by record: the mean over cases of right, wrong, gone on, cost; and the differences.
struct Simulated {
    means: [f64; 4],
    differences: Vec<f64>,
    latencies: Vec<f64>,
}

fn simulate(run: &Run, goes_on: impl Fn(&Record) -> bool) -> Simulated {
    let of = |model: &str, case: &str| -> Vec<&Record> {
        run.records.iter().filter(|r| r.model == model && r.case == case).collect()
    };
    let right = |r: &Record| f64::from(u8::from(r.correct == Some(true)));
    let astray = |r: &Record| f64::from(u8::from(r.correct == Some(false) && r.behaviour == Some(Behaviour::Answered)));
    let mean = |records: &[&Record], of: &dyn Fn(&Record) -> f64| {
        records.iter().map(|r| of(r)).sum::<f64>() / records.len() as f64
    };
    let mut cases: Vec<(&str, &str)> = run.records.iter().map(|r| (&r.case_hash[..], &r.case[..])).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut simulated = Simulated { means: [0.0; 4], differences: Vec::new(), latencies: Vec::new() };
    for (_, case) in &cases {
        let (ours, theirs) = (of(SMALL, case), of(LARGE, case));
        let [their_right, their_astray] = [mean(&theirs, &right), mean(&theirs, &astray)];
        let usd = |r: &Record| r.cost_usd.unwrap_or(0.0);
        let value = |r: &Record| match goes_on(r) {
            true => [their_right, their_astray, 1.0, usd(r) + mean(&theirs, &usd)],
            false => [right(r), astray(r), 0.0, usd(r)],
        };
        for place in 0..4 {
            simulated.means[place] += mean(&ours, &|r| value(r)[place]) / cases.len() as f64;
        }
        simulated.differences.push(mean(&ours, &|r| value(r)[0]) - their_right);
        let timed: Vec<f64> = theirs.iter().filter_map(|r| r.latency_ms).collect();
        let mut in_turn = timed.iter().cycle();
        for record in ours {
            // A failed call took nobody knows how long.
            let Some(first) = record.latency_ms else { continue };
            match goes_on(record) {
                false => simulated.latencies.push(first),
                true => simulated.latencies.extend(in_turn.next().map(|second| first + second)),
            }
        }
    }
    simulated
}

fn is_unusable(record: &Record) -> bool {
    record.behaviour != Some(Behaviour::Answered) || record.scores.get("schema_valid") == Some(&Some(0.0))
}

fn agrees(run: &Run, clusters: &[Option<u32>], point: &CascadePoint) {
    let by_rule = |record: &Record| match point.rule {
        CascadeRule::CandidateAlone => false,
        CascadeRule::WhereUnusable => is_unusable(record),
        CascadeRule::WhereUnsure => is_unusable(record) || record.confidence.unwrap() < point.threshold.unwrap(),
        CascadeRule::ReferenceAlone => unreachable!(),
    };
    let simulated = simulate(run, by_rule);
    let found = [point.correct_rate, point.wrong_rate, point.goes_on, point.cost_per_request_usd.unwrap()];
    for (found, expected) in found.iter().zip(simulated.means) {
        assert!((found - expected).abs() < 1e-9, "{found} and {expected}: {point:?}");
    }
    let expected = paired_clustered(&simulated.differences, clusters, 0.9).0;
    let [lower, upper] = point.difference.unwrap().interval.unwrap();
    assert!((lower - expected.lower).abs() < 1e-6 && (upper - expected.upper).abs() < 1e-6, "{point:?} {expected:?}");
    let latency = simulated.latencies.iter().sum::<f64>() / simulated.latencies.len() as f64;
    assert!(point.latency_ms.mean.is_none_or(|mean| (mean - latency).abs() < 1e-9));
    assert_eq!(point.latency_ms.mean.is_some(), !simulated.latencies.is_empty());
}

fn any_answer() -> impl Strategy<Value = Said> {
    use Kind::{Broken, Declined, Failed, Invalid, Right, RightlyDeclined, Wrong};
    let kind = proptest::sample::select(vec![
        Right,
        Right,
        Right,
        Wrong,
        Wrong,
        Declined,
        RightlyDeclined,
        Broken,
        Invalid,
        Failed,
    ]);
    (kind, 0..12u32, 1..9u32, 1..9u32).prop_map(|(kind, confidence, cost, latency)| Said {
        kind,
        confidence: Some(f64::from(confidence) / 12.0),
        cost_usd: Some(f64::from(cost) * 1e-3),
        latency_ms: Some(f64::from(latency) * 10.0),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn every_point_is_what_a_simulation_finds(
        cases in vec((vec(any_answer(), 2), vec(any_answer(), 2), 0..30u32), 2..60),
        repeats in 1..3u32,
        clustered in any::<bool>(),
    ) {
        let mut records = Vec::new();
        for (case, (ours, theirs, cluster)) in cases.iter().enumerate() {
            for repeat in 0..repeats {
                for (model, said) in [(SMALL, ours), (LARGE, theirs)] {
                    let cluster = clustered.then(|| format!("c{cluster:02}"));
                    records.push(Record { cluster, ..made(model, case, repeat, said[repeat as usize]) });
                }
            }
        }
        let run = run_of(records, repeats);
        // In the order of contents, as the simulation has them.
        let mut by_content: Vec<(String, u32)> = run.records.iter()
            .map(|r| (r.case_hash.clone(), r.cluster.as_ref().map_or(0, |c| c[1..].parse().unwrap()))).collect();
        by_content.sort_unstable();
        by_content.dedup();
        let clusters: Vec<Option<u32>> = by_content.iter().map(|(_, cluster)| clustered.then_some(*cluster)).collect();
        let found = of(&run);
        prop_assert!(found.points.len() >= 3 && found.points.len() <= 22);
        for point in &found.points[..found.points.len() - 1] {
            agrees(&run, &clusters, point);
        }
        // By request, repeats or not: as in the table of the models.
        let summary = summarize(&run).unwrap();
        for (point, model) in [&found.points[0], &found.points[found.points.len() - 1]].into_iter().zip(&summary.tasks[0].models) {
            prop_assert!(point.latency_ms.p95.zip(model.latency_ms.p95).is_none_or(|(a, b)| (a - b).abs() < 1e-9));
        }
        // More goes on with every threshold.
        for pair in found.points.windows(2) {
            prop_assert!(pair[0].goes_on <= pair[1].goes_on + 1e-12);
        }
    }
}

#[test]
fn nothing_is_proposed_on_invalid_evidence_and_no_case_is_no_cascade() {
    let mut run = with_reference();
    run.records.retain(|record| record.model == SMALL || record.task != "triage");
    let row = compare(&run);
    assert_eq!((row.cascade.is_none(), row.verdict), (true, Verdict::Invalid));
    assert_eq!(cascade::finding(&row), None);

    // A reference that is no yardstick: no point is told to be good enough.
    let cascade = of(&super::paired::run([5, 5, 5, 485]));
    let (last, rest) = cascade.points.split_last().unwrap();
    assert!(rest.iter().all(|point| point.verdict == Some(Verdict::Invalid)) && last.verdict.is_none());
    assert!(cascade.proposal.is_none());
}
