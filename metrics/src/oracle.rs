//! How alike texts are as published implementations see it: `metrics/tests/oracles/similarity`.

use serde_json::Value;

/// Pairs of `answer` and `text`, with `levenshtein` and `rouge_l`.
pub(crate) fn pairs() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../tests/oracles/similarity/similarity.json")).unwrap();
    let pairs = file["pairs"].as_array().unwrap().clone();
    assert!(pairs.len() >= 200, "{}", pairs.len());
    pairs
}
