use crate::{Prompt, Response};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin, time::Duration};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns a prompt into a response: one prompt in, one response or one typed error out.
///
/// It knows nothing of cases or scores; [`crate::PromptId`] serves recordings and caches.
pub trait Runner: Send + Sync {
    /// Asks the model once.
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>>;

    /// What has come up since this was last asked that a person should know of how the model is run.
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A call that gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RunnerError {
    /// What kind of failure.
    pub kind: RunnerErrorKind,
    /// For a person: what failed and what to do. Never holds a secret.
    pub message: String,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How often the call was made.
    pub attempts: u32,
}

impl RunnerError {
    /// An error of this kind, of a call that was made once.
    pub fn new(kind: RunnerErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, attempts: 1 }
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
    /// The prompt and its answer need more memory than there is.
    OutOfMemory,
    /// No server can be reached at the address.
    Unreachable,
    /// The connection broke before the answer was whole.
    Disconnected,
    /// The answer did not come in time.
    Timeout,
    /// The server asks for fewer calls.
    Throttled,
    /// The server, or one before it, cannot serve now.
    Overloaded,
    /// The server failed.
    Server,
    /// What came back is no answer of the protocol.
    Malformed,
    /// The server does not take the key.
    Unauthorized,
    /// The server does not know the model, or the address.
    UnknownModel,
    /// The account has no credit left.
    Quota,
    /// The server does not take the request.
    Rejected,
    /// The call might pass the limit on cost.
    Budget,
    /// The call was not made, or not made again, because the run is being stopped.
    Stopped,
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
            Self::OutOfMemory => "out_of_memory",
            Self::Unreachable => "unreachable",
            Self::Disconnected => "disconnected",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
            Self::Malformed => "malformed",
            Self::Unauthorized => "unauthorized",
            Self::UnknownModel => "unknown_model",
            Self::Quota => "quota",
            Self::Rejected => "rejected",
            Self::Budget => "budget",
            Self::Stopped => "stopped",
        }
    }

    /// Whether the same call may succeed a moment later.
    pub fn may_pass(self) -> bool {
        self.is_of_server() || matches!(self, Self::Disconnected | Self::Timeout | Self::Server | Self::Malformed)
    }

    /// Whether the failure is the server's state rather than the call's: other calls fail now, too.
    pub fn is_of_server(self) -> bool {
        matches!(self, Self::Unreachable | Self::Throttled | Self::Overloaded)
    }

    /// Whether every further call would fail as well, so that the run ends.
    pub fn ends_run(self) -> bool {
        matches!(self, Self::Unauthorized | Self::UnknownModel | Self::Quota | Self::Unreachable | Self::Budget)
    }

    /// Whether the failure follows from the case, whatever the state of the model.
    pub fn is_of_case(self) -> bool {
        matches!(self, Self::ContextLength | Self::Template | Self::NotRecorded | Self::Recorded)
    }
}
