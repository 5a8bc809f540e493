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

/// The most pairs of items of inner lists that are compared to tell which outer items belong together.
const MOST_INNER: usize = 1_000_000;

/// How the items of a given list stand to the expected ones.
pub(super) struct Pairing {
    /// The expected items that count, by their places, each with the place of its partner; what an expected set repeats is
    /// left out.
    pub partners: Vec<(usize, Option<usize>)>,
    /// The places of given items without a partner, repetitions in a set left out.
    pub too_many: Vec<usize>,
}

/// Pairs by place, or as the rule of the list says.
pub(super) fn pair(list: &List<'_>, given: &[Value], by_place: bool) -> Pairing {
    let Some(rule) = list.rule.filter(|_| !by_place) else {
        let partners = (0..list.items.len()).map(|place| (place, (place < given.len()).then_some(place))).collect();
        return Pairing { partners, too_many: (list.items.len()..given.len()).collect() };
    };
    // What a flood of items holds beyond this is too many, whatever it is.
    let given_all = given;
    let given = &given[..looked_at(list, given.len())];
    // Each pair of items has lists to pair in turn: beyond a bound those are compared by place.
    let longest: Vec<usize> = given.iter().map(longest).collect();
    let inner = |item: &Wanted<'_>| {
        longest.iter().fold(0, |sum: usize, longest| sum.saturating_add(pairs_within(item, *longest)))
    };
    let by_place = list.items.iter().map(inner).fold(0, usize::saturating_add) > MOST_INNER;
    let counted = counted(list, rule);
    let weights = |item: &usize| given.iter().map(|got| weight(rule, &list.items[*item], got, by_place)).collect();
    let weights: Vec<Vec<u32>> = counted.iter().map(weights).collect();
    let pairs = match rule.compare {
        Compare::List => best_pairs_in_order(&weights),
        _ => best_pairs(&weights),
    };
    let mut partners: Vec<_> = counted.into_iter().map(|item| (item, None)).collect();
    let mut is_paired = vec![false; given_all.len()];
    for (item, place) in pairs {
        partners[item].1 = Some(place);
        is_paired[place] = true;
    }
    let is_repeated = |place: usize| {
        rule.compare == Compare::Set && weights.iter().any(|row| row.get(place).is_some_and(|weight| *weight > 0))
    };
    let too_many = (0..given_all.len()).filter(|place| !is_paired[*place] && !is_repeated(*place)).collect();
    Pairing { partners, too_many }
}

/// The places of the expected items, of a set without those that are there before.
/// They are the same for every answer, so lists within them are always paired.
fn counted(list: &List<'_>, rule: &FieldRule) -> Vec<usize> {
    let is_there = |kept: &[usize], value: &Value| {
        let same = |earlier: &usize| weight(rule, &list.items[*earlier], value, false) > 0;
        kept.iter().any(|earlier| list.values[*earlier] == *value || same(earlier))
    };
    let mut kept = Vec::new();
    for (place, value) in list.values.iter().enumerate() {
        if rule.compare != Compare::Set || !is_there(&kept, value) {
            kept.push(place);
        }
    }
    kept
}

fn looked_at(list: &List<'_>, given: usize) -> usize {
    given.min(2 * list.items.len() + 100)
}

/// The length of the longest list in a value.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(longest).fold(items.len(), usize::max),
        Value::Object(map) => map.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

/// How many pairs of items are compared to pair the lists of an item with lists of so many items, at most.
fn pairs_within(item: &Wanted<'_>, longest: usize) -> usize {
    let within =
        |items: &[Wanted<'_>]| items.iter().fold(0, |sum: usize, item| sum.saturating_add(pairs_within(item, longest)));
    match item {
        Wanted::Leaf(_) => 0,
        Wanted::Object(items) => items.iter().fold(0, |sum, (_, item)| sum.saturating_add(pairs_within(item, longest))),
        Wanted::List(list) if list.rule.is_none() => within(&list.items),
        Wanted::List(list) => {
            let given = looked_at(list, longest);
            given.saturating_mul(within(&list.items).saturating_add(list.items.len()))
        }
    }
}

/// How much speaks for a pair; 0 where it may not be one.
fn weight(rule: &FieldRule, item: &Wanted<'_>, got: &Value, by_place: bool) -> u32 {
    let tally = |item, got| Tally::of_part(item, got, by_place);
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
