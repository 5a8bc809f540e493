//! Pairs, their table and their slices, against the same done one by one.

use super::{
    fixture::{Run, SMALL, with_reference},
    properties::any_record,
};
use crate::{
    comparison::pairs::{Pairs, Places},
    evidence::{CaseRow, Evidence},
};
use eval_core::Record;
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

/// Asked cases of one content, the first of one model with the first of the other.
fn pairs_by_hand(sides: [&Evidence; 2]) -> Vec<Places> {
    let mut by_content: BTreeMap<_, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, evidence) in sides.iter().enumerate() {
        for (place, case) in evidence.asked() {
            by_content.entry(case.key.content).or_default()[side].push(place);
        }
    }
    by_content.into_values().flat_map(|[ours, theirs]| ours.into_iter().zip(theirs)).map(|(a, b)| [a, b]).collect()
}

fn check(sides: [&Evidence; 2]) {
    let pairs = Pairs::new(sides[0], sides[1]).unwrap();
    let by_hand = pairs_by_hand(sides);
    assert_eq!(pairs.places().unwrap(), by_hand);
    assert_eq!(pairs.len(), by_hand.len());
    let case = |side: usize, places: &Places| &sides[side].cases[places[side]];
    let each = |of: &dyn Fn(&CaseRow, &CaseRow) -> f64| -> Vec<f64> {
        by_hand.iter().map(|places| of(case(0, places), case(1, places))).collect()
    };
    let (correct, wrong) = (pairs.correct().unwrap(), pairs.wrong().unwrap());
    assert_eq!(correct.shown, each(&|a, b| a.correct_low - b.correct_low));
    assert_eq!(correct.worst, each(&|a, b| a.correct_low - (b.correct_high + b.failed_calls).min(1.0)));
    assert_eq!(correct.best, each(&|a, b| a.correct_high - b.correct_low));
    assert_eq!(wrong.shown, each(&|a, b| a.wrong_low - b.wrong_low));
    assert_eq!(wrong.worst, each(&|a, b| (a.wrong_high + a.failed_calls).min(1.0) - b.wrong_low));
    assert_eq!(wrong.best, each(&|a, b| a.wrong_low - (b.wrong_high + b.failed_calls).min(1.0)));

    for (places, cluster) in by_hand.iter().zip(&correct.clusters) {
        let (ours, theirs) = (case(0, places).cluster, case(1, places).cluster);
        assert!(if ours.is_some() { *cluster == ours } else { cluster.is_some() == theirs.is_some() });
        // A cluster of the reference's alone is none of the candidate's.
        let is_ours = |number: u32| sides[0].cases.iter().any(|case| case.cluster == Some(number));
        assert!(ours.is_some() || cluster.is_none_or(|number| !is_ours(number)));
    }

    let right = |side: usize, places: &Places| case(side, places).correct_low > 0.5;
    let cell = |ours: bool, theirs: bool| {
        by_hand.iter().filter(|places| right(0, places) == ours && right(1, places) == theirs).count() as u64
    };
    assert_eq!(pairs.table().unwrap(), [cell(true, true), cell(true, false), cell(false, true), cell(false, false)]);

    let differing: Vec<(Places, f64)> =
        by_hand.iter().copied().zip(correct.shown.iter().copied()).filter(|pair| pair.1 != 0.0).collect();
    assert_eq!(pairs.differing().unwrap(), differing);

    for fewest in [0, 2] {
        let slices = pairs.by_tag(&sides[0].tags, fewest).unwrap();
        let of_tag = |cases: &Vec<u32>| -> Vec<(f64, Option<u32>)> {
            let of = by_hand.iter().zip(correct.shown.iter().copied().zip(correct.clusters.iter().copied()));
            of.filter(|(places, _)| cases.contains(&(places[0] as u32))).map(|(_, values)| values).collect()
        };
        let want: Vec<(String, Vec<_>)> =
            sides[0].tags.iter().map(|(tag, cases)| (tag.clone(), of_tag(cases))).collect();
        let want: Vec<_> = want.into_iter().filter(|(_, of)| of.len() >= fewest.max(1)).collect();
        let found: Vec<_> = slices
            .into_iter()
            .map(|(tag, of)| (tag, of.shown.into_iter().zip(of.clusters).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Some cases have one content, some were not asked, some have a cluster in one model's records alone.
    #[test]
    fn pairs_are_what_they_are_one_by_one(records in vec((any_record(), 0..9u32, 0..3usize), 1..120)) {
        let records = records.into_iter().map(|(record, content, tags)| {
            let tags = ["first", "second"][..tags.min(2)].iter().map(|tag| tag.to_string()).collect();
            Record { task: "triage".into(), case_hash: format!("{content:032x}"), tags, ..record }
        });
        let mut run = Run { records: records.collect(), ..with_reference() };
        run.manifest.repeats = 3;
        let key = |r: &Record| (r.model.clone(), r.case.clone(), r.case_hash.clone(), r.repeat);
        run.records.sort_by_key(key);
        run.records.dedup_by_key(|r| key(r));
        let (_dir, read) = run.read().unwrap();
        let found = &read.evidence[0];
        let ours = read.manifest.models.iter().position(|model| model.name == SMALL).unwrap();
        check([&found[ours], &found[1 - ours]]);
        check([&found[1 - ours], &found[ours]]);
    }
}

#[test]
fn two_models_without_a_common_case_have_no_pairs() {
    let found = Evidence::default();
    let pairs = Pairs::new(&found, &found).unwrap();
    assert_eq!((pairs.len(), pairs.table().unwrap()), (0, [0; 4]));
    assert!(pairs.by_tag(&found.tags, 10).unwrap().is_empty() && pairs.differing().unwrap().is_empty());
}
