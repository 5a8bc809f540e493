//! What a gate writes for others: JUnit, Markdown, JSON, GitHub's annotations and step summary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, OURS, THEIRS, Task, task},
    snapshot,
};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use serde_json::{Value, json};

fn junit(sandbox: &Sandbox, file: &str) -> Report {
    let text = sandbox.read(file);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    Report::deserialize_from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Kind, type, message and text of what is not a success.
fn failure(test: &TestCase) -> Option<(NonSuccessKind, String, String, String)> {
    match &test.status {
        TestCaseStatus::NonSuccess { kind, message, ty, description, .. } => {
            let text =
                |text: &Option<quick_junit::XmlString>| text.as_ref().map(|text| text.to_string()).unwrap_or_default();
            Some((*kind, text(ty), text(message), text(description)))
        }
        _ => None,
    }
}

fn find<'a>(report: &'a Report, suite: usize, case: &str) -> &'a TestCase {
    report.test_suites[suite].test_cases.iter().find(|test| test.name.as_str() == case).unwrap()
}

#[test]
fn in_junit_a_task_is_a_suite_and_a_case_is_a_test() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8]), task("worse", [150, 2, 40, 8])]);
    sandbox.eval_to(10, &format!("gate {OURS} --baseline {THEIRS} --junit out/eval.xml"));
    let report = junit(&sandbox, "out/eval.xml");
    let suites: Vec<(&str, usize, usize)> =
        report.test_suites.iter().map(|suite| (suite.name.as_str(), suite.test_cases.len(), suite.failures)).collect();
    // 14 cases that the candidate does not get right, and 48 of the other task with its verdict; 200 cases each.
    assert_eq!(suites, [("good · small", 201, 14), ("worse · small", 201, 49)]);
    assert_eq!((report.tests, report.failures, report.errors), (402, 63, 0));

    let (kind, ty, message, text) = failure(find(&report, 0, "c-0186")).unwrap();
    assert_eq!((kind, ty.as_str()), (NonSuccessKind::Failure, "over-refusal"));
    let reason = "declined, should answer: expected `returns`, got `undetermined`";
    assert_eq!(message, reason);
    assert_eq!(text, format!("reason: {reason}\nexpected: \"returns\"\nactual: undetermined"));
    assert!(failure(find(&report, 0, "c-0000")).is_none() && failure(find(&report, 0, "verdict")).is_none());
    let (_, ty, message, text) = failure(find(&report, 1, "verdict")).unwrap();
    assert_eq!((ty.as_str(), message.as_str()), ("verdict", "not good enough"));
    assert!(text.starts_with("Right answers: −19.0 points"), "{text}");
}

#[test]
fn in_junit_a_failed_call_is_an_error() {
    let sandbox = paired::sandbox(&[task("good", [180, 6, 6, 8])]);
    let error = r#""error": {"kind": "timeout", "message": "no answer in 60 s"}"#;
    sandbox.replace("ours.jsonl", "\"text\":\"billing\"", error);
    // A time that no clock can show is left out.
    sandbox.replace("ours.jsonl", "\"text\":\"delivery\"", "\"latency_ms\":1e300,\"text\":\"delivery\"");
    paired::run_ours(&sandbox);
    paired::run_theirs(&sandbox);
    sandbox.eval_to(0, &format!("gate {OURS} --baseline {THEIRS} --junit eval.xml"));
    let report = junit(&sandbox, "eval.xml");
    assert_eq!((report.errors, report.failures), (1, 14));
    let (kind, _, message, text) = failure(find(&report, 0, "c-0000")).unwrap();
    assert_eq!((kind, message.as_str()), (NonSuccessKind::Error, "call failed: no answer in 60 s"));
    assert!(text.contains("actual: timeout: no answer in 60 s"), "{text}");
    assert_eq!(find(&report, 0, "c-0001").time, None);
}

#[test]
fn the_comment_is_short_with_the_verdict_first() {
    let sandbox = paired::apart(&paired::four_verdicts());
    sandbox.eval_to(12, &format!("gate {OURS} --baseline {THEIRS} --markdown out.md"));
    snapshot!(sandbox, sandbox.read("out.md"));
}

/// The annotations, after the tables in which no command is taken.
fn annotations(stdout: &str) -> Vec<&str> {
    let mut lines = stdout.lines();
    let word = lines.next().and_then(|line| line.strip_prefix("::stop-commands::")).unwrap();
    let end = format!("::{word}::");
    lines.by_ref().find(|line| *line == end).unwrap();
    lines.collect()
}

#[test]
fn github_is_told_once_of_each_task() {
    let sandbox = paired::apart(&paired::four_verdicts()).with("GITHUB_STEP_SUMMARY", "step.md");
    sandbox.write("step.md", "# before\n");
    let outcome = sandbox.eval_to(12, &format!("gate {OURS} --baseline {THEIRS} --github --markdown out.md"));
    let lines = annotations(&outcome.stdout);
    snapshot!(sandbox, lines.join("\n"));
    assert_eq!(sandbox.read("step.md"), format!("# before\n{}", sandbox.read("out.md")));
    // A passed gate is no more than a notice.
    sandbox.eval_to(0, &format!("baseline save {THEIRS} large.json"));
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8])]);
    let outcome = sandbox.eval_to(0, &format!("gate {OURS} --baseline {THEIRS} --github"));
    let lines = annotations(&outcome.stdout);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("::notice title=eval%3A paired gate passed::"), "{lines:?}");
}

