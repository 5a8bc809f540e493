//! The verdict as a whole keeps its error rates: simulated with fixed seeds where the truth is known.
//!
//! With 3,000 replications a rate near 5 % has a standard error of 0.4 points, small against the 1.5 points that are
//! promised.

mod world;

use super::{
    fixture::{Run, SMALL, fail_call, wrong},
    paired,
};
use crate::{
    BarState, Look, Verdict,
    evidence::Evidence,
    looks::spending,
    metric::measure,
    verdict::{Alpha, bars},
};
use eval_core::{Aggregate, Bar, Behaviour, Direction, statistics::pairs_needed_exact};
use std::collections::BTreeMap;
pub(crate) use world::Random;
use world::{Does, Drawn, In, World, key, row, verdict};

const REPLICATIONS: usize = 3000;
const ALPHA: f64 = 0.05;
const MARGIN: f64 = 0.05;
/// A promise is kept up to here.
const MOST: f64 = ALPHA + 0.015;

/// How often each of two things holds.
fn shares(seed: u64, mut of: impl FnMut(&mut Random) -> [bool; 2]) -> [f64; 2] {
    let mut random = Random(seed);
    let mut counts = [0; 2];
    for _ in 0..REPLICATIONS {
        for (count, holds) in counts.iter_mut().zip(of(&mut random)) {
            *count += usize::from(holds);
        }
    }
    counts.map(|count| count as f64 / REPLICATIONS as f64)
}

/// How often the verdict on so many cases is `good_enough`, and `not_good_enough`.
fn good_and_bad(world: &World, n: usize, seed: u64) -> [f64; 2] {
    shares(seed, |random| {
        let verdict = verdict(&world.draw(n, random), ALPHA);
        [verdict == Verdict::GoodEnough, verdict == Verdict::NotGoodEnough]
    })
}

/// At a true loss of the margin neither verdict comes more often than alpha allows.
fn keeps_its_promise(world: &World, n: usize, seed: u64) {
    let [good, bad] = good_and_bad(world, n, seed);
    assert!(good <= MOST, "good enough in {good}, n {n}: {world:?}");
    // Few cases with few discordant ones lie at 6.5 %, told exactly in eval-core's tests: no simulation can tell that.
    let is_close = n <= 100 && world.discordance() < 0.08;
    assert!(bad <= MOST || is_close, "not good enough in {bad}, n {n}: {world:?}");
}

#[test]
fn a_loss_of_the_margin_in_right_answers() {
    for (seed, discordance) in [0.06, 0.08, 0.1, 0.15, 0.2, 0.3].into_iter().enumerate() {
        for n in [100, 400] {
            keeps_its_promise(&World::new(In::RightAnswers, MARGIN, discordance), n, seed as u64);
        }
    }
}

#[test]
fn a_rise_by_the_margin_in_confident_wrong_answers() {
    for (seed, discordance) in [0.06, 0.1, 0.3].into_iter().enumerate() {
        for n in [100, 400] {
            // Alone, and at the cost of right answers.
            keeps_its_promise(&World::new(In::WrongAnswers, MARGIN, discordance), n, 20 + seed as u64);
            keeps_its_promise(&World::new(In::Both, MARGIN, discordance), n, 40 + seed as u64);
        }
    }
}

#[test]
fn failed_calls_of_the_reference() {
    for (seed, failing) in [0.01, 0.02].into_iter().enumerate() {
        for (endpoint, n) in [In::RightAnswers, In::WrongAnswers].into_iter().flat_map(|e| [(e, 100), (e, 400)]) {
            let world = World { failing: [0.0, failing], ..World::new(endpoint, MARGIN, 0.1) };
            keeps_its_promise(&world, n, 100 + seed as u64);
        }
    }
}

#[test]
fn failed_calls_of_the_candidate() {
    for (seed, failing) in [0.01, 0.02].into_iter().enumerate() {
        for n in [100, 400] {
            // Its failures count as not right: with them it is worse by the margin. The reference is right in 85 %.
            let loss = 0.85 - (0.85 - MARGIN) / (1.0 - failing);
            let world = World { failing: [failing, 0.0], ..World::new(In::RightAnswers, loss, 0.1) };
            keeps_its_promise(&world, n, 200 + seed as u64);
            // What a failed call would have said is not known.
            let world = World { failing: [failing, 0.0], ..World::new(In::WrongAnswers, MARGIN, 0.1) };
            keeps_its_promise(&world, n, 300 + seed as u64);
        }
    }
}

