//! What a person finds who looks at a case's expected outcome, written into its line.

use super::{EditableSuite, line};
use crate::SuiteError;
use eval_core::{Digest, ReviewVerdict};
use serde_json::{Map, Value, json};

/// The tag of cases of which a person could not tell.
const UNSURE: &str = "unsure";

/// Who looked at a case, when, and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// A name.
    pub by: String,
    /// `YYYY-MM-DD`.
    pub on: String,
    /// What was found.
    pub finding: Finding,
}

/// What a person found of a case's expected outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// It is right.
    Right,
    /// It is wrong; this one is right.
    Changed(Value),
    /// It cannot be told.
    Unsure,
}

impl Finding {
    fn verdict(&self) -> ReviewVerdict {
        match self {
            Self::Right => ReviewVerdict::Right,
            Self::Changed(_) => ReviewVerdict::Changed,
            Self::Unsure => ReviewVerdict::Unsure,
        }
    }
}

impl EditableSuite {
    /// Writes a review into the line of a case that has this content; gives the line as it was.
    ///
    /// # Errors
    /// If the suite would not load with it, or the case is another one by now.
    pub fn review(&mut self, task: &str, id: &str, hash: Digest, review: &Review) -> Result<String, SuiteError> {
        let mut file = self.file(task)?;
        let found = file.find(id)?;
        let old = file.text[found.place.clone()].to_string();
        let is_same = self
            .with(std::slice::from_ref(&file))?
            .suite
            .tasks
            .iter()
            .any(|of| of.name == task && of.cases.iter().any(|case| &*case.id == id && case.hash == hash));
        if !is_same {
            let message = format!("{}:{}: the case `{id}` was changed meanwhile", file.name, found.number);
            return Err(SuiteError::new(message).help("begin again"));
        }
        let style = file.style();
        let Ok(Value::Object(case)) = serde_json::from_str(&old) else {
            return Err(SuiteError::new(format!("{}:{}: not a JSON object", file.name, found.number)));
        };
        let mut new = old.clone();
        let mut entry = json!({"by": review.by, "on": review.on, "verdict": review.finding.verdict().as_str()});
        match &review.finding {
            Finding::Right => {}
            Finding::Changed(expected) => {
                entry["was"] = case.get("expected").cloned().unwrap_or_default();
                if entry["was"] == *expected {
                    return Err(SuiteError::new("that is the expected outcome already")
                        .help("say that it is right, or give another one"));
                }
                new = line::with(&new, style, "expected", expected);
            }
            Finding::Unsure => new = line::with(&new, style, "tags", &with_tag(&case, UNSURE)),
        }
        let new = line::with(&new, style, "reviewed", &entry);
        file.text.replace_range(found.place, &new);
        self.save(&[file])?;
        Ok(old)
    }

    /// Takes a review back: the case's line is as it was.
    ///
    /// # Errors
    /// If the file cannot be written, or the suite would not load with it.
    pub fn take_back(&mut self, task: &str, id: &str, line: &str) -> Result<(), SuiteError> {
        let mut file = self.file(task)?;
        let found = file.find(id)?;
        file.text.replace_range(found.place, line);
        self.save(&[file])
    }
}

fn with_tag(case: &Map<String, Value>, tag: &str) -> Value {
    let mut tags = case.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    if !tags.iter().any(|known| known == tag) {
        tags.push(tag.into());
    }
    tags.into()
}
