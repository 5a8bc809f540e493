//! Schemas made at random from the keywords, those that are followed and a few that are not.

use super::{
    answers::{Counts, Random},
    *,
};
use serde_json::{Map, Value};

const SCHEMAS: u64 = 300;

/// One keyword and its value, which says something of values of a type; or an annotation.
fn keyword(of: &str, random: &mut Random, depth: usize) -> (&'static str, Value) {
    let small = random.below(4);
    let limit = [-20.0, -1.5, 0.0, 0.25, 7.0, 1e17][random.below(6)];
    let choices: Vec<(&'static str, Value)> = match of {
        "integer" => vec![
            ("minimum", json!(limit)),
            ("maximum", json!(limit + 40.0)),
            ("exclusiveMinimum", json!(limit)),
            ("multipleOf", json!(small + 1)),
            ("format", json!("int32")),
        ],
        "number" => vec![
            ("minimum", json!(limit)),
            ("maximum", json!(limit + 3.5)),
            ("exclusiveMinimum", json!(limit)),
            ("exclusiveMaximum", json!(limit + 0.5)),
            ("multipleOf", json!(0.05)),
        ],
        "string" => vec![
            ("minLength", json!(small)),
            ("maxLength", json!(small + 12)),
            ("pattern", json!(["^[a-f]+$", "[0-9]{2}", "^(x|yy)?z", "\\w-\\d", "^(?=a)"][random.below(5)])),
            ("format", json!(["date", "date-time", "time", "email", "hostname", "uuid", "ipv4"][random.below(7)])),
            ("format", json!(["duration", "ipv6", "uri", "password", "regex"][random.below(5)])),
        ],
        "array" => vec![
            ("items", schema(random, depth)),
            ("minItems", json!(small)),
            ("maxItems", json!(small + 1)),
            ("prefixItems", json!([schema(random, depth), schema(random, depth)])),
            ("uniqueItems", json!(small > 0)),
        ],
        "object" => vec![
            ("required", json!(["a"])),
            ("additionalProperties", if small > 1 { json!(false) } else { schema(random, depth) }),
            ("patternProperties", json!({"^x[0-9]$": schema(random, depth)})),
            ("minProperties", json!(small)),
            ("maxProperties", json!(small + 1)),
        ],
        _ => vec![("description", json!("any")), ("default", json!(1))],
    };
    choices.into_iter().nth(random.below(5)).unwrap_or(("title", json!("t")))
}

/// Two schemas of three are plain; the others join some.
fn schema(random: &mut Random, depth: usize) -> Value {
    if depth == 0 {
        return [json!({}), json!(true), json!({"type": "boolean"}), json!({"const": "c"})][random.below(4)].clone();
    }
    let (joined, fixed) = (random.below(9), random.below(10));
    if joined < 3 {
        let key = ["anyOf", "oneOf", "allOf"][joined];
        return json!({key: [schema(random, depth - 1), schema(random, depth - 1)]});
    }
    if fixed == 0 {
        return json!({"enum": [null, -2, 1.5, "a \"b\"\n", [true], {"k": "é"}]});
    }
    let of = ["integer", "number", "string", "array", "object", "object", "null"][random.below(7)];
    let mut made = Map::new();
    match random.below(6) {
        0 => (),
        1 if of != "null" => drop(made.insert("type".into(), json!([of, "null"]))),
        _ => drop(made.insert("type".into(), json!(of))),
    }
    if of == "object" {
        let properties = json!({"a": schema(random, depth - 1), "b": schema(random, depth - 1)});
        made.insert("properties".into(), properties);
    }
    made.extend((0..random.below(4)).map(|_| keyword(of, random, depth - 1)).map(|(key, value)| (key.into(), value)));
    made.into()
}

#[test]
fn schemas_made_at_random_are_refused_in_words_or_followed() {
    let grammars = grammars(Err("none".into()));
    let mut counts = Counts::default();
    for seed in 0..SCHEMAS {
        let mut schema = schema(&mut Random(seed), 3);
        if seed % 4 == 0 && schema.is_object() {
            schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        }
        counts.add(&grammars, &format!("schema {seed}"), &schema);
    }
    insta::assert_debug_snapshot!(counts);
}
