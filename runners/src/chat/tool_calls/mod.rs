//! Reads tool calls out of what a model wrote.
//!
//! One rule for every family: what can be read is a call, what looks like a call and cannot be read is a call with raw
//! arguments (never silently text), plain prose stays text. Small models drop their markers, so calls as bare JSON are
//! read in every family; markers of another family are an attempt that the model's own server would not read either.

mod hermes;
mod json;
mod llama;
mod mistral;
mod phi;
mod plain;
mod pythonic;
mod tags;

use super::python_json::Style;
use eval_core::{FinishReason, Message, Response, Role, Tool, ToolCall};
use serde::Serialize;

/// Families of models by how they write tool calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolFormat {
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes, Qwen.
    Hermes,
    /// `<|python_tag|>{"name": …, "parameters": {…}}`, or bare; `<function=name>{…}</function>`; `[name(key=value)]`.
    Llama3,
    /// `[TOOL_CALLS][{"name": …, "arguments": {…}}]`, or `[TOOL_CALLS]name[ARGS]{…}`.
    Mistral,
    /// `name(key=value)` in a `tool_code` fence or in brackets, or JSON in a fence.
    Gemma,
    /// `<|tool_call|>[{"name": …, "arguments": {…}}]<|/tool_call|>`, or `functools[…]`.
    Phi,
    /// `{"name": …, "arguments": {…}}` without markers: what [`tools_as_text`] asks for.
    PlainJson,
}

/// The family that a chat template's own markers tell, else the one of the architecture.
pub fn tool_format(template: &str, architecture: &str) -> ToolFormat {
    let marked = [
        (ToolFormat::Mistral, ["[TOOL_CALLS]", "[AVAILABLE_TOOLS]"].as_slice()),
        (ToolFormat::Hermes, &["<tool_call>"]),
        (ToolFormat::Phi, &["<|tool_call|>", "<|tool|>", "functools["]),
        (ToolFormat::Llama3, &["<|python_tag|>", "<|start_header_id|>", "<function="]),
        (ToolFormat::Gemma, &["tool_code", "<start_of_turn>"]),
    ];
    let format = marked.iter().find(|(_, markers)| markers.iter().any(|marker| template.contains(marker)));
    match (format, architecture) {
        (Some((format, _)), _) => *format,
        (None, "phi3") => ToolFormat::Phi,
        (None, gemma) if gemma.starts_with("gemma") => ToolFormat::Gemma,
        (None, _) => ToolFormat::PlainJson,
    }
}

impl ToolFormat {
    /// Splits a model's text into what it says, without the calls and their markers, and its calls in order.
    ///
    /// Without tools on offer, and without anything that looks like a call, the text comes back as it is.
    pub fn parse(self, text: &str, tools: &[Tool]) -> (String, Vec<ToolCall>) {
        if tools.is_empty() {
            return (text.to_string(), Vec::new());
        }
        let own = match self {
            Self::Hermes | Self::PlainJson => hermes::split(text),
            Self::Llama3 => llama::split(text),
            Self::Mistral => mistral::split(text),
            Self::Phi => phi::split(text),
            Self::Gemma => vec![Piece::Text(text)],
        };
        let pythonic = matches!(self, Self::Gemma | Self::Llama3);
        let pieces = refine(own, |text| pythonic::split(text, tools, pythonic));
        let pieces = refine(pieces, tags::split_foreign);
        let pieces = refine(pieces, |text| plain::split(text, tools));
        let mut said = Vec::new();
        let mut calls = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => said.push(text.trim()),
                Piece::Call(call) => calls.push(call),
            }
        }
        if calls.is_empty() {
            return (text.to_string(), calls);
        }
        said.retain(|text| !text.is_empty());
        (said.join("\n"), calls)
    }

    /// Takes the calls out of a response's text.
    pub fn take_calls(self, response: &mut Response, tools: &[Tool]) {
        let (text, calls) = self.parse(&response.text, tools);
        response.text = text;
        if !calls.is_empty() {
            response.finish_reason = Some(FinishReason::ToolCalls);
            response.tool_calls.extend(calls);
        }
    }
}

/// Puts the functions in words into the system turn; without any, nothing.
pub fn offer_in_words(messages: &mut Vec<Message>, tools: &[Tool]) {
    if tools.is_empty() {
        return;
    }
    let tools = tools_as_text(tools);
    match messages.iter_mut().find(|m| m.role == Role::System) {
        Some(system) => system.content = format!("{}\n\n{tools}", system.content),
        None => messages.insert(0, Message { role: Role::System, content: tools }),
    }
}

/// The functions in words, for the system turn of a model whose chat template takes none.
pub fn tools_as_text(tools: &[Tool]) -> String {
    let functions: Vec<String> = tools.iter().map(|tool| Style::new(None).dumps(&tool.0["function"])).collect();
    format!(
        "You can call these functions, each given as JSON with its parameters as a JSON Schema:\n{}\n\
         To call a function, answer with one JSON object a line and nothing else:\n\
         {{\"name\": \"<function name>\", \"arguments\": {{<its arguments>}}}}\n\
         Where no function is right, answer in plain words and without JSON.",
        functions.join("\n")
    )
}

/// A stretch of a model's output.
#[derive(Debug, Clone, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Call(ToolCall),
}

fn refine<'a>(pieces: Vec<Piece<'a>>, split: impl Fn(&'a str) -> Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    pieces
        .into_iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => split(text),
            call => vec![call],
        })
        .collect()
}

#[cfg(test)]
mod tests;
