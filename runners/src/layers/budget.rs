use super::{Estimate, not_asked, stopped};
use eval_core::{BoxFuture, Price, Prompt, Response, Runner, RunnerError, RunnerErrorKind as Kind};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, watch};

/// USD that a run may spend, over all its models.
#[derive(Debug)]
pub struct Budget {
    limit: f64,
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    spent: f64,
    /// What the calls in flight may come to.
    reserved: f64,
}

impl Budget {
    /// A limit, of which nothing is spent yet.
    pub fn new(limit: f64) -> Self {
        Self { limit, state: Mutex::default(), settled: Notify::new() }
    }

    /// What the run spent before it was interrupted.
    pub fn spent_before(&self, usd: f64) {
        self.state().spent += usd;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until calls in flight leave room for this one; an error where even without them there is none.
    async fn reserve(&self, cost: f64) -> Result<(), RunnerError> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            {
                let mut state = self.state();
                if state.spent + state.reserved + cost <= self.limit {
                    state.reserved += cost;
                    return Ok(());
                }
                if state.reserved <= 0.0 {
                    let message = format!(
                        "the limit of ${:.6} on the run's cost would be passed: ${:.6} is spent, and the next call may \
                         come to ${cost:.6}. A higher --max-cost goes on",
                        self.limit, state.spent
                    );
                    return Err(RunnerError { attempts: 0, ..RunnerError::new(Kind::Budget, message) });
                }
            }
            settled.await;
        }
    }

    fn settle(&self, reserved: f64, spent: f64) {
        let mut state = self.state();
        state.reserved -= reserved;
        if state.reserved < 1e-12 {
            state.reserved = 0.0;
        }
        state.spent += spent;
        drop(state);
        self.settled.notify_waiters();
    }
}

/// Makes a call only where the most that it can cost is left in the budget.
pub struct BudgetRunner {
    inner: Arc<dyn Runner>,
    budget: Arc<Budget>,
    price: Price,
    thinking_tokens: Option<u32>,
    stop: watch::Receiver<bool>,
}

impl BudgetRunner {
    /// Around a runner of a model whose price is known.
    pub fn new(
        inner: Arc<dyn Runner>,
        budget: Arc<Budget>,
        price: Price,
        thinking_tokens: Option<u32>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { inner, budget, price, thinking_tokens, stop }
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Response, RunnerError> {
        let at_most = Estimate::of(prompt, self.thinking_tokens).cost_at_most(&self.price);
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return Err(not_asked()),
            reserved = self.budget.reserve(at_most) => reserved?,
        }
        let answered = self.inner.respond(prompt).await;
        self.budget.settle(at_most, self.spent(&answered, at_most));
        answered
    }

    /// What is unknown counts as the most it can be: an answer without usage, and a call that failed after it was sent.
    fn spent(&self, answered: &Result<Response, RunnerError>, at_most: f64) -> f64 {
        match answered {
            Ok(response) => response.cost_usd.or_else(|| self.price.cost(&response.usage)).unwrap_or(at_most),
            Err(error) if matches!(error.kind, Kind::Timeout | Kind::Disconnected | Kind::Malformed) => at_most,
            Err(_) => 0.0,
        }
    }
}

impl Runner for BudgetRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(self.ask(prompt))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scripted::*, *};

    /// A call of the scripted runner costs 100 µ$ + 10 × 10 µ$ = 200 µ$; at most 1,000 + 100 × 10 = 2,000 µ$.
    const PRICE: Price = Price { input: 1.0, cached_input: None, output: 10.0, as_of: None };

    fn runner(limit: f64, outcome: Result<(), RunnerError>) -> (BudgetRunner, Arc<Scripted>) {
        let (inner, budget) = (Scripted::new(vec![outcome]), Arc::new(Budget::new(limit)));
        (BudgetRunner::new(inner.clone(), budget, PRICE, None, never()), inner)
    }

    #[tokio::test]
    async fn calls_are_made_while_the_most_they_can_cost_is_left() {
        // 200 µ$ a call: the ninth begins with 1,600 spent and 2,000 left; the tenth would need 3,800.
        let (runner, inner) = runner(0.0037, Ok(()));
        let prompt = prompt();
        let calls = (0..40).map(|_| runner.respond(&prompt));
        let answers = futures_util::future::join_all(calls).await;
        let made = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!((made, inner.calls()), (9, 9));
        let state = runner.budget.state();
        assert!(state.spent <= 0.0037 && state.reserved == 0.0, "{state:?}");
        drop(state);
        let refused = answers.into_iter().find_map(Result::err).unwrap();
        assert_eq!(refused.kind, Kind::Budget);
        insta::assert_snapshot!(refused);
    }

    #[tokio::test]
    async fn a_call_whose_cost_is_unknown_counts_as_the_most_it_can_be() {
        let (runner, inner) = runner(0.0061, Err(RunnerError::new(Kind::Timeout, "no answer")));
        for _ in 0..3 {
            assert_eq!(runner.respond(&prompt()).await.unwrap_err().kind, Kind::Timeout);
        }
        assert_eq!(runner.respond(&prompt()).await.unwrap_err().kind, Kind::Budget);
        assert_eq!(inner.calls(), 3);
    }
}
