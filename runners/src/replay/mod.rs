//! Answers that another tool or an earlier run recorded: one JSON object a line, by task, case and repeat.

mod file;
mod line;
mod problems;

pub use problems::{Problem, ReplayError};

use eval_core::{BoxFuture, Prompt, PromptId, Response, Runner, RunnerError, RunnerErrorKind};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Read,
    path::Path,
};

/// What a recording holds for a prompt: the response, or the error that the call ended in.
type Answer = Result<Response, RunnerError>;

/// Gives back recorded responses. Nothing is called.
#[derive(Debug)]
pub struct ReplayRunner {
    name: String,
    /// By task, case and repeat.
    answers: HashMap<String, HashMap<String, BTreeMap<u32, Answer>>>,
    notes: Vec<String>,
    details: Value,
}

impl ReplayRunner {
    /// Reads a recording whole.
    ///
    /// `model` chooses one of several models in the file. `known` holds the content hash of every case of the suite,
    /// by task and case id: a line of another case is an error, as is a hash that differs. A line without
    /// `case_hash` is taken on trust and counted in [`ReplayRunner::notes`].
    pub fn open(
        path: &Path,
        model: Option<&str>,
        known: &HashMap<(String, String), String>,
    ) -> Result<Self, ReplayError> {
        let lines = File::open(path).map_err(|source| ReplayError::Io { path: path.into(), source })?;
        Self::read(path, lines, model, known)
    }

    /// The same for lines from elsewhere; `path` is what messages call them.
    ///
    /// # Errors
    /// As [`ReplayRunner::open`].
    pub fn read(
        path: &Path,
        lines: impl Read,
        model: Option<&str>,
        known: &HashMap<(String, String), String>,
    ) -> Result<Self, ReplayError> {
        let recording = file::read(path, lines, model, known)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let details = json!({
            "file": name,
            "sha256": recording.sha256,
            "lines": recording.lines,
            "models": recording.models,
            "model": recording.chosen,
            "without_case_hash": recording.without_hash,
        });
        Ok(Self { name, notes: recording.notes(), answers: recording.answers, details })
    }

    /// What a person should know about the recording, as whole sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// For the manifest: `file` (its name), `sha256` of the whole file, `lines` used, `models` named in the file,
    /// the chosen `model` (`null` where the lines name none), and `without_case_hash`, a count of lines.
    pub fn details(&self) -> Value {
        self.details.clone()
    }

    fn answer(&self, id: &PromptId) -> Answer {
        let repeats = self.answers.get(&id.task).and_then(|cases| cases.get(&id.case));
        if let Some(answer) = repeats.and_then(|repeats| repeats.get(&id.repeat)) {
            return answer.clone();
        }
        let PromptId { task, case, repeat, .. } = id;
        let mut message = format!("{} has no line for task {task:?}, case {case:?}, repeat {repeat}", self.name);
        if let Some(repeats) = repeats {
            let held: Vec<_> = repeats.keys().map(u32::to_string).collect();
            message += &format!("; it has repeat {}", held.join(", "));
        }
        Err(RunnerError::new(RunnerErrorKind::NotRecorded, message))
    }
}

impl Runner for ReplayRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Answer> {
        Box::pin(std::future::ready(self.answer(&prompt.id)))
    }
}

#[cfg(test)]
mod tests;
