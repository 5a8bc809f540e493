use crate::{Prompt, Response};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns a prompt into a response: one prompt in, one response or one typed error out.
///
/// It knows nothing of cases or scores; [`crate::PromptId`] serves recordings and caches.
pub trait Runner: Send + Sync {
    /// Asks the model once.
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>>;
}

/// A call that gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RunnerError {
    /// What kind of failure.
    pub kind: RunnerErrorKind,
    /// For a person: what failed and what to do. Never holds a secret.
    pub message: String,
}

impl RunnerError {
    /// An error of this kind.
    pub fn new(kind: RunnerErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// Kinds of failed calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerErrorKind {
    /// The prompt and the room for its answer are longer than the model's context.
    ContextLength,
    /// The model's chat template refuses the conversation.
    Template,
    /// A recording has no line for the case.
    NotRecorded,
    /// A recording holds an error for the case.
    Recorded,
    /// The engine failed.
    Engine,
}

impl RunnerErrorKind {
    /// The word that records hold.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContextLength => "context_length",
            Self::Template => "template",
            Self::NotRecorded => "not_recorded",
            Self::Recorded => "recorded",
            Self::Engine => "engine",
        }
    }
}
