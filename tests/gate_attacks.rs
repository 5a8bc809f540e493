//! Ways in which a gate must not pass: outages, other rules, lost tasks and clusters, bars that ask nothing, edited files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, OURS, THEIRS, Task, gate, task, with_baseline},
};
use serde_json::{Value, json};

/// Changes `run.json` of a run.
fn edit(sandbox: &Sandbox, run: &str, change: impl Fn(&mut Value)) {
    let path = format!("{run}/run.json");
    let mut manifest: Value = serde_json::from_str(&sandbox.read(&path)).unwrap();
    change(&mut manifest);
    sandbox.write(&path, manifest.to_string());
}

#[test]
fn an_outage_of_the_reference_does_not_silence_the_alarm() {
    let sandbox = paired::apart(&[task("mail", [900, 0, 20, 80])]);
    let regression = |code| gate(&sandbox, code, &format!("{OURS} --baseline {THEIRS} --policy no-regression"));
    assert!(regression(10).contains("a regression"));
    // Two calls of a hundred fail where both were right: each would look like a case that the candidate won.
    let lines: Vec<String> = sandbox
        .read("theirs.jsonl")
        .lines()
        .enumerate()
        .map(|(n, line)| match n {
            0..20 => json!({"task": "mail", "case": paired::id(n), "error": "timed out"}).to_string() + "\n",
            _ => format!("{line}\n"),
        })
        .collect();
    sandbox.write("theirs.jsonl", lines.concat());
    paired::run_theirs(&sandbox);
    assert!(regression(10).contains("a regression"));
}

#[test]
fn more_confident_wrong_answers_are_a_regression_too() {
    // As often right, and where the reference declines it is wrong.
    let sandbox = paired::apart(&[task("mail", [960, 0, 0, 40])]);
    let answers = sandbox.read("ours.jsonl").replace("undetermined", "no such label at all");
    sandbox.write("ours.jsonl", answers.replace("no such label at all", "billing"));
    paired::run_ours(&sandbox);
    let last = gate(&sandbox, 10, &format!("{OURS} --baseline {THEIRS} --policy no-regression"));
    assert!(last.contains("a regression: confident wrong answers +"), "{last}");
}

#[test]
fn a_task_that_the_suite_has_lost_is_not_passed_over() {
    let sandbox = with_baseline(&[task("good", [180, 6, 6, 8]), task("gone", [180, 6, 6, 8])]);
    gate(&sandbox, 0, &format!("{OURS} --baseline large.json"));
    let suite = sandbox.read("paired/suite.toml");
    let (head, _) = suite.rsplit_once("[[task]]").unwrap();
    sandbox.write("paired/suite.toml", head);
    let kept: String = sandbox
        .read("ours.jsonl")
        .lines()
        .filter(|line| line.contains("\"good\""))
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.write("ours.jsonl", kept);
    paired::run_ours(&sandbox);
    let last = gate(&sandbox, 12, &format!("{OURS} --baseline large.json"));
    assert!(last.contains("The suite has lost gone"), "{last}");
}

#[test]
fn clusters_that_are_left_out_count_as_the_reference_has_them() {
    let grouped =
        Task { case: |n, _| json!({"cluster": format!("thread-{}", n / 10)}), ..task("mail", [220, 5, 7, 8]) };
    let sandbox = with_baseline(&[grouped]);
    let gated = |code| sandbox.eval_to(code, &format!("gate {OURS} --baseline large.json")).stdout;
    gated(11);
    let cases = sandbox.read("paired/mail.jsonl");
    let without: String = cases
        .lines()
        .map(|line| {
            let mut case: Value = serde_json::from_str(line).unwrap();
            case.as_object_mut().unwrap().remove("cluster");
            format!("{case}\n")
        })
        .collect();
    sandbox.write("paired/mail.jsonl", without);
    paired::run_ours(&sandbox);
    gated(11);
}

