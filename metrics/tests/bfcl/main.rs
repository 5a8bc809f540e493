//! Verdicts on calls against those of the official checker of the Berkeley function-calling leaderboard, on its cases and
//! on what mutations make of them.
//!
//! The cases are not part of the repository: where they are missing the test says so. EVAL_DATA names the folder that
//! holds `bfcl_v4/single_turn_cases.jsonl`. How the verdicts were made: `../oracles/bfcl/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cases;
mod literals;
mod mutations;

use cases::Row;
use eval_core::{ArgumentRule, Response, Score, ToolCall};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf};

fn rows() -> Option<Vec<Row>> {
    let folder = std::env::var_os("EVAL_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into(), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join("bfcl_v4/single_turn_cases.jsonl")) else {
        eprintln!("skipped: no bfcl_v4/single_turn_cases.jsonl in the folder that EVAL_DATA names");
        return None;
    };
    Some(text.lines().map(|line| Row(serde_json::from_str(line).unwrap())).collect())
}

/// For every case what models could have called, by mutation; `null` where a mutation has nothing to change.
fn mutated(rows: &[Row]) -> Vec<Vec<Option<Value>>> {
    rows.iter().map(mutations::of).collect()
}

/// Which of the calls of a case are right.
fn verdicts(row: &Row, calls: &[Option<Value>], rule: ArgumentRule) -> String {
    let (task, case) = row.task(rule);
    let scorer = eval_metrics::compile(&task).unwrap_or_else(|error| panic!("{}: {error}", case.id));
    let verdict = |calls: &Option<Value>| {
        let Some(calls) = calls else { return '-' };
        let tool_calls: Vec<ToolCall> = serde_json::from_value(calls.clone()).unwrap();
        let text = if tool_calls.is_empty() { "No function is right here.".into() } else { String::new() };
        let grade = scorer.grader.grade(&case, &Response { text, tool_calls, ..Response::default() });
        if grade.correct == Score::Correct { '1' } else { '0' }
    };
    calls.iter().map(verdict).collect()
}

#[test]
fn verdicts_equal_those_of_the_official_checker() {
    let Some(rows) = rows() else { return };
    let calls = mutated(&rows);
    let lines: Vec<String> =
        rows.iter().zip(&calls).map(|(row, calls)| json!({"id": row.id(), "calls": calls}).to_string()).collect();
    let digest = eval_core::hash_json(&Value::from(lines.join("\n")));
    if let Some(path) = std::env::var_os("EVAL_BFCL_CALLS") {
        std::fs::write(path, format!("{digest}\n{}\n", lines.join("\n"))).unwrap();
        return;
    }
    let official = include_str!("../oracles/bfcl/verdicts.txt");
    let (head, official) = official.split_once("\n\n").unwrap();
    let official: Vec<&str> = official.lines().collect();
    assert!(head.contains(&digest), "the mutations have changed: ask the official checker again ({digest})");
    assert_eq!(official.len(), rows.len());

    let mut agreed: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut differing = Vec::new();
    let (mut without_verdict, mut exact) = (0, 0);
    for ((row, calls), official) in rows.iter().zip(&calls).zip(&official) {
        let ours = verdicts(row, calls, ArgumentRule::Bfcl);
        assert_eq!(ours.len(), official.len(), "{}", row.id());
        let strict = verdicts(row, calls, ArgumentRule::Exact);
        exact += strict.chars().zip(official.chars()).filter(|(a, b)| a == b && *a != '-').count();
        for (place, (ours, theirs)) in ours.chars().zip(official.chars()).enumerate() {
            let mutation = mutations::name(row, place);
            match (ours, theirs) {
                ('-', '-') => {}
                // The official checker itself fails on it.
                (_, 'x') => without_verdict += 1,
                _ => agreed.entry(mutation).or_default()[usize::from(ours == theirs)] += 1,
            }
            if theirs != 'x' && ours != theirs {
                differing.push(format!("{} {mutation}: {ours}, theirs {theirs}", row.id()));
            }
        }
    }
    let (same, all) = agreed.values().fold((0, 0), |(same, all), [no, yes]| (same + yes, all + no + yes));
    println!("{same} of {all} verdicts agree; {without_verdict} without an official one; of `exact` {exact} agree");
    agreed.iter().for_each(|(mutation, [no, yes])| println!("  {mutation}: {yes} of {}", no + yes));
    differing.iter().for_each(|line| println!("  {line}"));
    assert!(rows.len() == 3641 && all > 9 * rows.len());
    assert_eq!(differing, EXPLAINED, "{differing:#?}");
}

/// Where the verdicts differ, and docs/metrics.md says why.
const EXPLAINED: [&str; 4] = [
    "parallel_178 calls reversed: 1, theirs 0",
    "simple_java_64 expected: 1, theirs 0",
    "simple_java_64 other accepted values: 1, theirs 0",
    "simple_java_64 without optional arguments: 1, theirs 0",
];
