//! Records → polars frame → summary with verdicts → terminal, HTML, Markdown and JSON.
//!
//! [`read_run`] reads a run folder record by record, [`summarize`] brings the records together and decides; the renderers
//! only show.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod breakdown;
mod comparison;
pub mod cost;
mod error;
mod evidence;
mod format;
mod frame;
mod html;
mod labels;
mod markdown;
mod metric;
mod names;
mod question;
mod reader;
mod rows;
mod run;
mod shown;
mod summarize;
mod summary;
mod terminal;
mod verdict;
mod visible;
mod work;

#[cfg(test)]
mod tests;

pub use breakdown::Breakdown;
pub use error::ReportError;
pub use format::{count, moment, usd};
pub use html::html;
pub use labels::{Confusion, LabelRow};
pub use markdown::markdown;
pub use run::{Failures, Run, read_run};
pub use summarize::summarize;
pub use summary::{
    BarResult, BarState, Comparison, Latency, ModelRow, PairedInterval, SUMMARY_VERSION, Summary, TaskSummary, Tokens,
    Verdict, VerdictRow, json,
};
pub use terminal::{Style, terminal};