#[test]
fn bars_alone_do_not_pass_on_next_to_nothing() {
    let with = |bars, table| {
        let sandbox = paired::sandbox(&[Task { bars, ..task("mail", table) }]);
        paired::run_ours(&sandbox);
        sandbox
    };
    // Four right of four would be past 0.45 by the approximation, and exactly they are not.
    let last = gate(&with("accuracy = { min = 0.55 }", [4, 0, 0, 0]), 11, OURS);
    assert!(last.contains("gate undecided"), "{last}");
    // A bar that a model meets which knows no more than the commonest label.
    let last = gate(&with("outside_labels = { max = 0.5 }", [20, 0, 0, 180]), 12, OURS);
    assert!(last.contains("no more often than a trivial strategy"), "{last}");
    // One that nothing can miss is a mistake of the suite.
    let sandbox = paired::sandbox(&[Task { bars: "accuracy = { min = 0.0 }", ..task("mail", [4, 0, 0, 0]) }]);
    let error = sandbox.eval_to(2, "suites check ./paired").stderr;
    assert!(error.contains("no model could miss this bar"), "{error}");
}

#[test]
fn a_wide_margin_does_not_pass_on_three_cases() {
    let sandbox = paired::apart(&[task("mail", [12, 0, 0, 0])]);
    gate(&sandbox, 11, &format!("{OURS} --baseline {THEIRS} --margin 0.5"));
}

#[test]
fn numbers_that_no_run_has_are_refused() {
    let changes: [fn(&mut Value); 6] = [
        |run| run["repeats"] = json!(0),
        |run| run["tasks"][0]["cases"] = json!(1u64 << 62),
        |run| run["tasks"][0]["cases_in_suite"] = json!(1u64 << 62),
        |run| run["suite"]["decision"]["alpha"] = json!(0.6),
        |run| run["suite"]["decision"]["margin"] = json!(1.0),
        |run| run["models"][0]["hosting"] = json!({"usd_per_hour": -5.0, "rate": 1.0}),
    ];
    for change in changes {
        let sandbox = with_baseline(&[task("mail", [180, 6, 6, 8])]);
        edit(&sandbox, OURS, change);
        sandbox.eval_to(2, &format!("gate {OURS} --baseline large.json"));
    }
    // An alpha that is all but nothing is no mistake, and passes nothing.
    let sandbox = with_baseline(&[task("mail", [180, 6, 6, 8])]);
    edit(&sandbox, OURS, |run| run["suite"]["decision"]["alpha"] = json!(1e-13));
    gate(&sandbox, 11, &format!("{OURS} --baseline large.json"));
    // Neither is a yardstick that was taken out.
    let sandbox = with_baseline(&[task("mail", [0, 0, 0, 200])]);
    edit(&sandbox, OURS, |run| run["tasks"][0]["trivial"] = json!({}));
    gate(&sandbox, 12, &format!("{OURS} --baseline large.json"));
}

#[test]
fn what_stays_on_this_machine_is_not_committed_with_answers() {
    let sandbox = paired::sandbox(&[task("mail", [180, 6, 6, 8])]);
    let suite = sandbox.read("paired/suite.toml");
    sandbox.write("paired/suite.toml", format!("data_policy = \"local-only\"\n{suite}"));
    paired::run_ours(&sandbox);
    let error = sandbox.eval_to(2, &format!("baseline save {OURS} small.json --with-answers")).stderr;
    assert!(error.contains("a baseline is made to be committed"), "{error}");
    sandbox.eval_to(0, &format!("baseline save {OURS} small.json"));
}

#[test]
fn a_log_of_looks_that_was_cut_off_is_gone_on_with() {
    let sandbox = paired::sandbox(&[task("mail", [180, 6, 6, 8])]);
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl --quiet";
    sandbox.eval_to(0, run);
    let looks = sandbox.read(".eval/runs/looks.jsonl");
    sandbox.write(".eval/runs/looks.jsonl", format!("{looks}{{\"suite\": \"pai"));
    sandbox.eval_to(0, run);
    let looks = sandbox.read(".eval/runs/looks.jsonl");
    assert_eq!(looks.lines().count(), 2, "{looks}");
}
