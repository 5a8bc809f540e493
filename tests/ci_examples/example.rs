//! The example in a folder of its own, with the shells of both CI systems.

use crate::common::{Outcome, Sandbox};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};
use yaml_rust2::{Yaml, YamlLoader};

pub const GITHUB: &str = ".github/workflows/model-gate.yml";
pub const GITLAB: &str = ".gitlab-ci.yml";

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
pub struct Example {
    pub sandbox: Sandbox,
    tools: tempfile::TempDir,
}

impl Example {
    pub fn new() -> Self {
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

    pub fn yaml(&self, file: &str) -> Yaml {
        YamlLoader::load_from_str(&self.sandbox.read(file)).unwrap().remove(0)
    }

    /// Runs a script as a CI job's shell does. The environment holds nothing but what jobs have.
    pub fn shell(&self, script: &str, variables: &[(String, String)]) -> Outcome {
        let tools = self.tools.path();
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(self.sandbox.path()).env_clear();
        command.env("PATH", format!("{}:/usr/bin:/bin", tools.display())).env("HOME", tools);
        command.env("EVAL", env!("CARGO_BIN_EXE_eval")).env("CALLS", tools.join("calls"));
        command.env("GITHUB_STEP_SUMMARY", tools.join("summary.md")).env("GITHUB_REPOSITORY", "library/mail");
        command.envs(variables.iter().cloned()).output().unwrap().into()
    }

    /// What the stand-ins were called with.
    pub fn calls(&self) -> String {
        fs::read_to_string(self.tools.path().join("calls")).unwrap_or_default()
    }

    /// The step summary of GitHub.
    pub fn summary(&self) -> String {
        fs::read_to_string(self.tools.path().join("summary.md")).unwrap_or_default()
    }

    /// All steps of a job of the workflow that are commands, up to the first that fails.
    pub fn github(&self, job: &str, variables: &[(&str, &str)]) -> Outcome {
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
    pub fn gitlab(&self) -> Outcome {
        let job = &self.yaml(GITLAB)["model-gate"];
        let lines =
            |key: &str| job[key].as_vec().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>();
        let script = [lines("before_script"), lines("script")].concat().join("\n");
        self.shell(&script, &pairs(&job["variables"]))
    }

    /// Files that a pattern names; one `*` may stand for a folder.
    pub fn found(&self, pattern: &str) -> Vec<PathBuf> {
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
    pub fn spoil(&self, task: &str, answers: usize, text: &str) {
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

/// The keys and values of a mapping of texts.
pub fn pairs(yaml: &Yaml) -> Vec<(String, String)> {
    let text = |yaml: &Yaml| yaml.as_str().unwrap().to_string();
    yaml.as_hash().unwrap().iter().map(|(name, value)| (text(name), text(value))).collect()
}
