//! Asks a model its prompts, scores the answers and hands records to a sink.

use crate::{
    Behaviour, Case, ErrorInfo, Event, Outcome, Price, Prompt, RECORD_VERSION, Record, Response, Runner, RunnerError,
    Score, Sink, SinkError, Speed, TaskScorer,
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use serde_json::Value;
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every job has a record.
    Complete,
    /// It was asked to stop: the jobs in flight were finished, the others not asked.
    Stopped,
}

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
/// job is drawn, and those in flight are waited for. An error of the sink ends the run at once.
pub async fn run(
    lane: &Lane,
    jobs: impl IntoIterator<Item = Job>,
    mut stop: watch::Receiver<bool>,
    sink: &mut dyn Sink,
) -> Result<Ending, SinkError> {
    let mut jobs = jobs.into_iter();
    let mut in_flight = FuturesUnordered::new();
    let mut stopping = *stop.borrow_and_update();
    loop {
        while !stopping && in_flight.len() < lane.concurrency.max(1) {
            let Some(job) = jobs.next() else { break };
            in_flight.push(answer(lane, job));
        }
        tokio::select! {
            record = in_flight.next() => match record {
                Some(record) => sink.on(&Event::Finished(&record))?,
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
    let unfinished = stopping && jobs.next().is_some();
    Ok(if unfinished { Ending::Stopped } else { Ending::Complete })
}

async fn answer(lane: &Lane, job: Job) -> Record {
    let result = lane.runner.respond(&job.prompt).await;
    // Scorers read hostile text: a defect in one must cost one score, not the run.
    let scored = async { record(lane, &job, result) };
    match AssertUnwindSafe(scored).catch_unwind().await {
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
    }
}

fn record(lane: &Lane, job: &Job, result: Result<Response, RunnerError>) -> Record {
    let mut record = blank(lane, job);
    match result {
        Err(error) => {
            fail(&mut record, Outcome::RunnerFailed, Some(false), error.kind.as_str(), &error.message);
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
        task: case.task.clone(),
        case: case.id.clone(),
        case_hash: case.hash.clone(),
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
        answer: Value::Null,
        reading: None,
        note: None,
        expected: case.expected_json.clone(),
        prompt: job.prompt.messages.clone(),
        tags: case.tags.clone(),
        cluster: case.cluster.clone(),
    }
}
