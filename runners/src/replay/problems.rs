use std::{fmt, path::PathBuf};

/// How many problems an error shows.
const SHOWN: usize = 20;

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be opened or read.
    #[error("failed to read {path}: {source}", path = path.display())]
    Io {
        /// The recording.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no response.
    #[error(
        "{path} holds no response: a recording has one JSON object a line, with `task`, `case` and one of `text`, \
         `tool_calls` or `error`",
        path = path.display()
    )]
    Empty {
        /// The recording.
        path: PathBuf,
    },
    /// The file holds several models, or not the one that was asked for.
    #[error("{path} {found}{advice}", path = path.display(), found = models_found(asked.as_deref(), models),
            advice = models_advice(path, models))]
    Models {
        /// The recording.
        path: PathBuf,
        /// The model that was asked for.
        asked: Option<String>,
        /// Those that the file names, sorted.
        models: Vec<String>,
    },
    /// Lines that cannot be used.
    #[error("{path} cannot be replayed:{list}", path = path.display(), list = listed(problems, *more))]
    Lines {
        /// The recording.
        path: PathBuf,
        /// The first of them.
        problems: Vec<Problem>,
        /// How many there are beyond those.
        more: usize,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// What was found and what is needed.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Collects problems: the first ones whole, the others as a count.
#[derive(Default)]
pub(super) struct Problems {
    shown: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// The message is only made where it is shown, for a wrong suite can make every line of a large file a problem.
    pub(super) fn push(&mut self, line: usize, message: impl FnOnce() -> String) {
        if self.shown.len() < SHOWN {
            self.shown.push(Problem { line, message: message() });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn into_result(self, path: PathBuf) -> Result<(), ReplayError> {
        if self.shown.is_empty() {
            return Ok(());
        }
        Err(ReplayError::Lines { path, problems: self.shown, more: self.more })
    }
}

fn listed(problems: &[Problem], more: usize) -> String {
    let mut list: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    if more > 0 {
        list += &format!("\n  and {more} more");
    }
    list
}

fn models_found(asked: Option<&str>, models: &[String]) -> String {
    let named = if models.is_empty() { "names no model".to_string() } else { format!("holds {}", models.join(", ")) };
    match asked {
        Some(asked) => format!("has no line of the model {asked:?}: it {named}"),
        None => format!("holds the outputs of {} models", models.len()),
    }
}

fn models_advice(path: &std::path::Path, models: &[String]) -> String {
    if models.is_empty() {
        return format!("; replay it as replay:{}", path.display());
    }
    let choices: String = models.iter().map(|model| format!("\n  replay:{}#{model}", path.display())).collect();
    format!("; choose one:{choices}")
}
