use super::{Concurrency, Estimate, not_asked, pace::Pace, stopped};
use eval_core::{BoxFuture, Prompt, Response, Runner, RunnerError};
use std::sync::Arc;
use tokio::{sync::watch, time::Instant};

/// Calls and tokens per minute, where they are limited.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Calls.
    pub requests_per_minute: Option<f64>,
    /// Tokens: those of the prompt, about, and the most that the answer may have, as providers count them beforehand.
    pub tokens_per_minute: Option<f64>,
}

/// Makes calls no faster, and no more of them at once, than is right for the server.
pub struct PacedRunner {
    inner: Arc<dyn Runner>,
    concurrency: Concurrency,
    requests: Option<Pace>,
    tokens: Option<Pace>,
    thinking_tokens: Option<u32>,
    stop: watch::Receiver<bool>,
}

impl PacedRunner {
    /// Around a runner. Once `stop` is true, no call that still waits is made.
    pub fn new(
        inner: Arc<dyn Runner>,
        concurrency: Concurrency,
        rates: Rates,
        thinking_tokens: Option<u32>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (requests, tokens) = (rates.requests_per_minute.map(Pace::new), rates.tokens_per_minute.map(Pace::new));
        Self { inner, concurrency, requests, tokens, thinking_tokens, stop }
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Response, RunnerError> {
        let mut stop = self.stop.clone();
        let leave = tokio::select! {
            biased;
            () = stopped(&mut stop) => return Err(not_asked()),
            leave = self.concurrency.enter() => leave.ok_or_else(not_asked)?,
        };
        if let Some(begin) = self.begin(prompt) {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {
                    self.concurrency.leave(leave, None);
                    return Err(not_asked());
                }
                () = tokio::time::sleep_until(begin) => {}
            }
        }
        let answered = self.inner.respond(prompt).await;
        if answered.as_ref().is_err_and(|error| error.kind.ends_run() && !error.kind.may_pass()) {
            // Those that wait would only be told the same.
            self.concurrency.close();
        }
        self.concurrency.leave(leave, answered.as_ref().err());
        answered
    }

    /// When the rates let the call begin.
    fn begin(&self, prompt: &Prompt) -> Option<Instant> {
        let now = Instant::now();
        let request = self.requests.as_ref().map(|pace| pace.reserve(1, now));
        let tokens = self.tokens.as_ref().map(|pace| {
            let estimate = Estimate::of(prompt, self.thinking_tokens);
            pace.reserve(estimate.input + estimate.output_at_most, now)
        });
        request.max(tokens)
    }
}

impl Runner for PacedRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(self.ask(prompt))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scripted::*, *};
    use eval_core::RunnerErrorKind as Kind;

    #[tokio::test(start_paused = true)]
    async fn what_all_would_be_told_is_asked_no_more() {
        let inner = Scripted::new(vec![Err(RunnerError::new(Kind::Unauthorized, "wrong key")); 9]);
        let runner = PacedRunner::new(inner.clone(), Concurrency::fixed(2), Rates::default(), None, never());
        let prompt = prompt();
        let answers = futures_util::future::join_all((0..9).map(|_| runner.respond(&prompt))).await;
        let told = answers.iter().filter(|answer| answer.as_ref().unwrap_err().kind == Kind::Unauthorized).count();
        // The other call that was under way.
        assert!(inner.calls() <= 2 && told == inner.calls(), "{told} of {}", inner.calls());
    }
}
