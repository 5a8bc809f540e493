//! What an answer may be, and the grammar of it.

use super::schema;
use eval_core::{Prompt, Tool};
use llguidance::api::GrammarWithLexer;
use serde_json::{Value, json};
use std::sync::Arc;

/// A blank or a line end that many models put before their answer.
pub(super) const LEAD: &str = "LEAD: /[ \\n]{1,2}/\n";

/// What an answer may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// JSON that is valid by a schema.
    Json(Arc<Value>),
    /// One of the labels.
    Label(Arc<[String]>),
    /// Calls of these functions, or plain words.
    Calls(Arc<[Tool]>),
}

impl Shape {
    /// What the answer to a prompt may be; `None`: anything.
    pub fn of(prompt: &Prompt) -> Option<Self> {
        match prompt {
            Prompt { schema: Some(schema), .. } => Some(Self::Json(schema.clone())),
            Prompt { labels, .. } if !labels.is_empty() => Some(Self::Label(labels.clone())),
            Prompt { tools, .. } if !tools.is_empty() => Some(Self::Calls(tools.clone())),
            _ => None,
        }
    }

    /// The same for the same shape.
    pub fn digest(&self) -> [u8; 32] {
        let text = match self {
            Self::Json(schema) => json!({"schema": schema}),
            Self::Label(labels) => json!({"labels": labels}),
            Self::Calls(tools) => json!({"tools": tools}),
        };
        *blake3::hash(text.to_string().as_bytes()).as_bytes()
    }

    /// For an error.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Json(_) => "its schema",
            Self::Label(_) => "its labels",
            Self::Calls(_) => "its tools",
        }
    }
}

pub(super) fn json(schema: &Value) -> Result<Vec<GrammarWithLexer>, String> {
    let schema = schema::prepare(schema).map_err(|why| format!("its schema {why}"))?;
    Ok(vec![lark(format!("start: LEAD? @answer\n{LEAD}")), named("answer", schema)])
}

pub(super) fn label(labels: &[String]) -> Vec<GrammarWithLexer> {
    let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    vec![lark(format!("start: LEAD? ({})\n{LEAD}", labels.join(" | ")))]
}

pub(super) fn lark(grammar: String) -> GrammarWithLexer {
    GrammarWithLexer::from_lark(grammar)
}

/// A schema that other grammars refer to as `@name`.
pub(super) fn named(name: &str, schema: Value) -> GrammarWithLexer {
    GrammarWithLexer { name: Some(name.into()), ..GrammarWithLexer::from_json_schema(schema) }
}

/// Text as the grammar language writes it, which is as JSON does.
pub(super) fn literal(text: &str) -> String {
    json!(text).to_string()
}
