use crate::ToolCall;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the tools of a case answer, so that a model can go on from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Script {
    /// The answers, each of which is given once, in order where several fit a call.
    pub steps: Vec<ScriptedAnswer>,
    /// What holds before the first call.
    pub state: Value,
    /// How far the conversation may go.
    pub budget: StepBudget,
}

/// What a tool answers to one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// The function that is called.
    pub name: String,
    /// With these arguments; `any_of` as in an expected call.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// What it gives back: text as it is, all else as JSON.
    #[serde(default)]
    pub answer: Value,
    /// What holds afterwards, by JSON pointer into the state.
    #[serde(default)]
    pub sets: Map<String, Value>,
}

/// How far a conversation with tools may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StepBudget {
    /// Answers of the model, the last one without calls included.
    pub steps: u32,
    /// Calls in all.
    pub calls: u32,
}

impl Default for StepBudget {
    fn default() -> Self {
        Self { steps: 8, calls: 16 }
    }
}

/// What a model called in one answer, and what the tools gave back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// What it said beside the calls.
    #[serde(default)]
    pub text: String,
    /// Its calls.
    pub tool_calls: Vec<ToolCall>,
    /// One answer a call, in the same order.
    pub answers: Vec<String>,
}

impl Exchange {
    /// The calls with their answers, and an id for each that no other call of the conversation has.
    ///
    /// Nine letters and digits: what every protocol and chat template takes.
    pub fn calls(&self, place: usize) -> impl Iterator<Item = (String, &ToolCall, &str)> {
        let answers = self.answers.iter().map(String::as_str).chain(std::iter::repeat(""));
        let calls = self.tool_calls.iter().zip(answers).enumerate();
        calls.map(move |(index, (call, answer))| (format!("call{place:02}{index:03}"), call, answer))
    }
}
