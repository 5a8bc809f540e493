use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::fmt;

/// Requests per second of one replica: `"measured"`, a number, or a table with a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// As the run measured it.
    Measured,
    /// As somebody says.
    Stated(StatedRate),
}

/// A rate that was measured elsewhere, or is promised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedRate {
    /// Of one replica.
    pub requests_per_second: f64,
    /// Requests in flight at once while it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// What it was measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
}

/// What a run measured of a model in its own process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredRate {
    /// Of the machine that ran it.
    pub requests_per_second: f64,
    /// Requests in flight at once.
    pub in_flight: usize,
    /// The machine.
    pub hardware: String,
}

const MEASURED: &str = "measured";

impl Rate {
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Measured => true,
            Self::Stated(rate) => {
                let number = rate.requests_per_second;
                number.is_finite() && number > 0.0 && rate.concurrency != Some(0)
            }
        }
    }
}

impl From<f64> for StatedRate {
    fn from(requests_per_second: f64) -> Self {
        Self { requests_per_second, concurrency: None, hardware: None }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Measured => serializer.serialize_str(MEASURED),
            Self::Stated(StatedRate { requests_per_second, concurrency: None, hardware: None }) => {
                serializer.serialize_f64(*requests_per_second)
            }
            Self::Stated(rate) => rate.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl<'de> Visitor<'de> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "\"measured\", a number of requests per second of one replica, or \
             { requests_per_second = 12.5, concurrency = 32, hardware = \"…\" }",
        )
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Rate, E> {
        if word == MEASURED {
            Ok(Rate::Measured)
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Rate, E> {
        Ok(Rate::Stated(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Rate, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Rate, E> {
        self.visit_f64(number as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rate, A::Error> {
        StatedRate::deserialize(MapAccessDeserializer::new(map)).map(Rate::Stated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_reads_back() {
        let table = json!({"requests_per_second": 12.5, "concurrency": 32, "hardware": "one L4"});
        for value in [json!("measured"), json!(12.5), table] {
            let rate: Rate = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&rate).unwrap(), value);
        }
        assert_eq!(serde_json::from_value::<Rate>(json!(3)).unwrap(), Rate::Stated(3.0.into()));
    }

    #[test]
    fn other_words_are_told_the_forms() {
        for value in [json!("fast"), json!(true), json!(["measured"])] {
            let error = serde_json::from_value::<Rate>(value).unwrap_err().to_string();
            assert!(error.contains("expected \"measured\", a number of requests per second"), "{error}");
        }
        let error = serde_json::from_value::<Rate>(json!({"requests_per_second": 1, "gpu": "x"})).unwrap_err();
        assert!(error.to_string().contains("unknown field `gpu`"), "{error}");
    }
}
