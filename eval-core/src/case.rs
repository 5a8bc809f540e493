use crate::{Digest, MetricConfig, Script, Tool, canonical};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// One input with its expected outcome.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique within its task.
    pub id: Arc<str>,
    /// The name of the task it belongs to.
    pub task: Arc<str>,
    /// What the model is asked about: a string or an object, as the prompt template wants it.
    pub input: Value,
    /// The expected outcome, read for the task's kind.
    pub expected: Expected,
    /// The expected outcome as the case file holds it, where [`Case::expected`] does not hold it so already.
    pub expected_as_written: Option<Box<Value>>,
    /// The passages of a rag case; empty for other kinds.
    pub context: Vec<Passage>,
    /// The functions in effect: the case's own, else the task's.
    pub tools: Arc<[Tool]>,
    /// What the tools answer, where the model is to go on from it.
    pub script: Option<Box<Script>>,
    /// Slices.
    pub tags: Vec<String>,
    /// Cases that share it are not independent (one document, one thread).
    pub cluster: Option<String>,
    /// Whether declining is the right outcome.
    pub should_decline: bool,
    /// Whether it is of the part of which reports show totals alone.
    pub held_out: bool,
    /// What a person who looked at the expected outcome found; `None`: nobody looked.
    pub reviewed: Option<ReviewVerdict>,
    /// Digest of the content: task, input, expected, context, tools and script; not id, tags,
    /// prompt, review or part.
    pub hash: Digest,
}

/// What a person found who looked at a case's expected outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It is right.
    Right,
    /// It was wrong, and is another one now.
    Changed,
    /// It cannot be told.
    Unsure,
}

impl ReviewVerdict {
    /// As a case file writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Changed => "changed",
            Self::Unsure => "unsure",
        }
    }
}

impl Case {
    /// The expected outcome as the case file holds it.
    pub fn expected_json(&self) -> Value {
        match (&self.expected_as_written, &self.expected) {
            (Some(value), _) => Value::clone(value),
            (None, expected) => expected.as_written().unwrap_or_default(),
        }
    }
}

/// The parts of a case that its hash covers.
pub struct CaseContent<'a> {
    /// The task's name.
    pub task: &'a str,
    /// As in [`Case::input`].
    pub input: &'a Value,
    /// As [`Case::expected_json`] gives it.
    pub expected: &'a Value,
    /// As in [`Case::context`].
    pub context: &'a [Passage],
    /// As in [`Case::tools`].
    pub tools: &'a [Tool],
    /// As in [`Case::script`].
    pub script: Option<&'a Script>,
}

impl CaseContent<'_> {
    /// The digest by which cases of two runs are paired.
    pub fn hash(&self) -> Digest {
        // The members in their order, without a copy of them: it is done for every case.
        let context = json!(self.context);
        let task = self.task.into();
        let tools = json!(self.tools);
        // A case without a script has the digest that it had before there were any.
        let script = self.script.map(|script| json!(script));
        let members = [("context", &context), ("expected", self.expected), ("input", self.input)].into_iter();
        let members = members.chain(script.as_ref().map(|script| ("script", script)));
        canonical::digest(members.chain([("task", &task), ("tools", &tools)]))
    }
}

/// A passage that a rag case offers the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// What a citation names.
    pub id: String,
    /// The passage.
    pub text: String,
}

/// The expected outcome of a case, by the kind of its task.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// classification: the label (the abstain label included).
    Label(Arc<str>),
    /// extraction: the object; a field that the text does not hold is `null`.
    Object(Box<Value>),
    /// rag: any of these answers is right.
    Answers {
        /// Accepted answers, at least one.
        answers: Vec<String>,
        /// Ids of the passages that hold the answer; empty where the case does not say.
        citations: Vec<String>,
    },
    /// rag: an answer is right that every one of these metrics passes.
    Checks(Vec<MetricConfig>),
    /// rag: the passages do not hold the answer.
    Unanswerable,
    /// tools: these calls and no other; empty where no call is right.
    Calls {
        /// The calls.
        calls: Vec<ExpectedCall>,
        /// Whether their order matters.
        order: CallOrder,
    },
    /// tools: some call is right, whichever.
    SomeCall,
    /// tools: what the scripted state is to be in the end.
    State(Box<Value>),
}

impl Expected {
    /// As a case file writes it; `None` where it may be written in several ways.
    pub fn as_written(&self) -> Option<Value> {
        match self {
            Self::Label(label) => Some(Value::from(&**label)),
            Self::Object(object) => Some(Value::clone(object)),
            Self::Answers { .. } | Self::Checks(_) | Self::Unanswerable => None,
            Self::Calls { .. } | Self::SomeCall | Self::State(_) => None,
        }
    }
}

/// A call that a tools case expects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedCall {
    /// The function.
    pub name: String,
    /// Its arguments; `{"any_of": […]}` allows several values, with `"optional": true` also none, at any depth.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// Whether the order of the expected calls matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOrder {
    /// Any order is right.
    #[default]
    Any,
    /// Only the given order is right.
    Given,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_covers_content_only() {
        let input = json!("where is my parcel");
        let content = |expected: &Value| {
            CaseContent { task: "triage", input: &input, expected, context: &[], tools: &[], script: None }.hash()
        };
        assert_eq!(content(&json!("delivery")), content(&json!("delivery")));
        assert_ne!(content(&json!("delivery")), content(&json!("billing")));
        assert_eq!(content(&json!("delivery")).to_string().len(), 32);
    }
}
