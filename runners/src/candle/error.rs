//! What goes wrong with a local model: while it is loaded, and while it answers.

use super::{gguf::first_line, memory::is_exhausted};
use eval_core::{RunnerError, RunnerErrorKind};
use std::path::{Path, PathBuf};

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be opened or read.
    #[error("failed to read {path}: {cause}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what is needed.
    #[error("{path} {what}: {message}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Completes the sentence that begins with the path.
        what: &'static str,
        /// What was found and what to do.
        message: String,
    },
    /// The compute device failed.
    #[error("the compute device failed: {0}")]
    Device(String),
}

impl LoadError {
    pub(crate) fn file(path: &Path, what: &'static str, message: String) -> Self {
        Self::File { path: path.into(), what, message }
    }
}

impl From<candle_core::Error> for LoadError {
    fn from(error: candle_core::Error) -> Self {
        Self::Device(first_line(&error))
    }
}

/// A failure of the engine on one prompt.
pub fn engine(message: String) -> RunnerError {
    RunnerError::new(RunnerErrorKind::Engine, message)
}

/// A failure of the decoder on one prompt.
pub fn failed(error: candle_core::Error) -> RunnerError {
    if is_exhausted(&error) {
        let message =
            format!("the device has too little memory for this prompt and its answer: {}", first_line(&error));
        return RunnerError::new(RunnerErrorKind::OutOfMemory, message);
    }
    engine(format!("the model failed: {}", first_line(&error)))
}
