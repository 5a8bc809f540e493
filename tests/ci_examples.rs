//! `examples/ci-gate`: the commands of its workflows and of its README, run as CI and as people run them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Outcome, Sandbox};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};
use yaml_rust2::{Yaml, YamlLoader};

const GITHUB: &str = ".github/workflows/model-gate.yml";
const GITLAB: &str = ".gitlab-ci.yml";

/// In place of what CI brings along: `cargo install` lays the built binary where it is told to, the rest notes its calls.
const CARGO: &str = r#"#!/bin/sh
echo "cargo $*" >> "$CALLS"
while [ $# -gt 0 ]; do
    if [ "$1" = --root ]; then mkdir -p "$2/bin" && ln -s "$EVAL" "$2/bin/eval"; fi
    shift
done
"#;
const RUSTUP: &str = "#!/bin/sh\necho \"rustup $*\" >> \"$CALLS\"\n";
const GH: &str = r#"#!/bin/sh
echo "gh $*" >> "$CALLS"
case "$*" in *--paginate*) printf '%s' "$COMMENTS" ;; esac
"#;

/// A copy of the example, and the programs that its commands find.
struct Example {
    sandbox: Sandbox,
    tools: tempfile::TempDir,
}

impl Example {
    fn new() -> Self {
        let (sandbox, tools) = (Sandbox::new(), tempfile::tempdir().unwrap());
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci-gate"), sandbox.path());
        for (name, script) in [("cargo", CARGO), ("rustup", RUSTUP), ("gh", GH)] {
            let path = tools.path().join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_eval"), tools.path().join("eval")).unwrap();
        Self { sandbox, tools }
    }

    fn yaml(&self, file: &str) -> Yaml {
        YamlLoader::load_from_str(&self.sandbox.read(file)).unwrap().remove(0)
    }

    /// Runs a script as a CI job's shell does. The environment holds nothing but what jobs have.
    fn shell(&self, script: &str, variables: &[(String, String)]) -> Outcome {
        let tools = self.tools.path();
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(self.sandbox.path()).env_clear();
        command.env("PATH", format!("{}:/usr/bin:/bin", tools.display())).env("HOME", tools);
        command.env("EVAL", env!("CARGO_BIN_EXE_eval")).env("CALLS", tools.join("calls"));
        command.env("GITHUB_STEP_SUMMARY", tools.join("summary.md")).env("GITHUB_REPOSITORY", "library/mail");
        command.envs(variables.iter().cloned()).output().unwrap().into()
    }

    /// What the stand-ins were called with.
    fn calls(&self) -> String {
        fs::read_to_string(self.tools.path().join("calls")).unwrap_or_default()
    }

    /// The step summary of GitHub.
    fn summary(&self) -> String {
        fs::read_to_string(self.tools.path().join("summary.md")).unwrap_or_default()
    }

    /// All steps of a job of the workflow that are commands, up to the first that fails.
    fn github(&self, job: &str, variables: &[(&str, &str)]) -> Outcome {
        let workflow = self.yaml(GITHUB);
        let mut known = pairs(&workflow["env"]);
        known.extend(variables.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        let mut last = None;
        for step in workflow["jobs"][job]["steps"].as_vec().unwrap() {
            let Some(script) = step["run"].as_str() else { continue };
            let outcome = self.shell(script, &known);
            let failed = outcome.code != Some(0);
            last = Some(outcome);
            if failed {
                break;
            }
        }
        last.unwrap()
    }

    /// The job of the other CI: all its lines in one shell.
    fn gitlab(&self) -> Outcome {
        let job = &self.yaml(GITLAB)["model-gate"];
        let lines =
            |key: &str| job[key].as_vec().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>();
        let script = [lines("before_script"), lines("script")].concat().join("\n");
        self.shell(&script, &pairs(&job["variables"]))
    }

    /// Files that a pattern names; one `*` may stand for a folder.
    fn found(&self, pattern: &str) -> Vec<PathBuf> {
        let folder = self.sandbox.path();
        let paths: Vec<PathBuf> = match pattern.split_once("/*/") {
            None => vec![folder.join(pattern)],
            Some((before, after)) => {
                fs::read_dir(folder.join(before)).unwrap().map(|entry| entry.unwrap().path().join(after)).collect()
            }
        };
        paths.into_iter().filter(|path| path.metadata().is_ok_and(|file| file.len() > 0)).collect()
    }

    /// Answers the first cases of a task otherwise than recorded.
    fn spoil(&self, task: &str, answers: usize, text: &str) {
        let (recorded, mut left) = (self.sandbox.read("outputs/candidate.jsonl"), answers);
        let spoilt = recorded.lines().map(|line| {
            let mut answer: Value = serde_json::from_str(line).unwrap();
            if left > 0 && answer["task"] == task && answer["text"] != text {
                left -= 1;
                answer["text"] = text.into();
            }
            format!("{answer}\n")
        });
        let spoilt: String = spoilt.collect();
        self.sandbox.write("outputs/candidate.jsonl", spoilt);
        assert_eq!(left, 0);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_file() {
            fs::copy(from, to).unwrap();
        } else if !["gate", ".eval", ".eval-bin"].contains(&entry.file_name().to_str().unwrap()) {
            fs::create_dir_all(&to).unwrap();
            copy(&from, &to);
        }
    }
}

fn pairs(yaml: &Yaml) -> Vec<(String, String)> {
    let text = |yaml: &Yaml| yaml.as_str().unwrap().to_string();
    yaml.as_hash().unwrap().iter().map(|(name, value)| (text(name), text(value))).collect()
}

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
