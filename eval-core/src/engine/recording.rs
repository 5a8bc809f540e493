//! From what a call came to, to its record.

use super::{Job, Lane};
use crate::{Behaviour, ErrorInfo, Outcome, Record, Response, RunnerError, Score, Speed};

/// `aside` are the scores that were not got here.
pub(super) fn record(
    lane: &Lane,
    job: &Job,
    result: Result<Response, RunnerError>,
    aside: Vec<(String, Score)>,
) -> Record {
    let mut record = blank(lane, job);
    match result {
        Err(error) => {
            fail(&mut record, Outcome::RunnerFailed, Some(false), error.kind.as_str(), &error.message);
            record.attempts = error.attempts;
        }
        Ok(response) => {
            score(&mut record, job, &response, aside);
            let timing = response.timing;
            record.speed = Speed {
                prompt_ms: timing.prompt_ms,
                generation_ms: timing.generation_ms,
                tokens_per_second: tokens_per_second(&response),
            };
            record.latency_ms = timing.latency_ms;
            record.cost_usd = response.cost_usd;
            record.usage = response.usage;
            record.confidence = response.confidence;
            record.text = response.text;
            record.reasoning = response.reasoning;
            record.tool_calls = response.tool_calls;
            record.finish_reason = response.finish_reason;
            record.cached = response.cached;
            record.attempts = response.attempts;
            record.server = response.server;
            record.steps = response.steps.filter(|steps| !steps.is_empty());
        }
    }
    record
}

fn score(record: &mut Record, job: &Job, response: &Response, aside: Vec<(String, Score)>) {
    let grade = job.scorer.grader.grade(&job.case, response);
    let here = job.scorer.metrics.iter().filter(|metric| !metric.waits());
    let extra = here.map(|metric| (metric.name().to_string(), metric.score(&job.case, response))).chain(aside);
    let scores: Vec<_> = grade.scores.into_iter().map(|(n, s)| (n.to_string(), s)).chain(extra).collect();
    let mut failed = Vec::new();
    for (name, score) in scores {
        match score {
            Score::Refused | Score::NotApplicable => {}
            Score::Failed(why) => {
                failed.push(format!("{name}: {why}"));
                record.unscored.insert(name.clone(), why);
                record.scores.insert(name, None);
            }
            known => {
                record.scores.insert(name, known.value());
            }
        }
    }
    if !failed.is_empty() {
        record.error = Some(ErrorInfo { kind: "metric".into(), message: failed.join("; ") });
    }
    record.answer = grade.answer;
    record.reading = Some(grade.reading.to_string());
    record.fields = grade.fields;
    record.note = grade.note;
    record.unsupported = job.scorer.grader.unsupported(&job.case, response);
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

pub(super) fn fail(record: &mut Record, outcome: Outcome, correct: Option<bool>, kind: &str, message: &str) {
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

pub(super) fn blank(lane: &Lane, job: &Job) -> Record {
    Record { prompt: job.prompt.messages.clone(), ..Record::unanswered(&job.case, &lane.model, job.prompt.id.repeat) }
}
