use crate::Usage;
use serde::{Deserialize, Serialize};

/// USD per million tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For prompt tokens.
    pub input: f64,
    /// For prompt tokens that the provider bills as cached; where missing, [`Price::input`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<f64>,
    /// For generated tokens.
    pub output: f64,
    /// The day the price was read, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

impl Price {
    /// Whether every price is a finite number of at least 0.
    pub fn is_sound(&self) -> bool {
        let prices = [Some(self.input), self.cached_input, Some(self.output)];
        prices.into_iter().flatten().all(|price| price.is_finite() && price >= 0.0)
    }

    /// The cost of a call in USD; `None` where the tokens are unknown.
    pub fn cost(&self, usage: &Usage) -> Option<f64> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        let cached = usage.cached_input_tokens.unwrap_or(0).min(input);
        let per_token = 1e-6;
        Some(
            per_token
                * ((input - cached) as f64 * self.input
                    + cached as f64 * self.cached_input.unwrap_or(self.input)
                    + output as f64 * self.output),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_have_their_own_price_and_unknown_stays_unknown() {
        let price = Price { input: 0.15, cached_input: Some(0.075), output: 0.60, as_of: None };
        let usage = Usage {
            input_tokens: Some(1_000_000),
            cached_input_tokens: Some(400_000),
            output_tokens: Some(100_000),
            reasoning_tokens: None,
        };
        assert!((price.cost(&usage).unwrap() - (0.09 + 0.03 + 0.06)).abs() < 1e-12);
        assert_eq!(price.cost(&Usage { output_tokens: None, ..usage }), None);
    }
}
