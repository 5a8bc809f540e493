//! What the prompts of a task's cases have in common at their beginning: the words of the template before the first
//! that is a case's own, and after them the passages that several cases share.

use eval_core::{Case, Passage, Task};
use serde_json::Value;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Stands for what other cases say otherwise.
const MARK: &str = "\u{1}another case's words\u{1}";

/// How many cases of a task begin with the same passages.
#[derive(Debug)]
pub(crate) struct Beginnings {
    cases: usize,
    /// By a digest of the passages.
    counts: HashMap<u64, usize>,
}

impl Beginnings {
    /// Counts all cases of the suite, selected or not, so that a prompt is the same whatever is asked beside it.
    pub(crate) fn of(task: &Task) -> Self {
        let mut counts = HashMap::new();
        for digest in task.cases.iter().flat_map(|case| chain(&case.context)) {
            *counts.entry(digest).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        Self { cases: task.cases.len(), counts }
    }

    /// The case as those would have it that begin as it does and then part from it: one for each place where some do.
    pub(crate) fn partings(&self, case: &Case) -> Vec<Case> {
        let count = |digest| self.counts.get(&digest).copied().unwrap_or(1);
        let counts: Vec<usize> = [self.cases].into_iter().chain(chain(&case.context).map(count)).collect();
        let part = |passages: &usize| counts[*passages] > 1 && counts.get(passages + 1) != Some(&counts[*passages]);
        (0..counts.len()).filter(part).map(|passages| parted(case, passages)).collect()
    }
}

/// How many bytes `words` has in common with the beginning of another text.
pub(crate) fn common(words: &str, other: &str) -> usize {
    let same = words.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    same.map(|(c, _)| c.len_utf8()).sum()
}

/// A digest for each passage, of it and those before it.
fn chain(context: &[Passage]) -> impl Iterator<Item = u64> + '_ {
    let mut hasher = DefaultHasher::new();
    context.iter().map(move |passage| {
        (&passage.id, &passage.text).hash(&mut hasher);
        hasher.finish()
    })
}

/// The case with the mark for everything that it says after its first `passages`.
fn parted(case: &Case, passages: usize) -> Case {
    let mut other = case.clone();
    mark(&mut other.input);
    for passage in &mut other.context[passages..] {
        *passage = Passage { id: MARK.into(), text: MARK.into() };
    }
    other
}

fn mark(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mark),
        Value::Object(members) => members.values_mut().for_each(mark),
        leaf => *leaf = MARK.into(),
    }
}