#[test]
fn cases_in_clusters() {
    let even = vec![5];
    let uneven = vec![1, 2, 3, 5, 14];
    for (seed, common) in [0.0, 0.5, 0.9].into_iter().enumerate() {
        for (sizes, n) in [(&even, 200), (&even, 500), (&uneven, 400)] {
            for discordance in [0.1, 0.3] {
                let cluster = Some((sizes.clone(), common));
                let world = World { cluster, ..World::new(In::RightAnswers, MARGIN, discordance) };
                keeps_its_promise(&world, n, 400 + seed as u64);
            }
        }
    }
}

/// Looks at a quarter, a half and all of 400 cases.
const LOOKS: [usize; 3] = [100, 200, 400];

/// What each of the looks may spend.
fn alphas_of_looks() -> Vec<f64> {
    let mut manifest = super::fixture::one_model().manifest;
    manifest.started_at = "2026-11-21T12:00:00Z".into();
    let mut looks: Vec<Look> = Vec::new();
    LOOKS
        .into_iter()
        .map(|cases| {
            let task = eval_core::TaskInfo { cases, cases_in_suite: 400, ..manifest.tasks[0].clone() };
            let spent = spending(&manifest, &looks, &task, SMALL).alpha;
            looks.push(Look {
                suite: manifest.suite.name.clone(),
                task: task.name,
                candidate: SMALL.into(),
                run: format!("earlier-{cases}"),
                started_at: "2026-11-20T12:00:00Z".into(),
                cases,
            });
            spent
        })
        .collect()
}

/// The chance that any of the looks says `good_enough`, and `not_good_enough`.
fn any_look(world: &World, alphas: &[f64], seed: u64) -> [f64; 2] {
    shares(seed, |random| {
        let cases = world.draw(400, random);
        let looks: Vec<Verdict> = LOOKS.iter().zip(alphas).map(|(n, alpha)| verdict(&cases[..*n], *alpha)).collect();
        [Verdict::GoodEnough, Verdict::NotGoodEnough].map(|verdict| looks.contains(&verdict))
    })
}

#[test]
fn three_looks_spend_alpha_once() {
    let alphas = alphas_of_looks();
    assert!(alphas.is_sorted() && alphas[2] < ALPHA, "{alphas:?}");
    for (seed, (endpoint, discordance)) in
        [In::RightAnswers, In::WrongAnswers].into_iter().flat_map(|e| [(e, 0.1), (e, 0.3)]).enumerate()
    {
        let world = World::new(endpoint, MARGIN, discordance);
        let [good, bad] = any_look(&world, &alphas, 500 + seed as u64);
        assert!(good <= MOST && bad <= MOST, "{good} {bad}: {world:?}");
    }
}

/// Clusters, failed calls of the reference, both endpoints at the margin and three looks. A bar could only lower it.
#[test]
fn all_at_once() {
    let alphas = alphas_of_looks();
    for (seed, failing) in [0.01, 0.02].into_iter().enumerate() {
        for endpoint in [In::RightAnswers, In::WrongAnswers, In::Both] {
            let cluster = Some((vec![1, 2, 3, 5], 0.3));
            let world = World { failing: [0.0, failing], cluster, ..World::new(endpoint, MARGIN, 0.1) };
            let [good, bad] = any_look(&world, &alphas, 600 + seed as u64);
            assert!(good <= MOST && bad <= MOST, "{good} {bad}: {world:?}");
        }
    }
}

/// The state of bars on accuracy where so many of so many cases are right.
fn bar_state(limits: Bar, right: usize, n: usize) -> BarState {
    let accuracy = super::fixture::spec("accuracy", "", Direction::Higher, Aggregate::Accuracy);
    let does = |i| if i < right { Does::Right } else { Does::Declines };
    let cases = (0..n).map(|i| row(key(i), does(i), None)).collect();
    let evidence = Evidence { cases, ..Evidence::default() };
    let measured = measure(&[accuracy], &evidence, 7);
    let limits = BTreeMap::from([("accuracy".to_string(), limits)]);
    bars(&limits, &measured, Alpha { planned: ALPHA, this_look: ALPHA }).state
}

