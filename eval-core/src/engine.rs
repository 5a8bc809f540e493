//! Asks a model its prompts, scores the answers and hands records to a sink.

use crate::{
    Behaviour, Case, ErrorInfo, Event, Outcome, Price, Prompt, RECORD_VERSION, Record, Response, Runner, RunnerError,
    RunnerErrorKind, Score, Sink, SinkError, Speed, TaskScorer,
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use serde_json::Value;
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
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

/// So many failed calls in a row, with no answer between them, are the model's failure and not the cases'.
const FAILURES_IN_A_ROW: usize = 10;

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
/// [`FAILURES_IN_A_ROW`]; such failures get no record, so that the cases are asked when the run is gone on with.
/// An error of the sink ends the run at once.
pub async fn run(
    lane: &Lane,
    jobs: impl IntoIterator<Item = Job>,
    mut stop: watch::Receiver<bool>,
    sink: &mut dyn Sink,
) -> Result<Ending, SinkError> {
    let mut jobs = jobs.into_iter();
    let mut in_flight = FuturesUnordered::new();
    let mut stopping = *stop.borrow_and_update();
    let mut failures = Failures::default();
    let mut unasked = false;
    loop {
        while !stopping && in_flight.len() < lane.concurrency.max(1) {
            let Some(job) = jobs.next() else { break };
            in_flight.push(answer(lane, job));
        }
        tokio::select! {
            answered = in_flight.next() => match answered {
                Some(Answered { error: Some(error), .. }) if stopping && passing(error.kind) => unasked = true,
                Some(answered) => {
                    for record in failures.sift(answered) {
                        sink.on(&Event::Finished(&record))?;
                    }
                    if let Some(error) = failures.fatal.take() {
                        give_up(in_flight, sink).await?;
                        return Ok(Ending::Failed(error));
                    }
                }
                None => break,
            },
            Ok(()) = stop.changed(), if !stopping => {
                stopping = *stop.borrow_and_update();
                if stopping {
                    sink.on(&Event::Stopping { in_flight: in_flight.len() })?;
                }
            }
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

/// Failed calls that may be the model's fault: held back until an answer shows that the model is there.
#[derive(Default)]
struct Failures {
    held: Vec<Record>,
    fatal: Option<RunnerError>,
}

impl Failures {
    /// The records that are certain now.
    fn sift(&mut self, answered: Answered) -> Vec<Record> {
        match answered.error {
            Some(error) if error.kind.ends_run() => {
                self.fatal = Some(error);
                Vec::new()
            }
            Some(error) if !error.kind.is_of_case() => {
                self.held.push(answered.record);
                if self.held.len() >= FAILURES_IN_A_ROW {
                    let message = format!("{} calls failed in a row, the last one so: {error}", self.held.len());
                    self.fatal = Some(RunnerError { message, ..error });
                }
                Vec::new()
            }
            Some(_) => vec![answered.record],
            None => {
                let mut certain = std::mem::take(&mut self.held);
                certain.push(answered.record);
                certain
            }
        }
    }
}

async fn answer(lane: &Lane, job: Job) -> Answered {
    let result = lane.runner.respond(&job.prompt).await;
    let error = result.as_ref().err().cloned();
    // Scorers read hostile text: a defect in one must cost one score, not the run.
    let scored = async { record(lane, &job, result) };
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

fn record(lane: &Lane, job: &Job, result: Result<Response, RunnerError>) -> Record {
    let mut record = blank(lane, job);
    match result {
        Err(error) => {
            fail(&mut record, Outcome::RunnerFailed, Some(false), error.kind.as_str(), &error.message);
            record.attempts = error.attempts;
        }
        Ok(response) => {
            score(&mut record, job, &response);
            let timing = response.timing;
            record.speed = Speed {
                prompt_ms: timing.prompt_ms,
                generation_ms: timing.generation_ms,
                tokens_per_second: tokens_per_second(&response),
            };
            record.latency_ms = timing.latency_ms;
            record.cost_usd =
                response.cost_usd.or_else(|| lane.price.as_ref().and_then(|price| price.cost(&response.usage)));
            record.usage = response.usage;
            record.text = response.text;
            record.reasoning = response.reasoning;
            record.tool_calls = response.tool_calls;
            record.finish_reason = response.finish_reason;
            record.cached = response.cached;
            record.attempts = response.attempts;
            record.server = response.server;
        }
    }
    record
}

fn score(record: &mut Record, job: &Job, response: &Response) {
    let grade = job.scorer.grader.grade(&job.case, response);
    let extra = job.scorer.metrics.iter().map(|m| (m.name().to_string(), m.score(&job.case, response)));
    let scores: Vec<_> = grade.scores.into_iter().map(|(n, s)| (n.to_string(), s)).chain(extra).collect();
    for (name, score) in scores {
        match score {
            Score::Refused | Score::NotApplicable => {}
            Score::Failed(why) => {
                record
                    .error
                    .get_or_insert_with(|| ErrorInfo { kind: "metric".into(), message: format!("{name}: {why}") });
                record.scores.insert(name, None);
            }
            known => {
                record.scores.insert(name, known.value());
            }
        }
    }
    record.answer = grade.answer;
    record.reading = Some(grade.reading.to_string());
    record.note = grade.note;
    match grade.correct {
        Score::Failed(why) => fail(record, Outcome::MetricFailed, None, "metric", &why),
        correct => {
            let correct = correct == Score::Correct && grade.behaviour != Behaviour::Broken;
            record.correct = Some(correct);
            record.behaviour = Some(grade.behaviour);
            record.scores.insert("accuracy".into(), Some(f64::from(u8::from(correct))));
        }
    }
}

fn fail(record: &mut Record, outcome: Outcome, correct: Option<bool>, kind: &str, message: &str) {
    record.outcome = outcome;
    record.correct = correct;
    record.error = Some(ErrorInfo { kind: kind.into(), message: message.into() });
}

fn tokens_per_second(response: &Response) -> Option<f64> {
    // The first token comes with the prompt.
    let tokens = response.usage.output_tokens.filter(|n| *n > 1)? - 1;
    let ms = response.timing.generation_ms.filter(|ms| *ms > 0.0)?;
    Some(tokens as f64 / ms * 1e3)
}

fn blank(lane: &Lane, job: &Job) -> Record {
    let case = &job.case;
    Record {
        v: RECORD_VERSION,
        task: case.task.to_string(),
        case: case.id.clone(),
        case_hash: case.hash.to_string(),
        model: lane.model.clone(),
        repeat: job.prompt.id.repeat,
        outcome: Outcome::Scored,
        should_decline: case.should_decline,
        correct: None,
        behaviour: None,
        scores: BTreeMap::new(),
        text: String::new(),
        reasoning: None,
        tool_calls: Vec::new(),
        finish_reason: None,
        usage: Default::default(),
        latency_ms: None,
        cost_usd: None,
        cached: false,
        attempts: 1,
        error: None,
        speed: Speed::default(),
        server: Default::default(),
        answer: Value::Null,
        reading: None,
        note: None,
        expected: case.expected_json(),
        prompt: job.prompt.messages.clone(),
        tags: case.tags.clone(),
        cluster: case.cluster.clone(),
    }
}
