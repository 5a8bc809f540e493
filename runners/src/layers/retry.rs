use super::{not_asked, stopped};
use backon::{BackoffBuilder, ExponentialBuilder};
use eval_core::{BoxFuture, Prompt, Response, Runner, RunnerError, RunnerErrorKind as Kind};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Tries at a server that never answered: a wrong address should be told at once.
const FIRST_CONTACT: u32 = 3;
/// For each attempt that a failing call has, how many it has where the failure is the server's state.
const SERVER_STATE: u32 = 4;

/// When a failing call is given up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Attempts at a call that fails in a way that may be its own: a timeout, a cut answer, an internal error.
    pub attempts: u32,
    /// How long a server that is gone, busy or asks for fewer calls is waited for, while it answers nobody.
    pub outage: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 5, outage: Duration::from_secs(120) }
    }
}

/// Makes a call again where that may help: after a growing, jittered wait, or the one that the server asks for.
pub struct RetryRunner {
    inner: Arc<dyn Runner>,
    patience: Patience,
    stop: watch::Receiver<bool>,
    health: Mutex<Health>,
}

/// What all calls of a model know of its server.
#[derive(Debug, Default)]
struct Health {
    answered: bool,
    /// Since when nobody was answered, because of the server's state.
    down_since: Option<Instant>,
    /// It was waited for long enough: no other call waits again.
    given_up: bool,
}

impl RetryRunner {
    /// Around a runner. Once `stop` is true, no further attempt is made.
    pub fn new(inner: Arc<dyn Runner>, patience: Patience, stop: watch::Receiver<bool>) -> Self {
        Self { inner, patience, stop, health: Mutex::default() }
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Response, RunnerError> {
        let mut stop = self.stop.clone();
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_jitter()
            .without_max_times()
            .build();
        for attempt in 1.. {
            if *stop.borrow() {
                return Err(not_asked());
            }
            let mut error = match self.inner.respond(prompt).await {
                Ok(response) => {
                    self.answered();
                    return Ok(Response { attempts: attempt, ..response });
                }
                Err(error) => error,
            };
            error.attempts = attempt;
            let wait = waits.next().unwrap_or(LONGEST_WAIT);
            // A little more than asked, and not all at once.
            let wait = error.retry_after.map_or(wait, |asked| asked.saturating_add(wait / 8));
            if !error.kind.may_pass() || self.gives_up(&error, wait) {
                return Err(said(error));
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return Err(error),
                () = tokio::time::sleep(wait) => {}
            }
        }
        Err(not_asked())
    }

    fn answered(&self) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        *health = Health { answered: true, ..Health::default() };
    }

    fn gives_up(&self, error: &RunnerError, wait: Duration) -> bool {
        let Patience { attempts, outage } = self.patience;
        if !error.kind.is_of_server() {
            return error.attempts >= attempts || wait > outage;
        }
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let down_since = *health.down_since.get_or_insert(now);
        let never_met = error.kind == Kind::Unreachable && !health.answered;
        health.given_up |= (never_met && error.attempts >= FIRST_CONTACT) || now + wait > down_since + outage;
        health.given_up || error.attempts >= attempts.saturating_mul(SERVER_STATE)
    }
}

impl Runner for RetryRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(self.ask(prompt))
    }
}

/// The message tells that it was tried more than once, and what the server asked for.
fn said(mut error: RunnerError) -> RunnerError {
    if error.attempts > 1 {
        error.message += &format!(" ({} attempts)", error.attempts);
    }
    if let Some(wait) = error.retry_after.filter(|wait| wait.as_secs() > 0) {
        error.message += &format!("; it asks to come back in {} s", wait.as_secs());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::{super::scripted::*, *};

    fn runner(outcomes: Vec<Result<(), RunnerError>>) -> (RetryRunner, Arc<Scripted>) {
        let inner = Scripted::new(outcomes);
        (RetryRunner::new(inner.clone(), Patience::default(), never()), inner)
    }

    fn failing(kind: Kind) -> Result<(), RunnerError> {
        Err(RunnerError::new(kind, "it failed"))
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again() {
        let kinds = [Kind::Server, Kind::Timeout, Kind::Disconnected, Kind::Malformed];
        let (runner, _) = runner(kinds.map(failing).into_iter().chain([Ok(())]).collect());
        assert_eq!(runner.respond(&prompt()).await.unwrap().attempts, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_pass_is_not() {
        for kind in [Kind::Rejected, Kind::Unauthorized, Kind::UnknownModel, Kind::Quota, Kind::ContextLength] {
            let (runner, inner) = runner(vec![failing(kind), Ok(())]);
            assert_eq!(runner.respond(&prompt()).await.unwrap_err().kind, kind);
            assert_eq!(inner.calls(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_has_so_many_attempts_and_no_more() {
        let (runner, inner) = runner(vec![failing(Kind::Timeout); 9]);
        let error = runner.respond(&prompt()).await.unwrap_err();
        assert_eq!((error.attempts, inner.calls()), (5, 5));
        assert_eq!(error.message, "it failed (5 attempts)");
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_is_left_alone_as_long_as_it_asks() {
        let asked = Duration::from_secs(20);
        let throttled = RunnerError { retry_after: Some(asked), ..RunnerError::new(Kind::Throttled, "later") };
        let (runner, _) = runner(vec![Err(throttled), Ok(())]);
        let begun = Instant::now();
        runner.respond(&prompt()).await.unwrap();
        assert!((asked..asked + Duration::from_secs(1)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_was_never_met_is_given_up_at_once_and_one_that_was_is_waited_for() {
        let (stranger, inner) = runner(vec![failing(Kind::Unreachable); 50]);
        let begun = Instant::now();
        assert_eq!(stranger.respond(&prompt()).await.unwrap_err().kind, Kind::Unreachable);
        assert_eq!(inner.calls(), 3);
        assert!(begun.elapsed() < Duration::from_secs(5));

        let outcomes = [Ok(())].into_iter().chain(vec![failing(Kind::Unreachable); 50]).collect();
        let (known, _) = runner(outcomes);
        known.respond(&prompt()).await.unwrap();
        let begun = Instant::now();
        assert_eq!(known.respond(&prompt()).await.unwrap_err().kind, Kind::Unreachable);
        let waited = begun.elapsed();
        assert!((Duration::from_secs(60)..=Duration::from_secs(120)).contains(&waited), "{waited:?}");
        // The others do not wait for it all over again.
        known.respond(&prompt()).await.unwrap_err();
        assert!(begun.elapsed() < waited + Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_patience_is_not_begun() {
        let later = RunnerError {
            retry_after: Some(Duration::from_secs(3600)),
            ..RunnerError::new(Kind::Throttled, "come back later")
        };
        let (runner, _) = runner(vec![Err(later), Ok(())]);
        let begun = Instant::now();
        let error = runner.respond(&prompt()).await.unwrap_err();
        assert_eq!(error.message, "come back later; it asks to come back in 3600 s");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_tried_again_once_the_run_is_being_stopped() {
        let (stop, stopping) = watch::channel(false);
        let inner = Scripted::new(vec![failing(Kind::Server); 9]);
        let runner = RetryRunner::new(inner.clone(), Patience::default(), stopping);
        let prompt = prompt();
        let call = runner.respond(&prompt);
        let (error, ()) = tokio::join!(call, async { assert!(!stop.send_replace(true)) });
        assert_eq!((error.unwrap_err().kind, inner.calls()), (Kind::Server, 1));
        assert_eq!(runner.respond(&prompt).await.unwrap_err().kind, Kind::Stopped);
        assert_eq!(inner.calls(), 1);
    }
}
