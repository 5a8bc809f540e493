//! The grammar of tool calls, as a family of models writes them.

use super::{
    schema,
    shape::{LEAD, lark, literal, named},
};
use crate::{candle::tokenizer::Token, chat::ToolFormat};
use eval_core::Tool;
use llguidance::api::GrammarWithLexer;
use serde_json::{Value, json};
use std::fmt::Write;

/// How calls are written. Each text that is a special token of the model stands for that token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallForm {
    /// Before and after all of them.
    around: [&'static [&'static str]; 2],
    /// Before and after each.
    each: [&'static [&'static str]; 2],
    between: &'static str,
    /// The key of the arguments.
    arguments: &'static str,
}

/// As [`crate::chat::tools_as_text`] asks for them.
const IN_WORDS: CallForm = CallForm { around: [&[], &[]], each: [&[], &[]], between: "\n", arguments: "arguments" };

impl CallForm {
    /// The form of a family whose chat template offers the tools, or that of tools offered in words. Where no grammar
    /// is known for it, why.
    pub fn of(format: ToolFormat, template: &str, takes_tools: bool) -> Result<Self, String> {
        if !takes_tools {
            return Ok(IN_WORDS);
        }
        match format {
            ToolFormat::Hermes => Ok(Self { each: [&["<tool_call>", "\n"], &["\n", "</tool_call>"]], ..IN_WORDS }),
            ToolFormat::Llama3 => Ok(Self { between: "; ", arguments: "parameters", ..IN_WORDS }),
            ToolFormat::Mistral if !template.contains("[ARGS]") => {
                Ok(Self { around: [&["[TOOL_CALLS]", "["], &["]"]], between: ", ", ..IN_WORDS })
            }
            ToolFormat::Phi if template.contains("<|tool_call|>") => {
                Ok(Self { around: [&["<|tool_call|>", "["], &["]", "<|/tool_call|>"]], between: ", ", ..IN_WORDS })
            }
            ToolFormat::Mistral | ToolFormat::Phi | ToolFormat::Gemma | ToolFormat::PlainJson => Err(format!(
                "no grammar is known for how this model's chat template has tool calls written ({})",
                json!(format).as_str().unwrap_or_default()
            )),
        }
    }

    /// Calls, or plain words in which nothing looks like one.
    pub(super) fn grammars(&self, tools: &[Tool], tokens: &[Token]) -> Result<Vec<GrammarWithLexer>, String> {
        let marks = |texts: &[&str]| texts.iter().map(|text| mark(text, tokens) + " ").collect::<String>();
        let [open, close] = self.around.map(marks);
        let [before, after] = self.each.map(marks);
        let names: Vec<String> = (0..tools.len()).map(|n| format!("call_{n}")).collect();
        let mut rules = format!(
            "start: LEAD? (WORDS | calls)\n{LEAD}WORDS: /[^\\s{{}}\\[\\]<>`][^{{}}\\[\\]<>`]*/\n\
             calls: {open}call ({} call)* {close}\ncall: {before}({}) {after}\n",
            literal(self.between),
            names.join(" | ")
        );
        let mut grammars = Vec::new();
        for (n, tool) in tools.iter().enumerate() {
            let head = format!("{{\"name\": {}, \"{}\": ", json!(tool.name()), self.arguments);
            // Writing to a string cannot fail.
            let _ = writeln!(rules, "call_{n}: {} @arguments_{n} \"}}\"", literal(&head));
            let schema = schema::prepare(&parameters(tool))
                .map_err(|why| format!("the schema of the parameters of `{}` {why}", tool.name()))?;
            grammars.push(named(&format!("arguments_{n}"), schema));
        }
        grammars.insert(0, lark(rules));
        Ok(grammars)
    }
}

/// The schema of a function's arguments, which are an object; a function without parameters takes none.
fn parameters(tool: &Tool) -> Value {
    match &tool.0["function"]["parameters"] {
        Value::Object(schema) => {
            let mut schema = schema.clone();
            schema.entry("type").or_insert(json!("object"));
            schema.into()
        }
        _ => json!({"type": "object", "additionalProperties": false}),
    }
}

/// A text, or the special token that it is.
fn mark(text: &str, tokens: &[Token]) -> String {
    let special = tokens.iter().position(|token| matches!(token, Token::Special(name) if name == text));
    special.map_or_else(|| literal(text), |id| format!("<[{id}]>"))
}
