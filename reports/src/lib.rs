//! Records → polars frame → summary with verdicts → terminal, HTML, Markdown and JSON.
//!
//! [`read_run`] reads a run folder record by record, [`summarize`] brings the records together and decides; the renderers
//! only show.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answerability;
mod baseline;
mod breakdown;
mod by_case;
mod cascade;
mod comparison;
pub mod cost;
mod deciding;
mod details;
mod differences;
mod engine;
mod error;
mod evidence;
mod explorer;
mod export;
mod fields;
mod finding;
mod flaw;
mod format;
mod formula;
mod frame;
mod gate;
mod gather;
mod history;
mod html;
mod join;
mod judged;
mod junit;
mod label_statistics;
mod labels;
mod looks;
mod markdown;
mod metric;
mod names;
mod outline;
mod parts;
mod question;
mod reader;
mod recommendation;
mod repeats;
mod review;
mod rows;
mod run;
mod sizing;
mod source;
mod summarize;
mod summary;
mod terminal;
mod unscored;
mod verdict;
mod view;
mod visible;
mod work;

#[cfg(test)]
mod tests;

pub use answerability::{Answerability, Outcomes};
pub use baseline::{BASELINE_VERSION, Baseline, BaselineCase, baseline};
pub use breakdown::Breakdown;
pub use cascade::{Cascade, CascadeLatency, CascadePoint, CascadeProposal, CascadeRule};
pub use details::{Details, Discordant, Said, Slice, TaskDetails, details};
pub use error::ReportError;
pub use explorer::Explorer;
pub use export::{ExportFormat, ExportTable, Exported, export};
pub use fields::FieldRow;
pub use flaw::Flaw;
pub use format::{count, moment, usd};
pub use gate::{Gate, GateOutcome, Policy, annotations, comparison_json, gate, gate_markdown};
pub use history::{
    Change, History, ModelHistory, Past, Point, TaskHistory, add_changes, history, history_json, history_terminal,
};
pub use html::{CasesIn, html};
pub use join::{join, only, reference_of};
pub use judged::{Agreed, JudgedRow};
pub use junit::junit;
pub use labels::{Confusion, LabelRow};
pub use looks::{Look, looks_of};
pub use markdown::markdown;
pub use parts::{PartCounts, Parts};
pub use review::{Card, Doubt, Given, card, doubts};
pub use run::{Failures, Run, read_baseline, read_run};
pub use sizing::{Assumptions, Pilot, TaskSize, pilot, sizing, sizing_terminal};
pub use summarize::summarize;
pub use summary::{
    BarResult, BarState, Comparison, InProduction, Latency, ModelRow, OverRepeats, PairedInterval, SUMMARY_VERSION,
    Summary, TaskSummary, Tokens, Verdict, VerdictRow, json,
};
pub use terminal::{Style, compare_terminal, terminal};
pub use unscored::UnscoredRow;
pub use view::{Listed, address, list_page, message_page, trend_page};
pub use visible::{visible, visible_line};
