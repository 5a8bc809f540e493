use crate::{Exchange, too_deep};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a runner gives back for a prompt, in one normal form for every runner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// What the model said, without its thinking.
    pub text: String,
    /// The model's thinking: counted and billed, never scored.
    pub reasoning: Option<String>,
    /// The calls it made. A call that could not be read keeps its raw text as [`Arguments::Raw`].
    pub tool_calls: Vec<ToolCall>,
    /// Why the answer ended.
    pub finish_reason: Option<FinishReason>,
    /// Tokens, as counted by the model or its server.
    pub usage: Usage,
    /// How sure the model was of it, 0 to 1: the geometric mean of its tokens' probabilities, or the chosen label's share
    /// of all labels' where labels were compared. `None`: the runner does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// How long it took.
    pub timing: Timing,
    /// USD, where the runner knows it; else it follows from usage and price.
    pub cost_usd: Option<f64>,
    /// Whether the answer came from a cache.
    pub cached: bool,
    /// How often the call was made, the successful one included.
    pub attempts: u32,
    /// What else the server said, as it said it: the model that really answered, its request id, fields of its own.
    pub server: Map<String, Value>,
    /// The answered calls before the last answer, where this is a whole conversation: then `tool_calls` are all of it,
    /// and usage, cost and time are sums. `None`: one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Exchange>>,
}

impl Response {
    /// The geometric mean of the probabilities of tokens, by their logarithms; `None` without any, or where one is no
    /// number.
    pub fn confidence_of(log_probabilities: impl IntoIterator<Item = f64>) -> Option<f64> {
        let (sum, tokens) = log_probabilities.into_iter().fold((0.0, 0u64), |(sum, tokens), x| (sum + x, tokens + 1));
        let confidence = (sum / tokens as f64).exp();
        // Rounding may take a sure token above 1.
        (tokens > 0 && !confidence.is_nan()).then_some(confidence.min(1.0))
    }

    /// The response so that what is written of it can be read again: arguments that are nested too deeply are raw text,
    /// and so are the server's own fields; see [`crate::DEEPEST`].
    pub fn bounded(mut self) -> Self {
        let steps = self.steps.iter_mut().flatten().flat_map(|step| &mut step.tool_calls);
        self.tool_calls.iter_mut().chain(steps).for_each(|call| call.arguments.bound());
        for value in self.server.values_mut().filter(|value| too_deep(value)) {
            *value = value.to_string().into();
        }
        self
    }
}

/// A function call made by a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The function; empty where an attempt at a call could not be read at all.
    pub name: String,
    /// Its arguments.
    pub arguments: Arguments,
}

/// The arguments of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Arguments {
    /// As an object.
    Object(Map<String, Value>),
    /// The raw text, where it is not a JSON object, or one that is nested too deeply.
    Raw(String),
}

impl Arguments {
    fn bound(&mut self) {
        if let Self::Object(map) = self
            && map.values().any(too_deep)
        {
            *self = Self::Raw(Value::Object(std::mem::take(map)).to_string());
        }
    }
}

/// Tokens of one call; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, the cached ones included.
    pub input_tokens: Option<u64>,
    /// Those of the prompt that were billed as cached.
    pub cached_input_tokens: Option<u64>,
    /// Tokens generated, thinking included.
    pub output_tokens: Option<u64>,
    /// Those of the generated ones that were thinking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

/// Milliseconds; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The successful attempt from start to end, without waiting in a queue.
    pub latency_ms: Option<f64>,
    /// Reading the prompt, to the first token.
    pub prompt_ms: Option<f64>,
    /// Generating the tokens after the first.
    pub generation_ms: Option<f64>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended it, or a stop string did.
    Stop,
    /// The limit on tokens cut it.
    Length,
    /// It ended in tool calls.
    ToolCalls,
    /// The provider withheld it.
    ContentFilter,
    /// The model declined, and the API itself says so.
    Refusal,
    /// Any other word of a server.
    #[serde(untagged)]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DEEPEST;
    use serde_json::json;

    #[test]
    fn confidence_is_a_geometric_mean() {
        let of = |probabilities: &[f64]| Response::confidence_of(probabilities.iter().map(|p: &f64| p.ln()));
        assert!((of(&[0.5, 0.125]).unwrap() - 0.25).abs() < 1e-15);
        assert_eq!(of(&[1.0, 0.0]), Some(0.0));
        assert_eq!(of(&[1.0 + 1e-9]), Some(1.0));
        assert_eq!((of(&[]), of(&[0.5, f64::NAN])), (None, None));
    }

    #[test]
    fn however_deep_a_value_is_it_is_written_so_that_it_can_be_read() {
        for levels in 1..200 {
            let nested = (0..levels).fold(Value::from(1), |inner, _| json!([inner]));
            let calls = || {
                let map = Map::from_iter([("a".to_string(), nested.clone())]);
                vec![ToolCall { name: "f".into(), arguments: Arguments::Object(map) }]
            };
            let step = Exchange { text: String::new(), tool_calls: calls(), answers: vec!["so".into()] };
            let response = Response {
                tool_calls: calls(),
                server: Map::from_iter([("rest".to_string(), nested.clone())]),
                steps: Some(vec![step]),
                ..Response::default()
            };
            let response = response.bounded();
            let line = serde_json::to_string(&response).unwrap();
            assert_eq!(serde_json::from_str::<Response>(&line).unwrap(), response, "{levels}");
            match &response.tool_calls[0].arguments {
                Arguments::Object(map) => assert!(map["a"] == nested && levels <= DEEPEST),
                Arguments::Raw(text) => {
                    assert!(levels > DEEPEST);
                    assert_eq!(*text, json!({"a": nested}).to_string());
                }
            }
        }
    }
}
