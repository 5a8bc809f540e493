//! Layers around a runner that is asked over a network: retries, limits, budget. Each is a runner itself.
//!
//! From the outside in: [`RetryRunner`], [`BudgetRunner`], [`PacedRunner`], the runner.

mod budget;
mod concurrency;
mod estimate;
mod pace;
mod paced;
mod retry;

pub use budget::{Budget, BudgetRunner};
pub use concurrency::Concurrency;
pub use estimate::Estimate;
pub use paced::{PacedRunner, Rates};
pub use retry::{Patience, RetryRunner};

use eval_core::{RunnerError, RunnerErrorKind};
use tokio::sync::watch;

/// Waits until the run is asked to stop; for ever where nobody can ask any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

fn not_asked() -> RunnerError {
    let mut error = RunnerError::new(RunnerErrorKind::Stopped, "not asked: the run is being stopped");
    error.attempts = 0;
    error
}

#[cfg(test)]
mod scripted;
