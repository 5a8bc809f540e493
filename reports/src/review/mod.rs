//! The cases of a run at which a person should look: there the expected outcome may be wrong.

mod card;
mod marks;

use crate::{ReportError, Run, details::said_text, rows::CaseKey};
use eval_core::{Behaviour, Outcome, Record, ToolCall};
use serde_json::Value;
use std::collections::HashMap;

pub use card::{Card, card};

/// A case that not every model got right.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// The task's name.
    pub task: String,
    /// The case's id in the run.
    pub case: String,
    /// Its content.
    pub case_hash: String,
    /// What the models gave, in the order in which they were named.
    pub answers: Vec<Given>,
}

/// What a model gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The model.
    pub model: String,
    /// Whether it counts as right.
    pub right: bool,
    /// Its text and its calls.
    pub text: String,
    /// The answer as it was read; `null` where nothing could be read, and where it declined.
    pub answer: Value,
    /// The calls it made.
    pub tool_calls: Vec<ToolCall>,
    /// Whether it declined.
    pub declined: bool,
    /// Why it is not right.
    pub note: Option<String>,
    /// What it states without support in the passages.
    pub unsupported: Vec<String>,
}

impl Doubt {
    /// Whether one model got it right and the other did not.
    pub fn is_split(&self) -> bool {
        self.answers.iter().any(|given| given.right) && self.answers.iter().any(|given| !given.right)
    }
}

impl Given {
    fn of(record: Record) -> Self {
        Self {
            right: record.correct == Some(true),
            text: said_text(&record),
            declined: record.behaviour == Some(Behaviour::Declined),
            model: record.model,
            answer: record.answer,
            tool_calls: record.tool_calls,
            note: record.note,
            unsupported: record.unsupported,
        }
    }
}

/// The cases that not every one of these models got right, those first that one got right and one did not; within, in the
/// order of the log. Only what all of them answered, by the first repeat. Cases that are held out are none of these.
///
/// # Errors
/// If the records cannot be read.
pub fn doubts(run: &Run, models: &[String]) -> Result<Vec<Doubt>, ReportError> {
    let place = |record: &Record| {
        let counts = record.repeat == 0 && record.outcome == Outcome::Scored && !run.is_held_out(record);
        models.iter().position(|model| *model == record.model).filter(|_| counts)
    };
    // By task and case, which of them answered, and which of these were right: the answers themselves may not fit in
    // memory.
    let mut seen: HashMap<(String, CaseKey), (u32, u32)> = HashMap::new();
    let each = |found: &mut dyn FnMut(usize, (String, CaseKey), Record)| {
        run.sources.iter().try_for_each(|source| {
            let each = source.each(|record, _| {
                if let (Some(place), Some(key)) = (place(&record), CaseKey::new(&record.case, &record.case_hash)) {
                    found(place, (record.task.clone(), key), record);
                }
                Ok(())
            });
            each.map(drop)
        })
    };
    each(&mut |place, key, record| {
        let (answered, right) = seen.entry(key).or_default();
        *answered |= 1 << place;
        *right |= u32::from(record.correct == Some(true)) << place;
    })?;
    let all = (1 << models.len()) - 1;
    seen.retain(|_, (answered, right)| *answered == all && *right != all);
    let mut places: HashMap<(String, CaseKey), usize> = HashMap::new();
    let mut doubts: Vec<Doubt> = Vec::new();
    each(&mut |_, key, record| {
        if !seen.contains_key(&key) {
            return;
        }
        let at = *places.entry(key).or_insert_with(|| {
            let (task, case, case_hash) = (record.task.clone(), record.case.clone(), record.case_hash.clone());
            doubts.push(Doubt { task, case, case_hash, answers: Vec::new() });
            doubts.len() - 1
        });
        doubts[at].answers.push(Given::of(record));
    })?;
    let order = |given: &Given| models.iter().position(|model| *model == given.model);
    doubts.iter_mut().for_each(|doubt| doubt.answers.sort_by_key(order));
    doubts.sort_by_key(|doubt| !doubt.is_split());
    Ok(doubts)
}
