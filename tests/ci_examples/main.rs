//! `examples/ci-gate`: the commands of its workflows and of its README, run as CI and as people run them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;
mod example;

use example::{Example, GITHUB, GITLAB, pairs};
use serde_json::Value;
use std::fs;

/// What GitHub keeps of a run.
fn kept_by_github(example: &Example) -> Vec<String> {
    let workflow = example.yaml(GITHUB);
    let steps = workflow["jobs"]["gate"]["steps"].as_vec().unwrap();
    let upload = steps.iter().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("upload-artifact")));
    let upload = upload.unwrap();
    assert_eq!(upload["if"].as_str(), Some("${{ !cancelled() }}"), "a gate that fails leaves its reasons");
    upload["with"]["path"].as_str().unwrap().lines().map(String::from).collect()
}

/// What GitLab keeps of a run.
fn kept_by_gitlab(example: &Example) -> Vec<String> {
    let artifacts = &example.yaml(GITLAB)["model-gate"]["artifacts"];
    assert_eq!(artifacts["when"].as_str(), Some("always"), "a gate that fails leaves its reasons");
    let paths = artifacts["paths"].as_vec().unwrap().iter().chain([&artifacts["reports"]["junit"]]);
    paths.map(|path| path.as_str().unwrap().to_string()).collect()
}

fn assert_kept(example: &Example, paths: &[String]) {
    assert!(paths.len() >= 4, "{paths:?}");
    for path in paths {
        assert_eq!(example.found(path).len(), 1, "{path}");
        // Hidden files are left out of GitHub's artifacts.
        assert!(!path.split('/').any(|part| part.starts_with('.')), "{path}");
    }
}

#[test]
fn the_gate_passes_on_github() {
    let example = Example::new();
    let outcome = example.github("gate", &[]);
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("\n::notice title="), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("Move topic and booking to open-small."), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains('≠'), "the baseline is of this suite: {}", outcome.stdout);
    assert!(!outcome.stdout.contains('\x1b'), "{}", outcome.stdout);
    assert_kept(&example, &kept_by_github(&example));
    assert_eq!(example.summary(), example.sandbox.read("gate/comment.md"));
    let install =
        "cargo +stable install --git https://github.com/YOUR-ORGANISATION/eval --rev THE-COMMIT-TO-BUILD --locked";
    assert!(example.calls().contains(install), "{}", example.calls());
}

#[test]
fn the_gate_passes_on_gitlab() {
    let example = Example::new();
    let outcome = example.gitlab();
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.stdout, outcome.stderr);
    assert_kept(&example, &kept_by_gitlab(&example));
    // The cache brings the program back: it is not built again.
    fs::remove_dir_all(example.sandbox.path().join("gate")).unwrap();
    assert_eq!(example.gitlab().code, Some(0));
    assert_eq!(example.calls().matches("cargo install").count(), 1, "{}", example.calls());
}

