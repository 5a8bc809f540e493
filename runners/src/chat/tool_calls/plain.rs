//! Calls as JSON without markers, alone, in a fence, or among prose.

use super::{Piece, json};
use eval_core::{Tool, ToolCall};
use serde_json::Value;

/// Takes out every object that has the form of a call, and every stretch that begins like one and cannot be read.
pub(super) fn split<'a>(text: &'a str, tools: &[Tool]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(offset) = text[at..].find(['{', '[']) {
        let start = at + offset;
        match look(&text[start..], tools) {
            Look::Text(length) => at = start + length,
            Look::Calls(calls, length) => {
                let (before, after) = unfence(&text[from..start], &text[start + length..]);
                pieces.push(Piece::Text(before));
                pieces.extend(calls.into_iter().map(Piece::Call));
                at = text.len() - after.len();
                from = at;
            }
        }
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces
}

/// What stands at a bracket, and how many bytes of it.
enum Look {
    Text(usize),
    Calls(Vec<ToolCall>, usize),
}

fn look(text: &str, tools: &[Tool]) -> Look {
    match json::leading(text) {
        Some((value, length)) if json::is_call(&value, tools) => run(&value, text, length, tools),
        Some((value, length)) if json::holds_call(&value, tools) => {
            Look::Calls(vec![json::unreadable(&text[..length])], length)
        }
        Some((_, length)) => Look::Text(length),
        None if begins_like_a_call(text, tools) => Look::Calls(vec![json::unreadable(text)], text.len()),
        None => Look::Text(1),
    }
}

/// A call and those that follow it with no more than `;`, `,` or blanks between.
fn run(first: &Value, text: &str, first_length: usize, tools: &[Tool]) -> Look {
    let mut calls = json::calls_of(first);
    let mut length = first_length;
    loop {
        let next = json::after_separators(&text[length..]);
        match json::leading(next) {
            Some((value, more)) if json::is_call(&value, tools) => {
                calls.extend(json::calls_of(&value));
                length = text.len() - next.len() + more;
            }
            _ => return Look::Calls(calls, length),
        }
    }
}

/// For text that begins with a bracket and is not JSON: cut, wrong quotes, a missing comma.
fn begins_like_a_call(text: &str, tools: &[Tool]) -> bool {
    let inner = text.trim_start_matches(|c: char| c.is_whitespace() || c == '[');
    let Some(key) = inner.strip_prefix('{').map(str::trim_start) else { return false };
    let Some(quote) = key.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
    let key = key[1..].split(quote).next().unwrap_or_default();
    matches!(key, "name" | "function" | "arguments" | "parameters")
        || json::readable_name(inner).is_some_and(|name| json::offered(name, tools))
}

/// The text on both sides of a stretch, without a code fence that held just this stretch.
pub(super) fn unfence<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let head = before.trim_end().trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let tail = after.trim_start();
    match head.strip_suffix("```") {
        Some(head) if tail.is_empty() => (head, tail),
        Some(head) => tail.strip_prefix("```").map_or((before, after), |tail| (head, tail)),
        None => (before, after),
    }
}
