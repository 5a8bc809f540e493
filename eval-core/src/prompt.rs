use crate::Exchange;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What a runner is asked: messages, tools, and how long the answer may be. It holds no expected outcome.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Names the prompt in caches, replays and logs.
    pub id: PromptId,
    /// The conversation, a system turn first where there is one.
    pub messages: Vec<Message>,
    /// What the model has called since, and what the tools answered.
    pub exchanges: Vec<Exchange>,
    /// The functions that the model may call.
    pub tools: Arc<[Tool]>,
    /// The JSON Schema that the answer is asked to follow.
    pub schema: Option<Arc<Value>>,
    /// The labels of which one is asked for; empty: none is.
    pub labels: Arc<[String]>,
    /// The most tokens the answer may have.
    pub max_output_tokens: u32,
    /// The answer ends before any of these strings.
    pub stop: Vec<String>,
    /// Places in the last user turn, in bytes and ascending, up to which other cases of the task begin with the same
    /// words: a runner may read those once. Empty where nobody said.
    pub shared: Vec<usize>,
}

/// Which case and repeat a prompt was made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PromptId {
    /// The task's name.
    pub task: String,
    /// The case's id.
    pub case: String,
    /// The case's content hash.
    pub case_hash: String,
    /// 0 for the first repeat.
    pub repeat: u32,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The person or program that asks.
    User,
    /// The model.
    Assistant,
}

/// A function definition in the OpenAI style, kept as it was written: `{"type": "function", "function": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tool(pub Value);

impl Tool {
    /// The function's name; empty where the definition has none (datasets refuses such a definition).
    pub fn name(&self) -> &str {
        self.0["function"]["name"].as_str().unwrap_or_default()
    }

    /// The JSON Schema of the arguments, `null` where the function takes none.
    pub fn parameters(&self) -> &Value {
        &self.0["function"]["parameters"]
    }
}
