//! Schemas that would take forever, or all memory, to apply.

use crate::{compile, sample};
use eval_core::{Score, Task};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Grades an answer by a schema, or says why it does not compile.
fn graded(schema: Value, answer: &Value) -> Result<Score, String> {
    let task = Task { schema: Some(Arc::new(schema)), ..sample::extraction() };
    let scorer = compile(&task).map_err(|error| error.message)?;
    let case = sample::object_case("c", json!({"total": 1}));
    Ok(scorer.grader.grade(&case, &sample::says(&answer.to_string())).correct)
}

/// `levels` definitions, each of which refers to the next in this way.
fn levels(levels: usize, refer: impl Fn(Value) -> Value) -> Value {
    let next = |level: usize| json!({"$ref": format!("#/$defs/a{level}")});
    let mut definitions: Map<String, Value> =
        (0..levels).map(|level| (format!("a{level}"), refer(next(level + 1)))).collect();
    definitions.insert(format!("a{levels}"), json!({"type": "object"}));
    json!({"type": "object", "$ref": "#/$defs/a0", "$defs": definitions})
}

#[test]
fn a_schema_whose_references_multiply_is_refused() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let laughs = levels(60, |next| json!({keyword: [next, next, next]}));
        let why = graded(laughs, &json!({"total": 1})).unwrap_err();
        assert!(why.contains("multiply"), "{keyword}: {why}");
    }
    let below = levels(60, |next| json!({"allOf": [{"properties": {"total": next}}, {"properties": {"total": next}}]}));
    assert!(graded(below, &json!({"total": 1})).unwrap_err().contains("multiply"));
}

#[test]
fn a_schema_that_is_only_wide_or_recursive_is_not() {
    let right = Ok(Score::Correct);
    let tree = levels(60, |next| json!({"properties": {"left": next, "right": next}}));
    assert_eq!(graded(tree, &json!({"total": 1})), right);
    let recursive = json!({"type": "object", "$ref": "#/$defs/node", "$defs": {
        "node": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/inner"}]},
        "inner": {"allOf": [{"$ref": "#/$defs/left"}, {"properties": {"right": {"$ref": "#/$defs/node"}}}]},
        "left": {"properties": {"left": {"$ref": "#/$defs/node"}}},
    }});
    assert_eq!(graded(recursive, &json!({"total": 1})), right);
}

#[test]
fn a_schema_that_refers_to_itself_in_place_is_refused() {
    let circle = json!({"type": "object", "$ref": "#/$defs/a", "$defs": {
        "a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"},
    }});
    assert!(graded(circle, &json!({"total": 1})).unwrap_err().contains("itself"));
}

#[test]
fn a_chain_of_many_references_ends() {
    assert_eq!(graded(levels(100, |next| next), &json!({"total": 1})), Ok(Score::Correct));
    let _ = graded(levels(20_000, |next| next), &json!({"total": 1}));
}

#[test]
fn a_pattern_that_would_backtrack_takes_bounded_time() {
    let evil = format!("{}!", "a".repeat(1 << 20));
    for pattern in ["^(a+)+$", r"^(a+)+\1$", r"^(?=(a+)+$).*$"] {
        let schema = json!({"type": "object", "properties": {"total": {"pattern": pattern}}});
        assert_eq!(graded(schema, &json!({"total": evil})), Ok(Score::Incorrect), "{pattern}");
    }
}