#[test]
fn a_worse_candidate_fails_the_gate_and_leaves_its_reasons() {
    let example = Example::new();
    example.spoil("topic", 40, "visit");
    let outcome = example.github("gate", &[]);
    assert_eq!(outcome.code, Some(10), "{}\n{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("\n::error title="), "{}", outcome.stdout);
    assert_kept(&example, &kept_by_github(&example));
    let comment = example.sandbox.read("gate/comment.md");
    assert!(comment.starts_with("### ✗ gate failed"), "{comment}");
    assert!(comment.contains("keep topic on closed-large"), "{comment}");

    let example = Example::new();
    example.spoil("topic", 40, "visit");
    assert_eq!(example.gitlab().code, Some(10));
    assert_kept(&example, &kept_by_gitlab(&example));
}

#[test]
fn a_candidate_that_the_cases_cannot_tell_is_undecided() {
    let example = Example::new();
    example.spoil("booking", 6, r#"{"room": "Map", "people": 99, "day": null, "start": null}"#);
    for code in [example.github("gate", &[]).code, example.gitlab().code] {
        assert_eq!(code, Some(11));
    }
}

#[test]
fn a_candidate_that_fails_to_answer_is_no_evidence() {
    let example = Example::new();
    let answers = example.sandbox.read("outputs/candidate.jsonl");
    let answers: Vec<&str> = answers.lines().skip(20).collect();
    example.sandbox.write("outputs/candidate.jsonl", answers.join("\n"));
    assert_eq!(example.github("gate", &[]).code, Some(12));
    assert_kept(&example, &kept_by_github(&example));
}

#[test]
fn a_recording_of_other_cases_is_an_error() {
    let example = Example::new();
    let case = example.sandbox.read("suite/topic.jsonl").lines().next().unwrap().to_string();
    let mut changed: Value = serde_json::from_str(&case).unwrap();
    changed["input"] = "Where are the comics?".into();
    example.sandbox.replace("suite/topic.jsonl", &case, &changed.to_string());
    let outcome = example.github("gate", &[]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("was recorded for another content"), "{}", outcome.stderr);
}

#[test]
fn the_comment_is_made_once_and_then_renewed() {
    let example = Example::new();
    assert_eq!(example.github("gate", &[]).code, Some(0));
    let first = example.github("comment", &[("PULL_REQUEST", "7"), ("COMMENTS", "")]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let call = "gh api --silent --method POST repos/library/mail/issues/7/comments -F body=@body.md";
    assert!(example.calls().contains(call), "{}", example.calls());
    let comment = example.sandbox.read("gate/comment.md");
    assert_eq!(example.sandbox.read("body.md"), format!("<!-- model gate -->\n{comment}"));

    let again = example.github("comment", &[("PULL_REQUEST", "7"), ("COMMENTS", "41\n42\n")]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let call = "gh api --silent --method PATCH repos/library/mail/issues/comments/42 -F body=@body.md";
    assert!(example.calls().contains(call), "{}", example.calls());
}

#[test]
fn no_text_of_a_pull_request_becomes_a_command() {
    let workflow = Example::new().yaml(GITHUB);
    assert!(workflow["on"]["pull_request_target"].is_badvalue(), "it would give secrets to anybody's files");
    assert_eq!(pairs(&workflow["permissions"]), [("contents".into(), "read".into())]);
    let jobs = workflow["jobs"].as_hash().unwrap();
    for (name, job) in jobs {
        let steps = job["steps"].as_vec().unwrap();
        for script in steps.iter().filter_map(|step| step["run"].as_str()) {
            assert!(!script.contains("${{"), "{script}");
            assert!(!script.lines().any(|line| line.trim_start().starts_with("eval ")), "a builtin: {script}");
        }
        // What may write does not run what the pull request brings.
        let writes = !job["permissions"].is_badvalue();
        let checks_out = steps.iter().any(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("checkout")));
        assert!(writes != checks_out, "{name:?}");
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    let example = Example::new();
    let readme = example.sandbox.read("README.md");
    let blocks: Vec<&str> = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let outcome = example.shell(block, &[]);
        assert_eq!(outcome.code, Some(0), "{block}\n{}\n{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn the_baseline_is_what_the_incumbent_gets_today() {
    let example = Example::new();
    let committed: Value = serde_json::from_str(&example.sandbox.read("baseline.json")).unwrap();
    example.sandbox.eval_to(0, "run --suite ./suite --candidate closed-large");
    example.sandbox.eval_to(0, "baseline save latest baseline.json");
    let now: Value = serde_json::from_str(&example.sandbox.read("baseline.json")).unwrap();
    let renew = "python3 tests/ci_examples/generate.py target/debug/eval examples/ci-gate";
    assert_eq!(committed["cases"], now["cases"], "{renew}");
    for key in ["/suite", "/models", "/tasks/0/prompt_hash", "/tasks/1/prompt_hash", "/tasks/0/cases_hash"] {
        assert_eq!(committed["manifest"].pointer(key), now["manifest"].pointer(key), "{key}: {renew}");
    }
}
