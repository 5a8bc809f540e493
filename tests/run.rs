//! `eval run` on recorded answers: what it counts, writes and prints.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, row, shop, snapshot};
use serde_json::json;
use std::fs;

const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl";

fn counts(sandbox: &Sandbox, task: &str) -> [u64; 4] {
    let summary = sandbox.the_run().summary();
    ["cases", "correct", "broken", "runner_errors"].map(|key| row(&summary, task, "m")[key].as_u64().unwrap())
}

#[test]
fn every_answer_is_counted_as_what_it_is() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RUN);
    assert_eq!(counts(&sandbox, "triage"), [6, 3, 1, 0]);
    assert_eq!(counts(&sandbox, "fields"), [4, 2, 1, 0]);
    assert_eq!(counts(&sandbox, "answers"), [4, 2, 0, 0]);
    assert_eq!(counts(&sandbox, "actions"), [4, 2, 1, 0]);

    let records = sandbox.the_run().records();
    let mut behaviours: Vec<String> = records
        .iter()
        .map(|r| format!("{} {} {}", r["case"].as_str().unwrap(), r["behaviour"].as_str().unwrap(), r["correct"]))
        .collect();
    behaviours.sort();
    snapshot!(sandbox, behaviours.join("\n"));
}

#[test]
fn the_table_goes_to_standard_output_and_progress_to_standard_error() {
    let sandbox = shop::sandbox();
    let outcome = sandbox.eval_to(0, &format!("{RUN} --task triage"));
    snapshot!(sandbox, outcome.stdout);
    snapshot!(sandbox, outcome.stderr);
}

#[test]
fn quiet_leaves_results_alone() {
    let sandbox = shop::sandbox();
    let outcome = sandbox.eval_to(0, &format!("--quiet {RUN} --task triage"));
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.contains("triage"), "{}", outcome.stdout);
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let sandbox = shop::sandbox();
    for words in [RUN.to_string(), format!("{RUN} --no-color")] {
        let outcome = sandbox.eval_to(0, &words);
        assert!(!outcome.stdout.contains('\x1b') && !outcome.stderr.contains('\x1b'), "{outcome:?}");
    }
}

#[test]
fn the_report_needs_no_network() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} --reference r=replay:right.jsonl"));
    let page = sandbox.the_run().page();
    for loads in [" src=\"http", " src='http", "<link", "@import", "url(http", "XMLHttpRequest", "connect-src"] {
        assert!(!page.contains(loads), "the report holds {loads}");
    }
    assert!(page.contains("content=\"default-src 'none'; script-src 'sha256-"));
    for case in ["t-6", "f-2", "a-4", "x-4"] {
        assert!(page.contains(case), "the failing case {case} is not in the report");
    }
}

#[test]
fn a_case_without_an_answer_is_an_error_that_stays_in_the_denominator() {
    let sandbox = shop::sandbox();
    sandbox.write("mixed.jsonl", shop::lines(&shop::mixed()[1..]));
    let outcome = sandbox.eval_to(12, RUN);
    assert_eq!(counts(&sandbox, "triage"), [6, 2, 1, 1]);
    assert!(outcome.stderr.contains("1 case of m failed (not_recorded)"), "{}", outcome.stderr);

    let record = sandbox.the_run().records().into_iter().find(|record| record["case"] == "t-1").unwrap();
    let message = r#"mixed.jsonl has no line for task "triage", case "t-1", repeat 0"#;
    assert_eq!(record["outcome"], "runner_failed");
    assert_eq!(record["correct"], json!(false));
    assert_eq!(record["behaviour"], json!(null));
    assert_eq!(record["error"], json!({"kind": "not_recorded", "message": message}));
    assert_eq!(sandbox.the_run().summary()["verdicts"][0]["verdict"], "invalid");
}

#[test]
fn errors_below_the_limit_of_the_suite_leave_the_evidence_valid() {
    let sandbox = shop::sandbox();
    sandbox.replace("shop/suite.toml", "[[task]]", "[decision]\nmax_error_rate = 0.2\n\n[[task]]");
    let mut answers = shop::mixed();
    answers[0] = json!({"task": "triage", "case": "t-1", "error": {"kind": "timeout", "message": "no answer in 60 s"}});
    sandbox.write("mixed.jsonl", shop::lines(&answers));
    sandbox.eval_to(0, RUN);
    assert_eq!(counts(&sandbox, "triage"), [6, 2, 1, 1]);
}

#[test]
fn a_reference_is_compared_on_the_same_cases() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} --reference gold=replay:right.jsonl"));
    let summary = sandbox.the_run().summary();
    let triage = &summary["tasks"][0]["comparisons"][0];
    let table = ["cases", "unpaired", "both", "candidate_only", "reference_only", "neither"].map(|key| &triage[key]);
    assert_eq!(table, [6, 0, 3, 0, 3, 0]);
    assert_eq!(triage["difference"], -0.5);
    assert_eq!(summary["verdicts"][0]["reference"], "gold");
}

#[test]
fn several_candidates_each_have_a_verdict() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} --candidate best=replay:right.jsonl --task triage"));
    let summary = sandbox.the_run().summary();
    let verdicts: Vec<_> = summary["verdicts"].as_array().unwrap().iter().map(|row| &row["candidate"]).collect();
    assert_eq!(verdicts, ["m", "best"]);
    assert_eq!(row(&summary, "triage", "best")["correct"], 6);
}

#[test]
fn records_are_a_replay_with_the_same_scores() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RUN);
    let first = sandbox.the_run();
    fs::copy(first.file("records.jsonl"), sandbox.path().join("again.jsonl")).unwrap();
    let outcome = sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:again.jsonl --out again");
    assert!(!outcome.stderr.contains("case_hash"), "the hashes of a record are known: {}", outcome.stderr);

    let again = fs::read_dir(sandbox.path().join("again")).unwrap().map(|entry| entry.unwrap().path());
    let again = common::RunFiles(again.into_iter().find(|path| path.is_dir()).unwrap());
    assert_eq!(first.records(), again.records());
    assert_eq!(first.summary()["tasks"], again.summary()["tasks"]);
}
