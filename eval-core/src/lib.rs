//! The words of `eval` as types, the traits that the other crates implement, the engine, and the statistics.
//!
//! Data moves one way: [`Suite`] → [`Case`] → [`Prompt`] → [`Response`] → [`Score`] → [`Record`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod canonical;
mod case;
mod checks;
pub mod cost;
pub mod engine;
mod event;
mod expansion;
mod fields;
mod judge;
pub mod log;
mod manifest;
mod nesting;
mod price;
mod prompt;
mod record;
mod references;
mod response;
mod runner;
mod score;
mod script;
pub mod statistics;
mod suite;
mod tally;
mod task;

pub use canonical::{Digest, canonical_json, hash_json};
pub use case::{CallOrder, Case, CaseContent, Expected, ExpectedCall, Passage, ReviewVerdict};
pub use checks::checks_within;
pub use event::{Event, Sink, SinkError};
pub use expansion::{Unbounded, expansion};
pub use fields::{Compare, FieldCounts, FieldRule, FieldRules};
pub use judge::{
    Ask, Calibration, FEWEST_LABELLED, JUDGEMENT_VERSION, JUDGEMENTS_FILE, JudgeCall, JudgeInfo, Judged, JudgedMetric,
    Judgement, Question,
};
pub use manifest::{
    MANIFEST_VERSION, MachineInfo, Manifest, ModelInfo, ModelRole, Part, Selection, SuiteInfo, TaskInfo,
};
pub use nesting::{DEEPEST, too_deep};
pub use price::Price;
pub use prompt::{Message, Prompt, PromptId, Role, Tool};
pub use record::{ErrorInfo, Outcome, RECORD_VERSION, Record, Speed};
pub use response::{Arguments, FinishReason, Response, Timing, ToolCall, Usage};
pub use runner::{BoxFuture, Runner, RunnerError, RunnerErrorKind};
pub use score::{Aggregate, Behaviour, Direction, Grade, Grader, Metric, MetricSpec, Score, TaskScorer};
pub use script::{Exchange, Script, ScriptedAnswer, StepBudget};
pub use suite::{DataPolicy, Decision, Suite};
pub use tally::Tally;
pub use task::{ArgumentRule, Bar, Home, MetricConfig, Task, TaskKind};
