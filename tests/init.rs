//! `eval init`: a suite of one's own that runs as it is.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};
use serde_json::{Value, json};

/// Answers every case of a suite that `eval init` wrote.
fn answers(sandbox: &Sandbox, folder: &str) -> String {
    let mut lines = Vec::new();
    for task in ["sentiment", "order"] {
        for line in sandbox.read(&format!("{folder}/{task}.jsonl")).lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let expected = &case["expected"];
            let text = expected.as_str().map_or_else(|| expected.to_string(), String::from);
            lines.push(json!({"task": task, "case": case["id"], "text": text}));
        }
    }
    shop::lines(&lines)
}

#[test]
fn the_suite_is_sound_and_runs() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox, sandbox.eval_to(0, "init my-suite").stdout);
    snapshot!(sandbox, sandbox.eval_to(0, "suites check ./my-suite").stdout);
    sandbox.write("right.jsonl", answers(&sandbox, "my-suite"));
    sandbox.eval_to(0, "run --suite ./my-suite --candidate m=replay:right.jsonl");
    let summary = sandbox.the_run().summary();
    for task in summary["tasks"].as_array().unwrap() {
        assert_eq!(task["models"][0]["correct"], task["models"][0]["cases"], "{}", task["task"]);
    }
}

#[test]
fn the_commands_it_prints_work() {
    let sandbox = Sandbox::new();
    for folder in ["plain", "./dotted", "deep/er"] {
        let printed = sandbox.eval_to(0, &format!("init {folder}")).stdout;
        let check = printed.lines().find_map(|line| line.trim().strip_prefix("eval suites check ")).unwrap();
        sandbox.eval_to(0, &format!("suites check {check}"));
    }
}

#[test]
fn nothing_is_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.write("mine/notes.txt", "do not lose").write("file", "");
    let errors = ["mine", "file"].map(|dir| sandbox.eval_to(2, &format!("init {dir}")).stderr);
    snapshot!(sandbox, errors.join("\n"));
    assert_eq!(sandbox.read("mine/notes.txt"), "do not lose");
}
