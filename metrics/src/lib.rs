//! Judges responses: one grader for each kind of task, further metrics by name, and what their scores mean.
//!
//! [`compile`] turns a task's settings into a [`eval_core::TaskScorer`] once; scoring then needs no more checks.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod about;
mod classification;
mod compile;
mod contains;
mod cost;
mod equals;
mod error;
mod extraction;
mod is_json;
mod json;
mod json_path;
mod judge;
mod latency;
mod length;
mod levenshtein;
mod named;
mod rag;
mod reference;
mod refusal;
mod regex;
mod registry;
mod rouge;
mod schema;
mod script;
mod settings;
mod spec;
mod text;
mod threshold;
mod tools;
mod trivial;
mod weighted;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod sample;

pub use about::{About, KindMetric, Range, of_kind};
pub use compile::compile;
pub use error::MetricError;
pub use registry::{MetricEntry, SettingKey, registry};
pub use trivial::trivial;