#[test]
fn json_holds_the_gate_the_summary_and_the_cases() {
    let sandbox = paired::apart(&[task("worse", [150, 2, 40, 8])]);
    sandbox.eval_to(10, &format!("gate {OURS} --baseline {THEIRS} --json out.json --policy no-regression"));
    let found: Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert_eq!((&found["gate"]["policy"], &found["gate"]["outcome"]), (&json!("no-regression"), &json!("failed")));
    let reason = found["gate"]["reasons"][0].as_str().unwrap();
    assert!(reason.starts_with("worse: a regression: −19.0 points against large"), "{reason}");
    assert_eq!(found["v"], 1);
    assert!(found["tasks"][0]["comparisons"][0]["p_regression"].as_f64().unwrap() < 1e-6);
    assert_eq!(found["details"][0]["tasks"][0]["lost"].as_array().unwrap().len(), 40);
}

/// What would do harm where it is taken for markup or for a command.
const HOSTILE: &str = "<b>|x|\u{1b}[31mred\u{202e}\r\n::error::y\n| a | `b` & ]]> \u{0}@all";

fn hostile() -> Task {
    let case = |n: usize, _| json!({"id": format!("{n} {HOSTILE}"), "tags": [HOSTILE]});
    Task { case, declines: false, ..task("mail", [150, 2, 40, 8]) }
}

#[test]
fn nothing_that_a_model_or_a_case_says_is_taken_for_markup() {
    let sandbox = paired::sandbox(&[hostile()]);
    for file in ["ours.jsonl", "theirs.jsonl"] {
        let text = sandbox.read(file);
        let answers = text.lines().enumerate().map(|(n, line)| {
            let mut answer: Value = serde_json::from_str(line).unwrap();
            answer["case"] = json!(format!("{n} {HOSTILE}"));
            if file == "ours.jsonl" && n >= 152 {
                let text = format!("{} {HOSTILE}", answer["text"].as_str().unwrap());
                answer["text"] = json!(text);
            }
            answer.to_string() + "\n"
        });
        let answers: String = answers.collect();
        sandbox.write(file, answers);
    }
    paired::run(&sandbox, "--candidate <i>a|b@all=replay:ours.jsonl", "ours");
    paired::run_theirs(&sandbox);
    let files = "--junit out.xml --markdown out.md --json out.json --github";
    let outcome = sandbox.eval_to(10, &format!("gate {OURS} --baseline {THEIRS} {files}"));
    let compared =
        ["text", "md"].map(|format| sandbox.eval(&format!("compare {OURS} {THEIRS} --format {format}")).stdout);
    for text in [&outcome.stdout, &compared[0], &compared[1], &sandbox.read("out.md")] {
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(hidden), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("::error::y")), "{text}");
    }
    for markdown in [&compared[1], &sandbox.read("out.md")] {
        assert!(!markdown.contains("<b>") && !markdown.contains("<i>") && !markdown.contains("@all"), "{markdown}");
    }
    let report = junit(&sandbox, "out.xml");
    assert_eq!(report.test_suites[0].test_cases.len(), 201);
    assert!(
        report.test_suites[0].test_cases[0].name.as_str().contains("<b>|x|"),
        "{:?}",
        report.test_suites[0].test_cases[0].name
    );
    serde_json::from_str::<Value>(&sandbox.read("out.json")).unwrap();
    snapshot!(sandbox, sandbox.read("out.md"));
}

#[test]
fn texts_of_a_local_only_suite_are_in_no_file() {
    let sandbox = paired::sandbox(&[Task { declines: false, ..task("mail", [150, 2, 40, 8]) }]);
    sandbox.replace("paired/suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    for file in ["ours.jsonl", "theirs.jsonl"] {
        let lines: String =
            sandbox.read(file).lines().map(|line| line.replace("\"other\"", "\"SECRET WORDS\"") + "\n").collect();
        sandbox.write(file, lines);
    }
    paired::run_ours(&sandbox);
    paired::run_theirs(&sandbox);
    let files = "--junit out.xml --markdown out.md --json out.json --github";
    let outcome = sandbox.eval_to(10, &format!("gate {OURS} --baseline {THEIRS} {files}"));
    for text in
        [outcome.stdout, outcome.stderr, sandbox.read("out.xml"), sandbox.read("out.md"), sandbox.read("out.json")]
    {
        assert!(!text.contains("SECRET WORDS") && !text.contains("the mail "), "{text}");
    }
    let report = junit(&sandbox, "out.xml");
    let (_, _, message, text) = failure(find(&report, 0, "c-0152")).unwrap();
    assert_eq!((message.as_str(), text.as_str()), ("wrong", ""));
}
