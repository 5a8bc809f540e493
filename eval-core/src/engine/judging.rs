//! Asks a judge about answers, and brings its verdicts together.

use super::{Ending, GRACE, Lane, failures::FAILURES_IN_A_ROW, passing};
use crate::{
    Ask, Case, ErrorInfo, JUDGEMENT_VERSION, JudgeCall, Judged, JudgedMetric, Judgement, Question, Record, Response,
    RunnerError, Score, SinkError,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::watch;

/// One answer to judge by one metric.
pub struct JudgeJob {
    /// The metric's name.
    pub name: String,
    /// The metric.
    pub metric: Arc<dyn JudgedMetric>,
    /// [`crate::JudgeInfo::by`].
    pub by: String,
    /// The case.
    pub case: Arc<Case>,
    /// The answer.
    pub answer: Record,
    /// The reference's answer on the same case, for pairwise metrics.
    pub reference: Option<Record>,
}

/// Judges the answers in order, `lane.concurrency` at a time, and hands each judgement over when it is done.
///
/// A judge that fails on an answer leaves it unscored: that is never a failure of the model that gave it. When `stop`
/// turns true no further answer is drawn. An error that every further call would meet ends the judging, as do ten
/// answers in a row on which it failed; what it failed on so gets no judgement, so that it is judged when it is gone on with.
pub async fn judge(
    lane: &Lane,
    jobs: impl IntoIterator<Item = JudgeJob>,
    mut stop: watch::Receiver<bool>,
    mut each: impl FnMut(&Judgement) -> Result<(), SinkError>,
) -> Result<Ending, SinkError> {
    let mut jobs = jobs.into_iter();
    let mut in_flight = FuturesUnordered::new();
    let mut held: Vec<Judgement> = Vec::new();
    let (mut stopping, mut cut_short) = (false, false);
    loop {
        stopping |= *stop.borrow_and_update();
        while !stopping && in_flight.len() < lane.concurrency.max(1) {
            let Some(job) = jobs.next() else { break };
            in_flight.push(answer(lane, job));
        }
        let (judgement, error) = tokio::select! {
            judged = in_flight.next() => match judged {
                Some(judged) => judged,
                None => break,
            },
            Ok(()) = stop.changed(), if !stopping => continue,
        };
        match error {
            Some(error) if *stop.borrow() && passing(error.kind) => cut_short = true,
            Some(error)
                if error.kind.ends_run() || (!error.kind.is_of_case() && held.len() + 1 >= FAILURES_IN_A_ROW) =>
            {
                let until = tokio::time::Instant::now() + GRACE;
                while let Ok(Some((judgement, error))) = tokio::time::timeout_at(until, in_flight.next()).await {
                    if error.is_none() {
                        each(&judgement)?;
                    }
                }
                return Ok(Ending::Failed(error));
            }
            Some(error) if !error.kind.is_of_case() => held.push(judgement),
            _ => {
                held.drain(..).try_for_each(|judgement| each(&judgement))?;
                each(&judgement)?;
            }
        }
    }
    if stopping && (cut_short || jobs.next().is_some()) {
        return Ok(Ending::Stopped);
    }
    held.iter().try_for_each(each)?;
    Ok(Ending::Complete)
}

/// The judgement on one answer, and the first error of a call where one failed.
async fn answer(lane: &Lane, job: JudgeJob) -> (Judgement, Option<RunnerError>) {
    let mut judgement = blank(lane, &job);
    let questions = match job.metric.ask(&job.case, &job.answer, job.reference.as_ref()) {
        Ask::Known(known) => {
            set(&mut judgement, known);
            return (judgement, None);
        }
        Ask::Judge(questions) => questions,
    };
    let mut error = None;
    for question in &questions {
        let result = lane.runner.respond(&question.prompt(&job.answer)).await;
        error = error.or(result.as_ref().err().cloned());
        judgement.calls.push(call(lane, &job, question, result));
        if error.is_some() {
            // One vote less is another measure: the answer stays unscored, and no further vote is paid for.
            break;
        }
    }
    match judgement.calls.iter().find_map(|call| call.error.clone()) {
        Some(failure) => {
            judgement.scores = job.metric.scores().into_iter().map(|name| (name, None)).collect();
            judgement.error = Some(failure);
        }
        None => {
            let verdicts: Vec<Value> = judgement.calls.iter().map(|call| call.verdict.clone()).collect();
            set(&mut judgement, job.metric.score(&job.case, &questions, &verdicts));
        }
    }
    (judgement, error)
}

fn call(lane: &Lane, job: &JudgeJob, question: &Question, result: Result<Response, RunnerError>) -> JudgeCall {
    let mut call = JudgeCall {
        vote: question.vote,
        swapped: question.swapped,
        verdict: Value::Null,
        text: String::new(),
        usage: Default::default(),
        latency_ms: None,
        cost_usd: None,
        cached: false,
        attempts: 1,
        error: None,
    };
    let failed = |kind: &str, message: String| Some(ErrorInfo { kind: kind.into(), message });
    match result {
        Err(error) => {
            call.attempts = error.attempts;
            call.error = failed(&format!("judge_{}", error.kind.as_str()), format!("the judge failed: {error}"));
        }
        Ok(response) => {
            let price = lane.price.as_ref().filter(|_| !response.cached);
            call.cost_usd = response.cost_usd.or_else(|| price.and_then(|price| price.cost(&response.usage)));
            (call.usage, call.cached, call.attempts) = (response.usage, response.cached, response.attempts);
            call.latency_ms = response.timing.latency_ms;
            match job.metric.read(&response.text) {
                Ok(verdict) => call.verdict = verdict,
                Err(why) => {
                    call.error = failed("judge_verdict", format!("the judge's verdict cannot be read: {why}"));
                    call.text = response.text;
                }
            }
        }
    }
    call
}

fn set(judgement: &mut Judgement, judged: Judged) {
    judgement.verdict = judged.verdict;
    for (name, score) in judged.scores {
        match score {
            Score::Refused | Score::NotApplicable => {}
            Score::Failed(why) => {
                judgement.error.get_or_insert_with(|| ErrorInfo { kind: "judge_question".into(), message: why });
                judgement.scores.insert(name, None);
            }
            known => {
                judgement.scores.insert(name, known.value());
            }
        }
    }
}

fn blank(lane: &Lane, job: &JudgeJob) -> Judgement {
    let record = &job.answer;
    Judgement {
        v: JUDGEMENT_VERSION,
        metric: job.name.clone(),
        judge: lane.model.clone(),
        by: job.by.clone(),
        task: record.task.clone(),
        case: record.case.clone(),
        case_hash: record.case_hash.clone(),
        model: record.model.clone(),
        repeat: record.repeat,
        verdict: None,
        scores: BTreeMap::new(),
        calls: Vec::new(),
        error: None,
    }
}

#[cfg(test)]
mod tests;
