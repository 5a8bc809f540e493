//! Which item of a given list is held against which expected one.

use super::{
    assignment::{best_pairs, best_pairs_in_order},
    tally::Tally,
    wanted::{List, Wanted},
};
use eval_core::{Compare, FieldRule};
use serde_json::Value;

/// The most expected items that are paired other than by place: the best pairing takes time that grows as their cube.
pub(super) const MOST_PAIRED: usize = 200;

/// How the items of a given list stand to the expected ones.
pub(super) struct Pairing {
    /// The expected items that count, by their places, each with the place of its partner; what an expected set repeats is
    /// left out.
    pub partners: Vec<(usize, Option<usize>)>,
    /// The places of given items without a partner, repetitions in a set left out.
    pub too_many: Vec<usize>,
}

/// Pairs by place, or as the rule of the list says.
pub(super) fn pair(list: &List<'_>, given: &[Value]) -> Pairing {
    let Some(rule) = list.rule else {
        let partners = (0..list.items.len()).map(|place| (place, (place < given.len()).then_some(place))).collect();
        return Pairing { partners, too_many: (list.items.len()..given.len()).collect() };
    };
    // What a flood of items holds beyond this is too many, whatever it is.
    let looked_at = given.len().min(2 * list.items.len() + 100);
    let counted = counted(list, rule);
    let weights = |item: &usize| given[..looked_at].iter().map(|got| weight(rule, &list.items[*item], got)).collect();
    let weights: Vec<Vec<u32>> = counted.iter().map(weights).collect();
    let pairs = match rule.compare {
        Compare::List => best_pairs_in_order(&weights),
        _ => best_pairs(&weights),
    };
    let mut partners: Vec<_> = counted.into_iter().map(|item| (item, None)).collect();
    let mut is_paired = vec![false; given.len()];
    for (item, place) in pairs {
        partners[item].1 = Some(place);
        is_paired[place] = true;
    }
    let is_repeated = |place: usize| {
        rule.compare == Compare::Set && weights.iter().any(|row| row.get(place).is_some_and(|weight| *weight > 0))
    };
    let too_many = (0..given.len()).filter(|place| !is_paired[*place] && !is_repeated(*place)).collect();
    Pairing { partners, too_many }
}

/// The places of the expected items, of a set without those that are there before.
fn counted(list: &List<'_>, rule: &FieldRule) -> Vec<usize> {
    let is_there = |kept: &[usize], value: &Value| {
        kept.iter().any(|earlier| list.values[*earlier] == *value || weight(rule, &list.items[*earlier], value) > 0)
    };
    let mut kept = Vec::new();
    for (place, value) in list.values.iter().enumerate() {
        if rule.compare != Compare::Set || !is_there(&kept, value) {
            kept.push(place);
        }
    }
    kept
}

/// How much speaks for a pair; 0 where it may not be one.
fn weight(rule: &FieldRule, item: &Wanted<'_>, got: &Value) -> u32 {
    let tally = |item, got| Tally::of_part(item, got);
    let values = |got| tally(item, got).all.matched as u32;
    match (rule.compare, &rule.key) {
        (Compare::Set, _) => u32::from(tally(item, got).all_right()),
        (Compare::Objects, Some(key)) => match (item.property(key), got.get(key)) {
            (Some(wanted), Some(here)) if tally(wanted, here).all_right() => 1 + values(got),
            _ => 0,
        },
        _ => values(got),
    }
}
