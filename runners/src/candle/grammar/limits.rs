//! Numbers that every reader takes for what was written.

use serde_json::{Map, Value, json};

/// Numbers without limits of their own lie within this: others are no use, and a model can get lost in digits.
const LARGEST: f64 = 1e15;
/// The same for multiples of a fraction, whose digits after the point count as well.
const LARGEST_FRACTION: f64 = 1e9;
/// Whole numbers up to here are exact in 64 bits of floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Digits after the point, and in all, where a limit is excluded: more could be read as the limit itself.
const DECIMALS: i32 = 9;
const DIGITS: i32 = 15;

const LOWER: [&str; 2] = ["minimum", "exclusiveMinimum"];
const UPPER: [&str; 2] = ["maximum", "exclusiveMaximum"];

/// Whether floating point may not tell a whole number from its neighbours.
pub fn is_inexact(value: &Value) -> bool {
    let size = value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
    size.is_some_and(|size| size > EXACT as u64)
}

/// Limits the numbers of a schema that speaks of them.
pub fn limit_numbers(schema: &mut Map<String, Value>) {
    if !(may_be("number", schema) || may_be("integer", schema))
        || schema.contains_key("const")
        || schema.contains_key("enum")
    {
        return;
    }
    let fraction = |multiple: &Value| multiple.as_f64().is_some_and(|multiple| multiple.fract() != 0.0);
    let largest = if schema.get("multipleOf").is_some_and(fraction) { LARGEST_FRACTION } else { LARGEST };
    exclude_exactly(schema);
    for (key, side) in LOWER.map(|key| (key, -1.0)).into_iter().chain(UPPER.map(|key| (key, 1.0))) {
        if schema.get(key).and_then(Value::as_f64).is_some_and(|limit| limit * side >= EXACT) {
            schema.insert(key.into(), json!(EXACT * side));
        }
    }
    let limit = |keys: [&str; 2]| keys.iter().find_map(|key| schema.get(*key)?.as_f64());
    let (least, most) = (limit(LOWER), limit(UPPER));
    if least.is_none() && most.is_none_or(|most| most > -largest) {
        schema.insert("minimum".into(), json!(-largest));
    }
    if most.is_none() && least.is_none_or(|least| least < largest) {
        schema.insert("maximum".into(), json!(largest));
    }
}

/// Keeps `-0` out of whole numbers: readers take it for a number with a point, which in draft 4 is not whole.
pub fn exclude_minus_zero(schema: &mut Map<String, Value>) {
    if !may_be("integer", schema) || may_be("number", schema) || schema.contains_key("enum") {
        return;
    }
    let sides = json!({"anyOf": [{"maximum": -1}, {"minimum": 0}]});
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(sides),
        _ => drop(schema.insert("allOf".into(), json!([sides]))),
    }
}

/// Whether a schema allows a type. One without types that speaks of numbers does.
fn may_be(wanted: &str, schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|name| name == wanted),
        Some(name) => name == wanted,
        None => LOWER.iter().chain(&UPPER).chain(&["multipleOf"]).any(|word| schema.contains_key(*word)),
    }
}

/// Limits the digits of numbers beside a limit that is excluded: 4.99999999999999999 is 5 to a reader.
fn exclude_exactly(schema: &mut Map<String, Value>) {
    let excludes = |key: &str| schema.get(key).is_some_and(|limit| limit.is_number() || *limit == Value::Bool(true));
    let excluded = excludes("exclusiveMinimum") || excludes("exclusiveMaximum");
    if !excluded || !may_be("number", schema) || schema.contains_key("multipleOf") {
        return;
    }
    let limits = LOWER.iter().chain(&UPPER).filter_map(|key| schema.get(*key)?.as_f64());
    let largest = limits.map(f64::abs).fold(1.0, f64::max);
    let decimals = (DIGITS - 1 - largest.log10().floor() as i32).clamp(0, DECIMALS);
    schema.insert("multipleOf".into(), json!(10_f64.powi(-decimals)));
}
