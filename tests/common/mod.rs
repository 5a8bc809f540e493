//! A folder in which the built binary runs, cut off from the user's configuration, models and network.

// Each test binary uses a part of it.
#![allow(dead_code)]

pub mod big;
pub mod hostile;
pub mod page;
pub mod paired;
pub mod shop;
pub mod view;

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// The working directory of the commands of one test.
pub struct Sandbox {
    folder: TempDir,
    runs: &'static str,
    variables: Vec<(String, String)>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), runs: ".eval/runs", variables: Vec::new() }
    }

    /// Sets a variable for all commands.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Looks for runs in another folder.
    pub fn with_runs_in(self, runs: &'static str) -> Self {
        Self { runs, ..self }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn remove(&self, name: &str) -> &Self {
        fs::remove_file(self.path().join(name)).unwrap();
        self
    }

    /// Replaces a part of a file, which must be there.
    pub fn replace(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from:?}");
        self.write(name, text.replacen(from, to, 1))
    }

    /// The binary in this folder; the environment holds nothing but a home and what the test sets, and no program can be
    /// found.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eval"));
        command.current_dir(self.path()).env_clear();
        command.env("HOME", self.path()).env("PATH", self.path()).env("HF_HUB_OFFLINE", "1");
        if cfg!(feature = "cuda") {
            // Where the libraries lie that it is linked with.
            command.envs(std::env::var_os("LD_LIBRARY_PATH").map(|folders| ("LD_LIBRARY_PATH", folders)));
        }
        command.envs(self.variables.clone());
        command
    }

    /// Runs the binary with arguments that are parted by blanks.
    pub fn eval(&self, words: &str) -> Outcome {
        self.command().args(words.split_whitespace()).output().unwrap().into()
    }

    /// Runs the binary, which must end with this code.
    pub fn eval_to(&self, code: i32, words: &str) -> Outcome {
        let outcome = self.eval(words);
        assert_eq!(outcome.code, Some(code), "eval {words}\n{}\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// The folders of the runs, oldest first.
    pub fn runs(&self) -> Vec<RunFiles> {
        let Ok(entries) = fs::read_dir(self.path().join(self.runs)) else { return Vec::new() };
        let mut folders: Vec<PathBuf> =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders.into_iter().map(RunFiles).collect()
    }

    /// The only run.
    pub fn the_run(&self) -> RunFiles {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The folder of a run.
#[derive(Debug)]
pub struct RunFiles(pub PathBuf);

impl RunFiles {
    pub fn id(&self) -> String {
        self.0.file_name().unwrap().to_str().unwrap().into()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// The report, with the cases that are packed in it opened.
    pub fn page(&self) -> String {
        page::opened(&self.read("report.html"))
    }

    pub fn log(&self) -> String {
        self.read("records.jsonl")
    }

    pub fn records(&self) -> Vec<Value> {
        self.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn summary(&self) -> Value {
        self.json("summary.json")
    }

    pub fn manifest(&self) -> Value {
        self.json("run.json")
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.file(name)).unwrap()).unwrap()
    }

    /// Asserts that every case of a task is recorded, each once, and gives their number.
    pub fn distinct_records(&self) -> usize {
        let key =
            |record: &Value| format!("{} {} {} {}", record["model"], record["task"], record["case"], record["repeat"]);
        let mut keys: Vec<String> = self.records().iter().map(key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all, "a case was asked twice");
        all
    }
}

/// The rows of a task's models in a summary.
pub fn row<'a>(summary: &'a Value, task: &str, model: &str) -> &'a Value {
    let tasks = summary["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|row| row["task"] == task).unwrap();
    task["models"].as_array().unwrap().iter().find(|row| row["model"] == model).unwrap()
}

/// What differs between two calls of the same command, beside the folder: the time, and the ids made from it.
pub const FILTERS: [(&str, &str); 3] =
    [(r"\d{8}-\d{6}-", "[TIME]-"), (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[TIME]"), (r"\d[\d.]*/s\b", "[RATE]/s")];

/// A snapshot without the expression that made it and without what differs between calls.
#[allow(unused_macros)]
macro_rules! snapshot {
    ($sandbox:expr, $text:expr $(,)?) => {
        insta::with_settings!(
            { omit_expression => true, filters => $crate::common::FILTERS },
            { insta::assert_snapshot!($text.replace($sandbox.path().to_str().unwrap(), "[DIR]")) }
        )
    };
}
#[allow(unused_imports)]
pub(crate) use snapshot;
