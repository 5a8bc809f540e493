//! `eval report`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};
use serde_json::Value;
use std::fs;

fn with_a_run() -> Sandbox {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:mixed.jsonl --quiet");
    sandbox
}

#[test]
fn a_run_is_found_by_id_folder_and_as_the_latest() {
    let sandbox = with_a_run();
    let run = sandbox.the_run();
    let written = fs::read_to_string(run.file("summary.json")).unwrap();
    for name in ["latest".to_string(), run.id(), format!(".eval/runs/{}", run.id()), format!("{}/", run.0.display())] {
        assert_eq!(sandbox.eval_to(0, &format!("report {name} --format json")).stdout, written, "{name}");
    }
    fs::rename(sandbox.path().join(".eval/runs"), sandbox.path().join("elsewhere")).unwrap();
    assert_eq!(sandbox.eval_to(0, "report latest --format json --out elsewhere").stdout, written);
}

#[test]
fn the_latest_is_the_last_one_started() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, "run --suite ./shop --candidate later=replay:right.jsonl --task triage --quiet");
    let summary: Value = serde_json::from_str(&sandbox.eval_to(0, "report latest --format json").stdout).unwrap();
    assert_eq!(summary["verdicts"][0]["candidate"], "later");
}

#[test]
fn html_is_written_again() {
    let sandbox = with_a_run();
    let page = sandbox.the_run().file("report.html");
    let first = fs::read_to_string(&page).unwrap();
    fs::remove_file(&page).unwrap();
    let printed = sandbox.eval_to(0, "report latest").stdout;
    assert_eq!(sandbox.path().join(printed.trim()), page);
    assert_eq!(fs::read_to_string(&page).unwrap(), first);
}

#[test]
fn markdown_says_the_verdict_first() {
    let sandbox = with_a_run();
    snapshot!(sandbox, sandbox.eval_to(0, "report latest --format md").stdout);
}

#[test]
fn a_torn_log_is_reported_without_its_last_line_and_as_incomplete() {
    let sandbox = with_a_run();
    let run = sandbox.the_run();
    let log = run.log();
    fs::write(run.file("records.jsonl"), &log[..log.len() - 20]).unwrap();
    let outcome = sandbox.eval_to(12, "report latest --format json");
    snapshot!(sandbox, outcome.stderr);
    let summary: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(summary["verdicts"][0]["verdict"], "invalid");
}

/// What is wrong with a run's folder, and how to make it so.
type Bad<'a> = (&'a str, &'a dyn Fn(&common::RunFiles));

#[test]
fn runs_that_cannot_be_read() {
    let mut errors = String::new();
    let cases: [Bad<'_>; 7] = [
        ("no records", &|run| fs::write(run.file("records.jsonl"), "").unwrap()),
        ("no log", &|run| fs::remove_file(run.file("records.jsonl")).unwrap()),
        ("a line in the middle cut short", &|run| {
            fs::write(run.file("records.jsonl"), run.log().replacen("\"outcome\"", "", 1)).unwrap();
        }),
        ("a record twice", &|run| {
            let log = run.log();
            fs::write(run.file("records.jsonl"), format!("{log}{}\n", log.lines().next().unwrap())).unwrap();
        }),
        ("no manifest", &|run| fs::remove_file(run.file("run.json")).unwrap()),
        ("a manifest cut short", &|run| fs::write(run.file("run.json"), "{\"v\": 1,").unwrap()),
        ("a manifest of a later version", &|run| fs::write(run.file("run.json"), "{\"v\": 2}").unwrap()),
    ];
    for (title, breaks) in cases {
        let sandbox = with_a_run();
        breaks(&sandbox.the_run());
        let words = format!("report {}", sandbox.the_run().id());
        let error = sandbox.eval_to(2, &words).stderr;
        errors.push_str(&format!("# {title}\n{error}\n"));
    }
    snapshot!(Sandbox::new(), errors);
}

#[test]
fn runs_that_are_not_there() {
    let empty = Sandbox::new();
    let sandbox = with_a_run();
    let errors = [
        empty.eval_to(2, "report latest").stderr,
        empty.eval_to(2, "report 20260314-101500-shop").stderr,
        sandbox.eval_to(2, "report no-such-run").stderr,
        sandbox.eval_to(2, "report shop").stderr,
    ];
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn a_redacted_page_keeps_ids_and_tells_no_word_of_a_case() {
    let sandbox = with_a_run();
    let told = sandbox.the_run().page();
    sandbox.eval_to(0, "report latest --redact");
    let redacted = sandbox.the_run().page();
    let words = "the driver never rang";
    assert!(told.contains(words) && !redacted.contains(words));
    assert!(redacted.contains("\"t-6\"") && redacted.contains("are left out of this page"));
}