/// How often bars are met and missed where the true rate is on them: exact, over every number of right cases.
fn met_and_missed(limits: Bar, rate: f64, n: usize) -> [f64; 2] {
    let mut chances = [0.0; 2];
    let mut ln_chance = n as f64 * (1.0 - rate).ln();
    for right in 0..=n {
        match bar_state(limits, right, n) {
            BarState::Met => chances[0] += ln_chance.exp(),
            BarState::Missed => chances[1] += ln_chance.exp(),
            _ => {}
        }
        ln_chance += ((n - right) as f64 / (right + 1) as f64 * rate / (1.0 - rate)).ln();
    }
    chances
}

#[test]
fn bars_at_their_limit() {
    for (limit, n) in [0.5, 0.7, 0.85, 0.95].into_iter().flat_map(|limit| [(limit, 100), (limit, 400)]) {
        let [met, missed] = met_and_missed(Bar { min: Some(limit), max: None }, limit, n);
        let [met_below, missed_below] = met_and_missed(Bar { min: None, max: Some(1.0 - limit) }, 1.0 - limit, n);
        assert!(met <= MOST && (met - met_below).abs() < 1e-9, "met {met} and {met_below}: {limit}, n {n}");
        // Towards a half the score test is a little too quick; the most is 6.6 % (0.85 on 100 cases). Where fewer than
        // five wrong cases are expected it is more.
        assert!(missed <= ALPHA + 0.02 && (missed - missed_below).abs() < 1e-9, "missed {missed}: {limit}, n {n}");
        // "Missed" is corrected for the number of bars.
        let [_, missed] = met_and_missed(Bar { min: Some(limit), max: Some(limit) }, limit, n);
        assert!(missed <= ALPHA + 0.02, "missed {missed}: {limit}, n {n}");
    }
}

#[test]
fn without_a_loss_the_planned_cases_decide_as_often_as_planned() {
    let endpoints = [(In::RightAnswers, 0.06), (In::WrongAnswers, 0.1), (In::Both, 0.2)];
    for (seed, (endpoint, discordance)) in endpoints.into_iter().enumerate() {
        let n = pairs_needed_exact(discordance, 0.0, MARGIN, ALPHA, 0.8).unwrap() as usize;
        let [good, _] = good_and_bad(&World::new(endpoint, 0.0, discordance), n, 700 + seed as u64);
        assert!((0.785..0.86).contains(&good), "{good} of {n} cases, {endpoint:?}, discordance {discordance}");
    }
}

/// The simulations leave out what lies before the verdict: reading, pairing, bars. Here a run goes the whole way.
#[test]
fn what_is_simulated_is_what_a_run_says() {
    let mut verdicts = Vec::new();
    for seed in 0..24 {
        let endpoint = [In::RightAnswers, In::WrongAnswers, In::Both][seed % 3];
        let world = World {
            failing: [0.01, 0.02],
            cluster: (seed % 2 == 1).then(|| (vec![1, 2], 0.5)),
            ..World::new(endpoint, [0.0, MARGIN, 0.15][seed / 8], 0.2)
        };
        let cases = world.draw(400, &mut Random(seed as u64));
        let mut run = recorded(&cases);
        run.manifest.suite.decision.max_error_rate = 0.1;
        let found = super::fixture::summarize(&run).unwrap().tasks[0].comparisons[0].verdict;
        assert_eq!(found, verdict(&cases, ALPHA), "{seed}: {world:?}");
        verdicts.push(found);
    }
    let all = [Verdict::GoodEnough, Verdict::NeedMoreData, Verdict::NotGoodEnough];
    assert!(all.iter().all(|verdict| verdicts.contains(verdict)), "{verdicts:?}");
}

/// The same as the records of a run.
fn recorded(cases: &Drawn) -> Run {
    let mut run = paired::run([cases.len(), 0, 0, 0]);
    for record in &mut run.records {
        let (does, cluster) = &cases[paired::case(record)];
        record.cluster = cluster.map(|cluster| format!("thread-{cluster}"));
        match does[usize::from(record.model != SMALL)] {
            Does::Right => {}
            Does::Wrong => wrong(record, Behaviour::Answered, "wrong"),
            Does::Declines => wrong(record, Behaviour::Declined, "declined"),
            Does::Fails => fail_call(record, "engine", "it fell over"),
        }
    }
    run
}
