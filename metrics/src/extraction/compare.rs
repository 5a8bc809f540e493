//! Whether a field's value is the expected one.

use super::{date, number};
use crate::{json::same_number, text::fold};
use eval_core::{Compare, FieldRule};
use serde_json::Value;

/// Compares two leaves by a rule; `expected` is not null.
///
/// - exact: the same JSON value, numbers by value (`1` is `1.0`)
/// - text: strings after Unicode NFKC, lower case and collapsing blanks
/// - number: numbers or strings that read as one, at most `tolerance` apart
/// - date: strings that read as the same day
pub(super) fn equal(rule: &FieldRule, expected: &Value, got: &Value) -> bool {
    match (rule.compare, expected, got) {
        (Compare::Text, Value::String(a), Value::String(b)) => fold(a) == fold(b),
        (Compare::Exact | Compare::Text, a, b) => same(a, b),
        (Compare::Number, a, b) => match (as_number(a), as_number(b)) {
            (Some(a), Some(b)) => near(a, b, rule.tolerance.unwrap_or(0.0)),
            _ => false,
        },
        (Compare::Date, Value::String(a), Value::String(b)) => match (date::read(a), date::read(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        (Compare::Date, _, _) => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        _ => a == b,
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => number::read(text),
        _ => None,
    }
}

/// With room for what decimal fractions lose in binary: 12.51 is 0.01 from 12.50.
fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance + 1e-12 * a.abs().max(b.abs()).max(1.0)
}
