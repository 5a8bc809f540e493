//! A record without what was asked and said: nearly all of its line is texts, and no number rests on them.

use crate::breakdown::Fate;
use eval_core::{Behaviour, ErrorInfo, FieldCounts, FinishReason, Outcome, Record, Speed, Usage};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// What the numbers of a report and its list of cases rest on; the keys are those of [`Record`]. The rest of a line is
/// passed over: it must be JSON, and is read when it is shown.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Outline {
    pub v: u32,
    pub task: String,
    pub case: String,
    pub case_hash: String,
    pub model: String,
    pub repeat: u32,
    pub outcome: Outcome,
    pub should_decline: bool,
    pub correct: Option<bool>,
    pub behaviour: Option<Behaviour>,
    pub scores: BTreeMap<String, Option<f64>>,
    /// Whether the answer ended at the limit on tokens.
    #[serde(rename = "finish_reason", default, deserialize_with = "is_length")]
    pub is_cut: bool,
    pub usage: Usage,
    pub latency_ms: Option<f64>,
    pub cost_usd: Option<f64>,
    pub cached: bool,
    pub error: Option<ErrorInfo>,
    pub confidence: Option<f64>,
    #[serde(default)]
    pub speed: Speed,
    /// Where it is a label.
    #[serde(default, deserialize_with = "text")]
    pub answer: Option<String>,
    #[serde(default)]
    pub fields: BTreeMap<String, FieldCounts>,
    #[serde(default)]
    pub unscored: BTreeMap<String, String>,
    #[serde(default)]
    unsupported: Vec<IgnoredAny>,
    /// Where it is a label.
    #[serde(default, deserialize_with = "text")]
    pub expected: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub cluster: Option<String>,
    #[serde(default)]
    pub held_out: bool,
}

impl Outline {
    pub fn fate(&self) -> Fate {
        Fate::from_parts(self.outcome, self.behaviour, self.correct, self.should_decline)
    }

    pub fn has_unsupported(&self) -> bool {
        !self.unsupported.is_empty()
    }
}

impl From<Record> for Outline {
    fn from(record: Record) -> Self {
        let label = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        Self {
            v: record.v,
            task: record.task,
            case: record.case,
            case_hash: record.case_hash,
            model: record.model,
            repeat: record.repeat,
            outcome: record.outcome,
            should_decline: record.should_decline,
            correct: record.correct,
            behaviour: record.behaviour,
            scores: record.scores,
            is_cut: record.finish_reason == Some(FinishReason::Length),
            usage: record.usage,
            latency_ms: record.latency_ms,
            cost_usd: record.cost_usd,
            cached: record.cached,
            error: record.error,
            confidence: record.confidence,
            speed: record.speed,
            answer: label(record.answer),
            fields: record.fields,
            unscored: record.unscored,
            unsupported: record.unsupported.iter().map(|_| IgnoredAny).collect(),
            expected: label(record.expected),
            tags: record.tags,
            cluster: record.cluster,
            held_out: record.held_out,
        }
    }
}

/// A string is kept; any other value is passed over.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_any(Text(str::to_string))
}

fn is_length<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(from.deserialize_any(Text(|text| text == "length"))?.unwrap_or(false))
}

/// What a string comes to; `None` for any other value.
struct Text<T>(fn(&str) -> T);

impl<'de, T> Visitor<'de> for Text<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(self.0(text)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
    }
}
