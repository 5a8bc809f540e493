//! Judges responses: one grader for each kind of task, further metrics by name, and what their scores mean.
//!
//! [`compile`] turns a task's settings into a [`eval_core::TaskScorer`] once; scoring then needs no more checks.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod classification;
mod compile;
mod contains;
mod error;
mod extraction;
mod json;
mod latency;
mod length;
mod rag;
mod refusal;
mod regex;
mod registry;
mod schema;
mod settings;
mod spec;
mod text;
mod tools;
mod trivial;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;

pub use compile::compile;
pub use error::MetricError;
pub use registry::{MetricEntry, SettingKey, registry};
pub use trivial::trivial;
