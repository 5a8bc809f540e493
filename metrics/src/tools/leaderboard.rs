//! Arguments compared as the checker of the Berkeley function-calling leaderboard compares them.
//!
//! Text without case, blanks and `,./-_*^`, and with either kind of quotes; types as the function's schema has them,
//! where a whole number may stand for a fraction and never the reverse. An argument that may be left out may be empty
//! text as well. The checker's limits are kept: text is compared so loosely in
//! an argument, in the items of a list and in the members of an object, and exactly in anything deeper.

use super::{
    arguments::{choices, is_optional},
    literal::{Kind, Literal},
};
use crate::{json::same_number, text::show};
use serde_json::{Map, Value};

/// The first difference in a few words, `None` where the arguments are right. `schema` describes the arguments.
pub(super) fn difference(expected: &Map<String, Value>, given: &Map<String, Value>, schema: &Value) -> Option<String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !given.contains_key(*name)) {
        return Some(format!("{missing}: required, got nothing"));
    }
    for (key, value) in given {
        let parameter = schema["properties"].get(key);
        let (Some(wanted), Some(parameter)) = (expected.get(key), parameter) else {
            return Some(format!("{key}: expected nothing, got {}", show(value)));
        };
        let (accepted, _) = accepted(wanted);
        if let Err(why) = check(value, &accepted, parameter) {
            return Some(format!("{key}: {why}"));
        }
    }
    let missing = expected.iter().find(|(key, wanted)| !given.contains_key(*key) && !accepted(wanted).1);
    missing.map(|(key, _)| format!("{key}: got nothing"))
}

/// The leaderboard's mark of an argument that may be left out: one of its accepted values.
static MARK: Value = Value::String(String::new());

/// The values that an argument may have, and whether it may be left out.
fn accepted(wanted: &Value) -> (Vec<&Value>, bool) {
    match choices(wanted) {
        Some(values) if is_optional(wanted) => (values.iter().chain([&MARK]).collect(), true),
        Some(values) => (values.iter().collect(), false),
        None => (vec![wanted], false),
    }
}

/// Whether a value is accepted for a parameter.
fn check(given: &Value, accepted: &[&Value], parameter: &Value) -> Result<(), String> {
    let literal = Literal::of(parameter).unwrap_or(None);
    let (kind, items) = match &literal {
        Some(literal) => (literal.kind(), literal.items()),
        None => (kind_of(parameter), items_of(parameter)),
    };
    let read = match (&literal, given) {
        (Some(literal), Value::String(text)) => Some(literal.read(text)),
        (Some(_), _) => return Err(format!("a literal is a text, got {}", show(given))),
        (None, _) => None,
    };
    let value = read.as_ref().unwrap_or(given);
    // A variable's name may stand for a value of any type: then the accepted values tell the type.
    let told = accepted.iter().map(|value| (Kind::of(value), *value)).find(|(_, value)| *value != "");
    let told = told.map(|(kind, _)| kind);
    let found = if kind == Kind::Fraction && Kind::of(value) == Kind::Whole { kind } else { Kind::of(value) };
    if found == kind {
        if let (Some(items), Value::Array(list)) = (items, value)
            && !accepted.iter().any(|accepted| items_may_be(list, accepted, items))
        {
            return Err(format!("a list of another type, got {}", show(value)));
        }
    } else if told != Some(found) {
        return Err(format!("expected {}, got {}", kind.name(), show(given)));
    }
    let by_value = found != kind || told.is_some_and(|told| told != kind);
    let right = match (kind, value) {
        _ if by_value => accepted.iter().any(|accepted| same(accepted, value)),
        (Kind::Object, Value::Object(object)) => accepted.iter().any(|accepted| is_object(accepted, object)),
        (Kind::List, Value::Array(list)) if items == Some(Kind::Object) => {
            accepted.iter().any(|accepted| is_list_of_objects(accepted, list))
        }
        (Kind::List, Value::Array(list)) => accepted.iter().any(|accepted| is_list(accepted, list)),
        (Kind::Text, Value::String(text)) => {
            accepted.iter().filter_map(|accepted| accepted.as_str()).any(|accepted| loose(accepted) == loose(text))
        }
        _ => accepted.iter().any(|accepted| same(accepted, value)),
    };
    let told = accepted.iter().filter(|value| !std::ptr::eq(**value, &MARK));
    let wanted = || told.map(|value| show(value)).collect::<Vec<_>>().join(" or ");
    if right { Ok(()) } else { Err(format!("expected {}, got {}", wanted(), show(given))) }
}

/// The type that a schema asks for; text where it asks for none, as the leaderboard has it.
fn kind_of(schema: &Value) -> Kind {
    match schema["type"].as_str() {
        Some("integer") => Kind::Whole,
        Some("number") => Kind::Fraction,
        Some("boolean") => Kind::Bool,
        Some("array") => Kind::List,
        Some("object") => Kind::Object,
        _ => Kind::Text,
    }
}

fn items_of(schema: &Value) -> Option<Kind> {
    schema.get("items").filter(|_| kind_of(schema) == Kind::List).map(kind_of)
}

/// Whether every item has the type that is asked for, or that of the first accepted item.
fn items_may_be(list: &[Value], accepted: &Value, asked: Kind) -> bool {
    let Some(accepted) = accepted.as_array() else { return true };
    let told = accepted.iter().find(|item| **item != "").map(Kind::of);
    list.iter().map(Kind::of).all(|kind| kind == asked || told == Some(kind))
}

/// An item of a list or a member of an object: text loosely, all else by value.
fn is_item(accepted: &Value, given: &Value) -> bool {
    match (accepted, given) {
        (Value::String(a), Value::String(b)) => loose(a) == loose(b),
        _ => same(accepted, given),
    }
}

fn is_list(accepted: &Value, given: &[Value]) -> bool {
    match accepted {
        Value::Array(items) => items.len() == given.len() && items.iter().zip(given).all(|(a, b)| is_item(a, b)),
        // The mark of an argument that may be left out is as good as an empty list.
        Value::String(mark) => mark.is_empty() && given.is_empty(),
        _ => false,
    }
}

fn is_list_of_objects(accepted: &Value, given: &[Value]) -> bool {
    let one = |(accepted, given): (&Value, &Value)| given.as_object().is_some_and(|given| is_object(accepted, given));
    match accepted {
        Value::Array(items) => items.len() == given.len() && items.iter().zip(given).all(one),
        Value::String(mark) => mark.is_empty() && given.is_empty(),
        _ => false,
    }
}

fn is_object(expected: &Value, given: &Map<String, Value>) -> bool {
    let Some(expected) = expected.as_object() else { return false };
    let right = |(key, value): (&String, &Value)| {
        expected.get(key).is_some_and(|wanted| accepted(wanted).0.into_iter().any(|accepted| is_item(accepted, value)))
    };
    given.iter().all(right) && expected.iter().all(|(key, wanted)| given.contains_key(key) || accepted(wanted).1)
}

/// Without case, blanks and `,./-_*^`; single quotes as double ones.
fn loose(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !" ,./-_*^".contains(*c)).collect();
    kept.to_lowercase().replace('\'', "\"")
}

/// Equal by value, where `true` is 1 and `false` is 0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Bool(truth), Value::Number(number)) | (Value::Number(number), Value::Bool(truth)) => {
            number.as_f64() == Some(f64::from(u8::from(*truth)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
