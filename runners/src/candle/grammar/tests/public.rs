//! Public schemas: those of the fixtures, and where they are at hand the functions of BFCL, which are not part of the
//! repository. EVAL_DATA names the folder that holds those, by default `shared/data` beside the repository.
//!
//! `public-schemas/schemas.jsonl` has one object a line: `name`, `schema`, and instances that its source calls `valid`
//! and `invalid`. `bfcl_v4/single_turn_cases.jsonl` has functions in `tools`.

use super::{
    answers::{Counts, validator},
    *,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};

fn lines(file: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("EVAL_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into(), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        eprintln!("skipped: no {file} in the folder that EVAL_DATA names");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn public_schemas_are_refused_in_words_or_followed() {
    let text = include_str!("../../../../tests/fixtures/public-schemas/schemas.jsonl");
    let entries: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let grammars = grammars(Err("none".into()));
    let mut counts = Counts::default();
    for entry in &entries {
        let (name, schema) = (entry["name"].as_str().unwrap(), &entry["schema"]);
        counts.add(&grammars, name, schema);
        let invalid = entry["invalid"].as_array().map_or(&[][..], Vec::as_slice);
        let validator = validator(schema);
        // The validator leaves some optional checks out.
        let invalid: Vec<Value> = invalid.iter().filter(|value| !validator.is_valid(value)).cloned().collect();
        counts.reject(&grammars, name, schema, &invalid);
    }
    println!("{} schemas: {counts:#?}", entries.len());
    assert!(entries.len() >= 250, "{}", entries.len());
    assert!(counts.followed * 2 > entries.len() && counts.completed > counts.followed * 5, "{counts:#?}");
}

/// The types of other languages, in JSON Schema's words.
fn in_words_of_json(schema: &mut Value) {
    match schema {
        Value::Array(listed) => listed.iter_mut().for_each(in_words_of_json),
        Value::Object(named) => {
            named.values_mut().for_each(in_words_of_json);
            let types = named.get("type").and_then(Value::as_str).map(|name| match name {
                "dict" | "HashMap" => json!("object"),
                "float" | "double" => json!("number"),
                "long" => json!("integer"),
                "tuple" | "Array" | "ArrayList" => json!("array"),
                "String" | "char" => json!("string"),
                "Boolean" => json!("boolean"),
                "any" | "" => json!(["string", "number", "boolean", "null"]),
                name => json!(name),
            });
            named.extend(types.map(|types| ("type".to_string(), types)));
        }
        _ => (),
    }
}

#[test]
fn public_functions_are_called_by_their_schemas() {
    let Some(cases) = lines("bfcl_v4/single_turn_cases.jsonl") else { return };
    let parameters = cases.iter().filter_map(|case| case["tools"].as_array()).flatten().map(|tool| {
        let mut schema = tool["parameters"].clone();
        in_words_of_json(&mut schema);
        schema.to_string()
    });
    // Every eleventh of those that differ.
    let parameters: BTreeSet<String> = parameters.collect();
    let grammars = grammars(Err("none".into()));
    let mut counts = Counts::default();
    for schema in parameters.iter().step_by(11) {
        counts.add(&grammars, schema, &serde_json::from_str(schema).unwrap());
    }
    println!("{counts:#?}");
    assert!(counts.followed > 250 && counts.completed > counts.followed * 7, "{counts:#?}");
}
