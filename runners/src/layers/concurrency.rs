use eval_core::{RunnerError, RunnerErrorKind as Kind};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// Calls in flight at the beginning, where their number adapts.
const BEGIN: usize = 8;
/// The longest time that all calls wait because a server asked one to.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How many calls of a model are in flight.
///
/// A number that adapts begins at 8 and grows with each answer, up to a most. When the server asks for fewer calls it is
/// halved, and from then on grows by one each time that as many answers came as there are calls in flight (additive
/// increase, multiplicative decrease: Chiu and Jain 1989). Failures of calls that were under way when it was halved
/// do not halve it again.
#[derive(Debug)]
pub struct Concurrency {
    permits: Semaphore,
    most: usize,
    adapts: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Permits in use that are given up when they come back.
    surplus: usize,
    /// Answers since the limit last grew; `None`: it grows with each.
    answers: Option<usize>,
    halved: Option<Instant>,
    /// Refusals since the last answer.
    refusals: u32,
    paused_until: Option<Instant>,
}

/// Leave to make one call.
pub struct Leave<'a> {
    permit: SemaphorePermit<'a>,
    begun: Instant,
}

impl Concurrency {
    /// A number that stays as it is.
    pub fn fixed(calls: usize) -> Self {
        Self::new(calls.max(1), calls.max(1), false)
    }

    /// A number that adapts to the server, up to `most`.
    pub fn adaptive(most: usize) -> Self {
        Self::new(BEGIN.min(most.max(1)), most.max(1), true)
    }

    fn new(limit: usize, most: usize, adapts: bool) -> Self {
        let state = State { limit, surplus: 0, answers: None, halved: None, refusals: 0, paused_until: None };
        Self { permits: Semaphore::new(limit), most, adapts, state: Mutex::new(state) }
    }

    /// Calls in flight at most, ever.
    pub fn most(&self) -> usize {
        self.most
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for leave to make a call; `None`: no further one is to be made.
    pub(super) async fn enter(&self) -> Option<Leave<'_>> {
        let permit = self.permits.acquire().await.ok()?;
        while let Some(until) = self.paused() {
            tokio::time::sleep_until(until).await;
        }
        Some(Leave { permit, begun: Instant::now() }).filter(|_| !self.permits.is_closed())
    }

    /// Gives leave to no further call.
    pub(super) fn close(&self) {
        self.permits.close();
    }

    fn paused(&self) -> Option<Instant> {
        let mut state = self.state();
        state.paused_until = state.paused_until.filter(|until| *until > Instant::now());
        state.paused_until
    }

    /// The call is over; what it came to moves the limit.
    pub(super) fn leave(&self, leave: Leave<'_>, error: Option<&RunnerError>) {
        let mut state = self.state();
        let error = error.filter(|e| matches!(e.kind, Kind::Throttled | Kind::Overloaded | Kind::Timeout));
        match error {
            None => {
                state.refusals = 0;
                self.grow(&mut state);
            }
            Some(error) => {
                state.refusals += 1;
                // One refusal may be this call's alone; at the second in a row all wait.
                if let Some(wait) = error.retry_after.filter(|_| state.refusals > 1) {
                    state.paused_until = state.paused_until.max(Some(Instant::now() + wait.min(LONGEST_PAUSE)));
                }
                if self.adapts && state.halved.is_none_or(|halved| leave.begun > halved) {
                    let fewer = (state.limit / 2).max(1);
                    state.surplus += state.limit - fewer;
                    state.limit = fewer;
                    state.answers = Some(0);
                    state.halved = Some(Instant::now());
                }
            }
        }
        if state.surplus > 0 {
            state.surplus -= 1;
            leave.permit.forget();
        }
    }

    fn grow(&self, state: &mut State) {
        if !self.adapts || state.limit >= self.most {
            return;
        }
        if let Some(answers) = &mut state.answers {
            *answers += 1;
            if *answers < state.limit {
                return;
            }
            *answers = 0;
        }
        state.limit += 1;
        match state.surplus {
            0 => self.permits.add_permits(1),
            _ => state.surplus -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn rounds(concurrency: &Concurrency, calls: usize, error: Option<&RunnerError>) {
        for _ in 0..calls {
            let leave = concurrency.enter().await.unwrap();
            concurrency.leave(leave, error);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_grows_while_answers_come_and_falls_when_asked_for_fewer() {
        let concurrency = Concurrency::adaptive(64);
        let limit = || (concurrency.state().limit, concurrency.permits.available_permits());
        rounds(&concurrency, 20, None).await;
        assert_eq!(limit(), (28, 28));
        rounds(&concurrency, 200, None).await;
        assert_eq!(limit(), (64, 64));
        // All that were in flight are refused: that is one sign, not sixty-four.
        let mut leaves = Vec::new();
        for _ in 0..64 {
            leaves.push(concurrency.enter().await.unwrap());
        }
        let throttled = RunnerError::new(Kind::Throttled, "slow down");
        leaves.into_iter().for_each(|leave| concurrency.leave(leave, Some(&throttled)));
        assert_eq!(limit(), (32, 32));
        rounds(&concurrency, 32, None).await;
        assert_eq!(limit(), (33, 33), "it grows slowly now");
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..9 {
            rounds(&concurrency, 1, Some(&throttled)).await;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(limit().0, 1, "one call is always let through");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fixed_number_stays() {
        let concurrency = Concurrency::fixed(3);
        let overloaded = RunnerError::new(Kind::Overloaded, "busy");
        rounds(&concurrency, 10, Some(&overloaded)).await;
        rounds(&concurrency, 10, None).await;
        assert_eq!((concurrency.state().limit, concurrency.permits.available_permits()), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn all_wait_when_a_server_says_it_twice() {
        let concurrency = Concurrency::fixed(4);
        let throttled =
            RunnerError { retry_after: Some(Duration::from_secs(7)), ..RunnerError::new(Kind::Throttled, "later") };
        let begun = Instant::now();
        rounds(&concurrency, 1, Some(&throttled)).await;
        rounds(&concurrency, 1, Some(&throttled)).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        rounds(&concurrency, 1, None).await;
        assert_eq!(begun.elapsed().as_secs(), 7);
    }
}
