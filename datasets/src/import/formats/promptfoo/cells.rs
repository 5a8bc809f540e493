//! Tests of a table: columns are variables, those that begin with `__` are not.

use super::{
    assertions::KNOWN,
    tests::{Assertion, Test},
};
use crate::import::Place;
use serde_json::{Map, Value, json};

const EXPECTED: &str = "__expected";

/// The test of a row.
pub(super) fn test(columns: Map<String, Value>, place: Place) -> Test {
    let mut test = Test { place: place.clone(), ..Test::default() };
    let mut thresholds = Vec::new();
    for (name, value) in columns {
        let text = super::values::text(&value);
        let name = name.trim();
        let Some(special) = name.strip_prefix("__") else {
            test.vars.insert(name.into(), value);
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        match special.split_once(':') {
            Some(("metadata", key)) => {
                let values = || Value::from(text.split(',').map(str::trim).collect::<Vec<_>>());
                let value = if key.ends_with("[]") { values() } else { text.as_str().into() };
                test.metadata.insert(key.trim_end_matches("[]").into(), value);
            }
            Some(("config", rest)) => {
                if let (Some(of), Ok(number)) = (rest.strip_suffix(":threshold"), text.trim().parse::<f64>()) {
                    thresholds.push((of.to_string(), number));
                }
            }
            _ if name.starts_with(EXPECTED) => {
                let place = Place { at: Some(name.into()), ..place.clone() };
                test.asserts.push(Assertion { value: assertion(text.trim()), place, of_all: false });
            }
            _ if special == "prefix" || special == "suffix" => {
                test.options.insert(special.into(), text.into());
            }
            _ if special == "threshold" => test.threshold = text.trim().parse().ok(),
            // `__description`, `__metric`: words for people.
            _ => {}
        }
    }
    for (of, threshold) in thresholds {
        let named =
            test.asserts.iter_mut().filter(|assertion| of == EXPECTED || assertion.place.at.as_deref() == Some(&of));
        named.for_each(|assertion| assertion.value["threshold"] = json!(threshold));
    }
    test
}

/// `contains-any: a, b`, `similar(0.8): …`, or the text itself.
fn assertion(cell: &str) -> Value {
    for program in ["javascript:", "fn:", "eval:", "file://"] {
        if cell.starts_with(program) {
            return json!({"type": "javascript", "value": cell});
        }
    }
    let cell = cell.strip_prefix("grade:").map_or(cell.to_string(), |rubric| format!("llm-rubric:{rubric}"));
    let name = cell.split([':', '(']).next().unwrap_or_default();
    let plain = name.strip_prefix("not-").unwrap_or(name);
    if !KNOWN.contains(&plain) {
        return json!({"type": "equals", "value": cell});
    }
    let mut rest = &cell[name.len()..];
    let mut out = json!({"type": name});
    if let Some((number, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'))
        && let Ok(threshold) = number.trim().parse::<f64>()
    {
        out["threshold"] = json!(threshold);
        rest = after;
    }
    let value = rest.trim_start_matches(':').trim();
    if !value.is_empty() {
        let json = plain.ends_with("json").then(|| serde_json::from_str(value).ok()).flatten();
        out["value"] = json.unwrap_or_else(|| value.into());
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn cells_are_read_as_promptfoo_does() {
        for (cell, read) in [
            ("Paris", json!({"type": "equals", "value": "Paris"})),
            ("note: it is late", json!({"type": "equals", "value": "note: it is late"})),
            ("contains-any: a, b", json!({"type": "contains-any", "value": "a, b"})),
            ("not-icontains:x:y", json!({"type": "not-icontains", "value": "x:y"})),
            ("similar(0.8):hello", json!({"type": "similar", "threshold": 0.8, "value": "hello"})),
            ("is-json", json!({"type": "is-json"})),
            ("is-json: {\"type\": \"object\"}", json!({"type": "is-json", "value": {"type": "object"}})),
            ("grade:is kind", json!({"type": "llm-rubric", "value": "is kind"})),
            ("javascript: output.length < 9", json!({"type": "javascript", "value": "javascript: output.length < 9"})),
        ] {
            assert_eq!(assertion(cell), read, "{cell}");
        }
    }
}
