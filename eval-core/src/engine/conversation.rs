//! Asks a model until it has done with its tools.

use super::{Job, Lane};
use crate::{Exchange, Response, RunnerError, Usage};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// One answer; where the case is scripted, the whole conversation with what it took in all.
///
/// A failed call fails the conversation: what came before it is asked again, or found in the cache.
pub(super) async fn converse(lane: &Lane, job: &mut Job) -> Result<Response, RunnerError> {
    let mut so_far: Option<Response> = None;
    loop {
        let mut response = lane.runner.respond(&job.prompt).await?;
        if job.case.script.is_none() || response.steps.is_some() {
            return Ok(response);
        }
        let answers = async { job.scorer.grader.answers(&job.case, &job.prompt.exchanges, &response) };
        // A defect in a scorer ends the conversation here; grading what there is then tells of it.
        let answers = AssertUnwindSafe(answers).catch_unwind().await.unwrap_or_default();
        let exchange = answers.map(|answers| Exchange {
            text: response.text.clone(),
            tool_calls: response.tool_calls.clone(),
            answers,
        });
        let price = lane.price.as_ref().filter(|_| !response.cached);
        response.cost_usd = response.cost_usd.or_else(|| price.and_then(|price| price.cost(&response.usage)));
        let sum = match so_far {
            Some(before) => joined(before, response),
            None => response,
        };
        match exchange {
            Some(exchange) => job.prompt.exchanges.push(exchange),
            None => return Ok(Response { steps: Some(std::mem::take(&mut job.prompt.exchanges)), ..sum }),
        }
        so_far = Some(sum);
    }
}

/// Two answers of one conversation as one: the last one's words, all calls, and sums that are unknown where a part is.
fn joined(before: Response, last: Response) -> Response {
    let sum = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a + b);
    let mut tool_calls = before.tool_calls;
    tool_calls.extend(last.tool_calls);
    let mut timing = last.timing;
    timing.latency_ms = sum(before.timing.latency_ms, timing.latency_ms);
    // Of several answers there is no one speed.
    (timing.prompt_ms, timing.generation_ms) = (None, None);
    Response {
        tool_calls,
        reasoning: match (before.reasoning, last.reasoning) {
            (Some(before), Some(last)) => Some(format!("{before}\n\n{last}")),
            (before, last) => before.or(last),
        },
        usage: joined_usage(before.usage, last.usage),
        timing,
        cost_usd: sum(before.cost_usd, last.cost_usd),
        cached: before.cached || last.cached,
        attempts: before.attempts + last.attempts,
        ..last
    }
}

fn joined_usage(a: Usage, b: Usage) -> Usage {
    let sum = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a + b);
    Usage {
        input_tokens: sum(a.input_tokens, b.input_tokens),
        cached_input_tokens: sum(a.cached_input_tokens, b.cached_input_tokens),
        output_tokens: sum(a.output_tokens, b.output_tokens),
        reasoning_tokens: sum(a.reasoning_tokens, b.reasoning_tokens),
    }
}
