//! A runner for tests that does what it is told, call after call.

use eval_core::{BoxFuture, Message, Prompt, PromptId, Response, Role, Runner, RunnerError, Usage};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::watch;

pub(super) struct Scripted {
    outcomes: Vec<Result<(), RunnerError>>,
    calls: AtomicUsize,
}

impl Scripted {
    pub(super) fn new(outcomes: Vec<Result<(), RunnerError>>) -> Arc<Self> {
        Arc::new(Self { outcomes, calls: AtomicUsize::new(0) })
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Runner for Scripted {
    fn respond<'a>(&'a self, _: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let usage = Usage { input_tokens: Some(100), output_tokens: Some(10), ..Usage::default() };
        let answer = Response { text: "billing".into(), usage, attempts: 1, ..Response::default() };
        let outcome = self.outcomes[call.min(self.outcomes.len() - 1)].clone().map(|()| answer);
        Box::pin(async move {
            tokio::task::yield_now().await;
            outcome
        })
    }
}

pub(super) fn prompt() -> Prompt {
    Prompt {
        id: PromptId { task: "triage".into(), case: "t-1".into(), case_hash: "0".into(), repeat: 0 },
        messages: vec![Message { role: Role::User, content: "x".repeat(968) }],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 100,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// Nobody stops the run.
pub(super) fn never() -> watch::Receiver<bool> {
    watch::channel(false).1
}
