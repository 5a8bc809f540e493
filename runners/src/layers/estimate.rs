use eval_core::{Price, Prompt};

/// Tokens of the marks around one turn, at most.
const TURN: u64 = 16;

/// What a call may come to before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Tokens of the prompt, about: four bytes each.
    pub input: u64,
    /// Tokens of the prompt, at most: no tokenizer makes more than one of a byte.
    pub input_at_most: u64,
    /// Tokens of the answer, at most.
    pub output_at_most: u64,
}

impl Estimate {
    /// For a prompt, with this much room for thinking.
    pub fn of(prompt: &Prompt, thinking_tokens: Option<u32>) -> Self {
        let messages: usize = prompt.messages.iter().map(|message| message.content.len()).sum();
        let tools: usize = prompt.tools.iter().map(|tool| tool.0.to_string().len()).sum();
        let schema = prompt.schema.as_ref().map_or(0, |schema| schema.to_string().len());
        let written = |exchange| serde_json::to_string(exchange).map_or(0, |text| text.len());
        let exchanges: usize = prompt.exchanges.iter().map(written).sum();
        let bytes = (messages + tools + schema + exchanges) as u64;
        let answered = prompt.exchanges.iter().map(|exchange| exchange.tool_calls.len() + 1).sum::<usize>();
        let turns = (prompt.messages.len() + answered) as u64 + 1;
        Self {
            input: bytes.div_ceil(4) + 4 * turns,
            input_at_most: bytes + TURN * turns,
            output_at_most: u64::from(prompt.max_output_tokens) + u64::from(thinking_tokens.unwrap_or(0)),
        }
    }

    /// The cost in USD, at most.
    pub fn cost_at_most(&self, price: &Price) -> f64 {
        let input = price.input.max(price.cached_input.unwrap_or(0.0));
        1e-6 * (self.input_at_most as f64 * input + self.output_at_most as f64 * price.output)
    }

    /// The cost in USD of about this prompt and the longest answer.
    pub fn cost(&self, price: &Price) -> f64 {
        1e-6 * (self.input as f64 * price.input + self.output_at_most as f64 * price.output)
    }
}
