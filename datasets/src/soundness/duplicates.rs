//! Cases that ask the same.

use super::{Look, Warning, WarningKind};
use crate::{
    near::{self, Alike},
    words::{Hash, folded, texts},
};
use eval_core::{CallOrder, Case, Expected, ExpectedCall, Task};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

pub(super) fn warnings(look: &Look<'_>) -> Vec<Warning> {
    let asked: Vec<u64> = look.task.cases.iter().map(|case| asked(look.task, case)).collect();
    let (mut same, mut contradicting) = (Vec::new(), Vec::new());
    let mut first: HashMap<u64, usize> = HashMap::new();
    for (place, digest) in asked.iter().enumerate() {
        let earlier = *first.entry(*digest).or_insert(place);
        if earlier != place {
            let note = Some(format!("as {}", look.named(earlier)));
            let [one, other] = [earlier, place].map(|place| &*look.task.cases[place]);
            if agree(one, other) { &mut same } else { &mut contradicting }.push((place, note));
        }
    }
    let near = nearly(look, &asked);
    let warnings = [
        (
            WarningKind::Contradiction,
            contradicting,
            "the input of an earlier one, but another gold: one of the two is wrong",
        ),
        (WarningKind::Duplicate, same, "the input of an earlier one again, which counts twice and shows nothing more"),
        (
            WarningKind::NearDuplicate,
            near,
            "nearly the wording of an earlier one: give them one `cluster`, or leave them out",
        ),
    ];
    warnings.into_iter().filter_map(|(kind, cases, message)| look.cases(kind, cases, message)).collect()
}

/// Each case that is nearly as an earlier one, by wording. A question with other passages is another question.
fn nearly(look: &Look<'_>, asked: &[u64]) -> Vec<(usize, Option<String>)> {
    let cases = &look.task.cases;
    let mut seen = HashSet::new();
    let pairs = near::pairs(look.task, look.words, &Alike::WARNED).into_iter();
    let pairs = pairs.filter(|pair| asked[pair.first] != asked[pair.second]);
    let pairs = pairs.filter(|pair| cases[pair.first].context == cases[pair.second].context);
    let mut found: Vec<_> = pairs
        .filter(|pair| seen.insert(pair.second))
        .map(|pair| {
            let share = (100.0 * pair.containment).round();
            (pair.second, Some(format!("{share} % of the wording of {}", look.named(pair.first))))
        })
        .collect();
    found.sort_unstable_by_key(|(place, _)| *place);
    found
}

/// A digest of all that a model is asked: two inputs that differ in case and blanks alone are one.
fn asked(task: &Task, case: &Case) -> u64 {
    let mut hash = Hash::new();
    hash.text(&shape(&case.input));
    texts(&case.input, &mut |text| hash.folded(text));
    case.context.iter().for_each(|passage| hash.folded(&passage.text));
    if !Arc::ptr_eq(&case.tools, &task.tools) {
        hash.text(&json!(case.tools).to_string());
    }
    if let Some(script) = &case.script {
        hash.text(&json!(script).to_string());
    }
    hash.end()
}

/// The keys of an input, and the values that are no text.
fn shape(input: &Value) -> String {
    match input {
        Value::Object(members) => members.iter().map(|(key, value)| format!("{key}:{}", shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) | Value::Number(_) => "_".into(),
        other => other.to_string(),
    }
}

/// Whether one answer can be right for both.
fn agree(one: &Case, other: &Case) -> bool {
    match (&one.expected, &other.expected) {
        (Expected::Answers { answers, .. }, Expected::Answers { answers: others, .. }) => {
            let answers: HashSet<String> = answers.iter().map(|answer| folded(answer)).collect();
            others.iter().any(|answer| answers.contains(&folded(answer)))
        }
        (Expected::Calls { calls, order }, Expected::Calls { calls: others, order: theirs }) => {
            let either = [order, theirs].contains(&&CallOrder::Any);
            calls == others || (either && sorted(calls) == sorted(others))
        }
        (Expected::SomeCall, Expected::Calls { calls, .. }) | (Expected::Calls { calls, .. }, Expected::SomeCall) => {
            !calls.is_empty()
        }
        // An answer may pass both.
        (Expected::Checks(_), Expected::Checks(_)) => true,
        (one, other) => one == other,
    }
}

fn sorted(calls: &[ExpectedCall]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(json!(call).to_string()).or_default() += 1;
    }
    counts
}
