//! What a case says of itself beside its content: whether it is held out, and what a person found who looked at it.

use super::{Checked, Flaw, flaw, unknown_keys};
use eval_core::ReviewVerdict;
use serde_json::{Map, Value};

const KEYS: &[&str] = &["by", "on", "verdict", "was"];

/// Whether reports show the case in totals alone.
pub(super) fn held_out(object: &Map<String, Value>) -> Checked<bool> {
    match object.get("held_out") {
        None => Ok(false),
        Some(Value::Bool(held_out)) => Ok(*held_out),
        Some(_) => flaw("/held_out", "`held_out` is neither true nor false", "`eval split SUITE` writes it"),
    }
}

/// What a person found.
pub(super) fn reviewed(object: &Map<String, Value>) -> Checked<Option<ReviewVerdict>> {
    let Some(value) = object.get("reviewed") else { return Ok(None) };
    let Value::Object(review) = value else {
        let help = "write {\"by\": \"…\", \"on\": \"YYYY-MM-DD\", \"verdict\": \"right\"}";
        return flaw("/reviewed", "`reviewed` is not an object", help);
    };
    let mut flaws = unknown_keys(review, KEYS, "/reviewed");
    let text = |key: &str| review.get(key).and_then(Value::as_str);
    if text("by").is_none_or(|by| by.trim().is_empty()) {
        flaws.push(Flaw::new("/reviewed/by", "`by` does not say who looked at the case", "write a name"));
    }
    if !text("on").is_some_and(is_day) {
        flaws.push(Flaw::new("/reviewed/on", "`on` is not a day", "write it as \"2026-11-21\""));
    }
    let verdict = text("verdict").and_then(|word| serde_json::from_value(Value::from(word)).ok());
    let changed = verdict == Some(ReviewVerdict::Changed);
    match verdict {
        None => flaws.push(Flaw::new(
            "/reviewed/verdict",
            "`verdict` is not one of right, changed, unsure",
            "write what the person found of `expected`",
        )),
        Some(_) if changed != review.contains_key("was") => flaws.push(Flaw::new(
            "/reviewed",
            "`was` holds what a changed `expected` was before, and nothing else does",
            "write \"was\" where the verdict is \"changed\", and only there",
        )),
        Some(_) => {}
    }
    if flaws.is_empty() { Ok(verdict) } else { Err(flaws) }
}

/// `YYYY-MM-DD`, of a month and a day that there may be.
fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u8>().ok());
    shape
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day))
}
