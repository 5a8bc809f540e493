//! Asks a model its prompts, scores the answers and hands records to a sink.

mod aside;
mod conversation;
mod failures;
mod judging;
mod recording;

use crate::{
    Case, Event, Outcome, Price, Prompt, Record, Response, Runner, RunnerError, RunnerErrorKind, Sink, SinkError,
    TaskScorer,
};
use aside::scores_aside;
use conversation::converse;
use failures::Failures;
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
pub use judging::{JudgeJob, judge};
use recording::{blank, fail, record};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::watch;

/// One prompt to ask, with what is needed to score its answer.
pub struct Job {
    /// The case.
    pub case: Arc<Case>,
    /// Its prompt.
    pub prompt: Prompt,
    /// The scorer of its task.
    pub scorer: Arc<TaskScorer>,
}

/// A model as the engine sees it.
pub struct Lane {
    /// The name that records carry.
    pub model: String,
    /// Answers.
    pub runner: Arc<dyn Runner>,
    /// USD per million tokens, where known.
    pub price: Option<Price>,
    /// Calls in flight at once; at least 1 is used.
    pub concurrency: usize,
}

impl Lane {
    /// What an answer cost; a cached one what it cost when it was bought, whatever the price is now.
    fn cost(&self, response: &Response) -> Option<f64> {
        let price = self.price.as_ref().filter(|_| !response.cached);
        response.cost_usd.or_else(|| price.and_then(|price| price.cost(&response.usage)))
    }
}

/// How a run of one model ended.
#[derive(Debug, Clone)]
pub enum Ending {
    /// Every job has a record.
    Complete,
    /// It was asked to stop: the jobs in flight were finished, the others not asked.
    Stopped,
    /// Going on would only have failed: the model's last error. What was answered is recorded, and nothing that the
    /// failure is to blame for.
    Failed(RunnerError),
}

/// How long answers in flight are waited for when the run has failed.
const GRACE: Duration = Duration::from_secs(5);

/// Where a case stands in the seeded order of a run: independent of file order and of the other cases, so that a
/// run cut short is a sample, and a resumed run goes on in the same order.
pub fn order_key(seed: u64, case_hash: &str, repeat: u32) -> u64 {
    let digest = blake3::hash(format!("{seed}/{repeat}/{case_hash}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_be_bytes(first)
}

/// Asks the jobs in order, `lane.concurrency` at a time, and hands each record to the sink when it is done.
///
/// Jobs are drawn as they are needed, so memory does not grow with their number. When `stop` turns true no further
/// job is drawn, and those in flight are waited for. An error that every further call would meet ends the run, as do
/// ten failed calls in a row; such failures get no record, so that the cases are asked when the run is gone on with.
/// An error of the sink ends the run at once.
pub async fn run(
    lane: &Lane,
    jobs: impl IntoIterator<Item = Job>,
    mut stop: watch::Receiver<bool>,
    sink: &mut dyn Sink,
) -> Result<Ending, SinkError> {
    let mut jobs = jobs.into_iter();
    let mut in_flight = FuturesUnordered::new();
    let mut stopping = false;
    let mut failures = Failures::default();
    let mut unasked = false;
    loop {
        if *stop.borrow_and_update() && !stopping {
            stopping = true;
            sink.on(&Event::Stopping { in_flight: in_flight.len() })?;
        }
        while !stopping && in_flight.len() < lane.concurrency.max(1) {
            let Some(job) = jobs.next() else { break };
            in_flight.push(answer(lane, job));
        }
        tokio::select! {
            answered = in_flight.next() => match answered {
                // The layers below may have seen the stop before this loop did.
                Some(Answered { error: Some(error), .. }) if *stop.borrow() && passing(error.kind) => unasked = true,
                Some(answered) => {
                    for record in failures.sift(answered) {
                        sink.on(&Event::Finished(&record))?;
                    }
                    for note in lane.runner.take_notes() {
                        sink.on(&Event::Noted { model: &lane.model, note: &note })?;
                    }
                    if let Some(error) = failures.fatal.take() {
                        give_up(in_flight, sink).await?;
                        return Ok(Ending::Failed(error));
                    }
                }
                None => break,
            },
            Ok(()) = stop.changed(), if !stopping => {}
        }
    }
    unasked |= stopping && (jobs.next().is_some() || !failures.held.is_empty());
    if !stopping {
        for record in failures.held {
            sink.on(&Event::Finished(&record))?;
        }
    }
    Ok(if unasked { Ending::Stopped } else { Ending::Complete })
}

/// Whether a failure says nothing of the case when the run is being stopped: it was not tried to the end.
fn passing(kind: RunnerErrorKind) -> bool {
    kind == RunnerErrorKind::Stopped || kind.may_pass() || kind.ends_run()
}

/// Keeps answers that come soon.
async fn give_up(
    mut in_flight: FuturesUnordered<impl Future<Output = Answered>>,
    sink: &mut dyn Sink,
) -> Result<(), SinkError> {
    let until = tokio::time::Instant::now() + GRACE;
    while let Ok(Some(answered)) = tokio::time::timeout_at(until, in_flight.next()).await {
        if answered.error.is_none() {
            sink.on(&Event::Finished(&answered.record))?;
        }
    }
    Ok(())
}

/// A job's record, and the error it holds where the call failed.
struct Answered {
    record: Record,
    error: Option<RunnerError>,
}

async fn answer(lane: &Lane, mut job: Job) -> Answered {
    let result = converse(lane, &mut job).await;
    let error = result.as_ref().err().cloned();
    // Scorers read hostile text: a defect in one must cost one score, not the run.
    let scored = async {
        let result = result.map(|response| Response { cost_usd: lane.cost(&response), ..response });
        let aside = match &result {
            Ok(response) => scores_aside(&job, response).await,
            Err(_) => Vec::new(),
        };
        record(lane, &job, result, aside)
    };
    let record = match AssertUnwindSafe(scored).catch_unwind().await {
        Ok(record) => record,
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or(panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let mut record = blank(lane, &job);
            fail(&mut record, Outcome::MetricFailed, None, "scorer_panicked", message);
            record
        }
    };
    Answered { record, error }
}

#[cfg(test)]
mod tests;
