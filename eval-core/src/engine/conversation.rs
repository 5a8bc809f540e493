//! Asks a model until it has done with its tools.

use super::{Job, Lane};
use crate::{Exchange, Response, RunnerError, Usage};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One answer; where the case is scripted, the whole conversation with what it took in all.
///
/// A failed call fails the conversation: what came before it is asked again, or found in the cache.
pub(super) async fn converse(lane: &Lane, job: &mut Job) -> Result<Response, RunnerError> {
    let mut so_far: Option<Response> = None;
    loop {
        let mut response = lane.runner.respond(&job.prompt).await?.bounded();
        if job.case.script.is_none() || response.steps.is_some() {
            return Ok(response);
        }
        let answers = || job.scorer.grader.answers(&job.case, &job.prompt.exchanges, &response);
        // A defect in a scorer ends the conversation here; grading what there is then tells of it.
        let answers = catch_unwind(AssertUnwindSafe(answers)).unwrap_or_default();
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
        // A conversation is no surer than the least sure of its answers.
        confidence: before.confidence.zip(last.confidence).map(|(a, b)| a.min(b)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timing;

    #[test]
    fn a_sum_is_unknown_where_a_part_is() {
        let answer = |input, ms, cost_usd| Response {
            text: "so".into(),
            usage: Usage { input_tokens: input, output_tokens: Some(2), ..Usage::default() },
            timing: Timing { latency_ms: ms, generation_ms: Some(1.0), ..Timing::default() },
            cost_usd,
            attempts: 1,
            ..Response::default()
        };
        let known = joined(answer(Some(5), Some(1.5), Some(0.25)), answer(Some(7), Some(2.0), Some(0.5)));
        assert_eq!((known.usage.input_tokens, known.usage.output_tokens), (Some(12), Some(4)));
        assert_eq!((known.timing.latency_ms, known.timing.generation_ms), (Some(3.5), None));
        assert_eq!((known.cost_usd, known.attempts), (Some(0.75), 2));
        let unknown = joined(answer(None, None, None), answer(Some(7), Some(2.0), Some(0.5)));
        assert_eq!((unknown.usage.input_tokens, unknown.timing.latency_ms, unknown.cost_usd), (None, None, None));
        let sure = |confidence| Response { confidence, ..Response::default() };
        assert_eq!(joined(sure(Some(0.5)), sure(Some(0.9))).confidence, Some(0.5));
        assert_eq!(joined(sure(None), sure(Some(0.9))).confidence, None);
        let cached = joined(Response { cached: true, ..Response::default() }, Response::default());
        assert!(cached.cached);
    }
}
