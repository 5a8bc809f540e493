//! What there is to foretell of a case.

use super::Foretold;
use eval_core::{Case, Expected, TaskKind};
use serde_json::json;
use std::collections::HashMap;

/// The outcomes of a task's cases, numbered in the order in which they first stand.
pub(super) struct Outcomes {
    pub(super) foretold: Foretold,
    /// By number.
    pub(super) names: Vec<String>,
    /// Of each case its number.
    pub(super) by_case: Vec<u32>,
    /// By number, how many cases have it.
    pub(super) counts: Vec<u32>,
}

impl Outcomes {
    fn of(cases: &[&Case], foretold: Foretold, name: impl Fn(&Case) -> String) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut outcomes = Self { foretold, names: Vec::new(), by_case: Vec::new(), counts: Vec::new() };
        for case in cases {
            let name = name(case);
            let number = *numbers.entry(name.clone()).or_insert_with(|| {
                outcomes.names.push(name);
                outcomes.counts.push(0);
                outcomes.counts.len() as u32 - 1
            });
            outcomes.by_case.push(number);
            outcomes.counts[number as usize] += 1;
        }
        outcomes
    }

    /// The commonest outcome, the first of several, and how many cases have it.
    pub(super) fn commonest(&self) -> (u32, u32) {
        let counted = (0..).zip(self.counts.iter().copied());
        counted.fold((0, 0), |best, next| if next.1 > best.1 { next } else { best })
    }
}

/// The outcomes that are foretold of a task of this kind.
pub(super) fn of(kind: TaskKind, cases: &[&Case]) -> Vec<Outcomes> {
    let declining = |case: &Case| if case.should_decline { "declines" } else { "answers" }.to_string();
    match kind {
        TaskKind::Classification => vec![Outcomes::of(cases, Foretold::Label, whole)],
        TaskKind::Tools => {
            vec![Outcomes::of(cases, Foretold::CalledNames, names), Outcomes::of(cases, Foretold::WholeCalls, whole)]
        }
        TaskKind::Extraction | TaskKind::Rag => vec![Outcomes::of(cases, Foretold::Declining, declining)],
    }
}

/// The functions that are called, each once.
fn names(case: &Case) -> String {
    let Expected::Calls { calls, .. } = &case.expected else { return whole(case) };
    let mut names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "no call".into() } else { names.join(" + ") }
}

/// The expected outcome as a text that equal outcomes share.
fn whole(case: &Case) -> String {
    match &case.expected {
        Expected::Label(label) => label.to_string(),
        Expected::Calls { calls, .. } if calls.is_empty() => "no call".into(),
        Expected::Calls { calls, .. } => {
            let mut calls: Vec<String> = calls.iter().map(|call| json!(call).to_string()).collect();
            calls.sort_unstable();
            calls.join(" + ")
        }
        Expected::SomeCall => "some call".into(),
        _ => case.expected_json().to_string(),
    }
}
