//! Whether the arguments of a call are the expected ones.
//!
//! An expected value is a literal or `{"any_of": […]}`, with `"optional": true` also nothing, at any depth. Numbers are
//! equal by value; strings after Unicode NFC, outer blanks aside; case matters. An argument that is left out stands for
//! the `default` of the function's schema, and one that is given with that default is not extra.

use super::literal::Literal;
use crate::{json::same_number, text::show};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

/// The first difference in a few words, `None` where the arguments are right. `schema` describes the arguments.
pub(super) fn difference(expected: &Map<String, Value>, given: &Map<String, Value>, schema: &Value) -> Option<String> {
    let default = |key: &str| schema["properties"][key].get("default");
    for (key, wanted) in expected {
        let part = &schema["properties"][key];
        let right = match given.get(key).or_else(|| default(key)) {
            Some(value) => accepts(wanted, value, part),
            None => is_optional(wanted),
        };
        if !right {
            let got = given.get(key).map_or("nothing".into(), show);
            return Some(format!("{key}: expected {}, got {got}", wanted_in_words(wanted)));
        }
    }
    let extra = given.iter().find(|(key, value)| {
        !expected.contains_key(*key) && !default(key).is_some_and(|default| equal(default, value))
    });
    extra.map(|(key, value)| format!("{key}: expected nothing, got {}", show(value)))
}

/// Whether a value is one that is expected.
pub(super) fn accepts(wanted: &Value, value: &Value, schema: &Value) -> bool {
    match (Literal::of(schema), value) {
        (Ok(Some(literal)), Value::String(text)) => accepts_value(wanted, &literal.read(text), &Value::Null),
        (Ok(Some(_)), _) => false,
        _ => accepts_value(wanted, value, schema),
    }
}

fn accepts_value(wanted: &Value, value: &Value, schema: &Value) -> bool {
    if let Some(choices) = choices(wanted) {
        return choices.iter().any(|choice| accepts_value(choice, value, schema));
    }
    match (wanted, value) {
        (Value::Object(wanted), Value::Object(value)) => difference(wanted, value, schema).is_none(),
        (Value::Array(wanted), Value::Array(items)) => accepts_items(wanted, items, &schema["items"]),
        (Value::Number(_), Value::Number(given)) if given.is_f64() && schema["type"] == "integer" => false,
        _ => equal(wanted, value),
    }
}

/// In order; an optional item may be missing. `reached[i]`: the items before `i` can be the wanted ones so far.
fn accepts_items(wanted: &[Value], items: &[Value], schema: &Value) -> bool {
    let mut reached = vec![false; items.len() + 1];
    reached[0] = true;
    for one in wanted {
        let optional = is_optional(one);
        let mut next: Vec<bool> = reached.iter().map(|before| *before && optional).collect();
        for (i, item) in items.iter().enumerate() {
            next[i + 1] |= reached[i] && accepts(one, item, schema);
        }
        reached = next;
    }
    reached[items.len()]
}

/// The values that are allowed, where there is a choice of them.
pub(super) fn choices(wanted: &Value) -> Option<&Vec<Value>> {
    let map = wanted.as_object()?;
    let only_these = map.keys().all(|key| key == "any_of" || key == "optional");
    map.get("any_of").filter(|_| only_these)?.as_array()
}

/// Whether there may be no value at all.
pub(super) fn is_optional(wanted: &Value) -> bool {
    choices(wanted).is_some() && wanted["optional"] == true
}

/// Equal by value; text after Unicode NFC, outer blanks aside.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::String(a), Value::String(b)) => a.trim().nfc().eq(b.trim().nfc()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

fn wanted_in_words(wanted: &Value) -> String {
    match choices(wanted) {
        Some(choices) => choices.iter().map(show).collect::<Vec<_>>().join(" or "),
        None => show(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differs(expected: Value, given: Value) -> Option<String> {
        let schema = json!({"type": "object", "properties": {
            "quantity": {"type": "integer", "default": 1},
            "address": {"type": "object", "properties": {"country": {"type": "string", "default": "DE"}}},
        }});
        difference(expected.as_object().unwrap(), given.as_object().unwrap(), &schema)
    }

    #[test]
    fn arguments_that_are_right() {
        for (expected, given) in [
            (json!({}), json!({})),
            (json!({"amount": 45}), json!({"amount": 45.0})),
            (json!({"city": "Köln"}), json!({"city": " Ko\u{308}ln\n"})),
            (json!({"item": {"any_of": ["tent", "Nordlys tent"]}}), json!({"item": "Nordlys tent"})),
            (json!({"note": {"any_of": ["x"], "optional": true}}), json!({})),
            (json!({"note": {"any_of": ["x"], "optional": true}}), json!({"note": "x"})),
            (json!({}), json!({"quantity": 1})),
            (json!({"quantity": 1}), json!({})),
            (json!({"address": {"city": {"any_of": ["Bonn"]}}}), json!({"address": {"city": "Bonn", "country": "DE"}})),
            (json!({"ids": ["a", {"any_of": ["b"], "optional": true}, "c"]}), json!({"ids": ["a", "c"]})),
            (json!({"ids": ["a", {"any_of": ["b"], "optional": true}, "c"]}), json!({"ids": ["a", "b", "c"]})),
            (
                json!({"range": {"any_of": [{"from": 1, "to": {"any_of": [2, 3]}}]}}),
                json!({"range": {"to": 3.0, "from": 1}}),
            ),
            (json!({"when": null}), json!({"when": null})),
            (json!({"filter": {"any_of": ["x"], "deep": true}}), json!({"filter": {"deep": true, "any_of": ["x"]}})),
        ] {
            assert_eq!(differs(expected.clone(), given.clone()), None, "{expected} {given}");
        }
    }

    #[test]
    fn arguments_that_are_wrong() {
        for (expected, given, words) in [
            (json!({"amount": 45}), json!({"amount": "45"}), "amount: expected 45, got `45`"),
            (json!({"amount": 45}), json!({}), "amount: expected 45, got nothing"),
            (json!({}), json!({"amount": null}), "amount: expected nothing, got null"),
            (json!({}), json!({"quantity": 2}), "quantity: expected nothing, got 2"),
            (json!({"quantity": 2}), json!({}), "quantity: expected 2, got nothing"),
            (json!({"quantity": 2}), json!({"quantity": 2.0}), "quantity: expected 2, got 2.0"),
            (json!({"city": "Bonn"}), json!({"city": "bonn"}), "city: expected `Bonn`, got `bonn`"),
            (json!({"item": {"any_of": ["a", "b"]}}), json!({"item": "c"}), "item: expected `a` or `b`, got `c`"),
            (json!({"item": {"any_of": ["a"]}}), json!({}), "item: expected `a`, got nothing"),
            (json!({"note": {"any_of": ["x"], "optional": true}}), json!({"note": "y"}), "note: expected `x`, got `y`"),
            (json!({"ids": ["a", "b"]}), json!({"ids": ["b", "a"]}), "ids: expected [\"a\",\"b\"], got [\"b\",\"a\"]"),
            (json!({"ids": ["a"]}), json!({"ids": ["a", "b"]}), "ids: expected [\"a\"], got [\"a\",\"b\"]"),
            (
                json!({"address": {"city": "Bonn"}}),
                json!({"address": {"city": "Bonn", "country": "AT"}}),
                "address: expected {\"city\":\"Bonn\"}, got {\"city\":\"Bonn\",\"country\":\"AT\"}",
            ),
        ] {
            assert_eq!(differs(expected, given).as_deref(), Some(words));
        }
    }
}
