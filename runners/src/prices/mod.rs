//! Published list prices, dated, with their sources. A price in the user's configuration goes before them.

use eval_core::Price;
use serde::Deserialize;

const TABLE: &str = include_str!("prices.toml");

/// A price as it was published.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The preset or native runner that serves the model.
    pub preset: String,
    /// As the API calls it.
    pub model: String,
    /// Other names of the same model at the same price.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// USD per million tokens of the prompt.
    pub input: f64,
    /// The same, for tokens that the provider had cached.
    pub cached_input: Option<f64>,
    /// USD per million tokens of the answer.
    pub output: f64,
    /// The day on which the price was read, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where.
    pub source: String,
    /// What else a price depends on.
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    price: Vec<Listed>,
}

/// The whole table.
pub fn prices() -> Vec<Listed> {
    // A test reads the table: that it parses is certain.
    toml::from_str::<Table>(TABLE).map(|table| table.price).unwrap_or_default()
}

/// The price of a model; `None`: it is not known.
pub fn find(preset: &str, model: &str) -> Option<Listed> {
    prices().into_iter().find(|price| {
        price.preset == preset && (price.model == model || price.aliases.iter().any(|alias| alias == model))
    })
}

impl Listed {
    /// As models have it.
    pub fn price(&self) -> Price {
        Price {
            input: self.input,
            cached_input: self.cached_input,
            output: self.output,
            as_of: Some(self.as_of.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_sound() {
        let table: Table = toml::from_str(TABLE).unwrap();
        let mut seen = HashSet::new();
        for price in &table.price {
            let name = format!("{}:{}", price.preset, price.model);
            let known = openai::preset(&price.preset).is_some() || ["anthropic", "gemini"].contains(&&*price.preset);
            assert!(known, "{name}");
            assert!(price.price().is_sound() && price.input > 0.0 && price.output > 0.0, "{name}");
            assert!(price.cached_input.is_none_or(|cached| cached <= price.input), "{name}");
            assert!(price.as_of.parse::<jiff::civil::Date>().is_ok() && !price.source.is_empty(), "{name}");
            for model in price.aliases.iter().chain([&price.model]) {
                assert!(seen.insert((price.preset.clone(), model.clone())), "{name}: {model} stands twice");
            }
        }
    }

    #[test]
    fn a_price_is_found_by_either_name_and_only_at_its_own_server() {
        let price = find("openai", "gpt-4o-mini").unwrap().price();
        assert_eq!((price.input, price.cached_input, price.output), (0.15, Some(0.075), 0.60));
        assert_eq!(find("openai", "gpt-4o-mini-2024-07-18").unwrap().price(), price);
        assert_eq!(find("vllm", "gpt-4o-mini"), None);
    }
}
