use crate::{Case, FieldRule, Tool};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

/// One job of a suite with one metric that decides.
#[derive(Debug, Clone)]
pub struct Task {
    /// Unique within the suite.
    pub name: String,
    /// What is asked and how `correct` is told.
    pub kind: TaskKind,
    /// The label set of a classification, the abstain label included (last, where the file did not list it).
    pub labels: Vec<String>,
    /// The label for "cannot be told from this input".
    pub abstain: Option<String>,
    /// The JSON Schema of an extraction.
    pub schema: Option<Arc<Value>>,
    /// The share of inputs in production for which declining is right; `None`: not said.
    pub prevalence: Option<f64>,
    /// Classification: whether only a label as the set writes it is read.
    pub strict: bool,
    /// Whether JSON dug out of fences or prose counts as given.
    pub accept_recovered: bool,
    /// Extraction: whether the schema's `format`s are checked in answers.
    pub formats: bool,
    /// How fields of an extraction are compared, by JSON pointer; `*` stands for any index.
    pub fields: BTreeMap<String, FieldRule>,
    /// The functions of a tools task.
    pub tools: Arc<[Tool]>,
    /// How arguments of calls are compared.
    pub arguments: ArgumentRule,
    /// The most tokens an answer may have.
    pub max_output_tokens: u32,
    /// Answers end before any of these strings.
    pub stop: Vec<String>,
    /// Metrics beside those of the kind.
    pub metrics: Vec<MetricConfig>,
    /// Where the suite lies; `None`: it is built in.
    pub home: Option<Home>,
    /// Absolute limits, by metric.
    pub bars: BTreeMap<String, Bar>,
    /// The cases, in file order.
    pub cases: Vec<Arc<Case>>,
}

/// The kinds of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One label of a set.
    Classification,
    /// An object that follows a JSON Schema.
    Extraction,
    /// An answer from passages.
    Rag,
    /// Function calls.
    Tools,
}

impl TaskKind {
    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Extraction => "extraction",
            Self::Rag => "rag",
            Self::Tools => "tools",
        }
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the arguments of a call are compared with those expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentRule {
    /// By value; text as it is written.
    #[default]
    Exact,
    /// As the Berkeley function-calling leaderboard does: text loosely, types by the function's schema.
    Bfcl,
}

/// A metric that a suite asks for, with its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricConfig {
    /// The registered name.
    pub name: String,
    /// The other keys of the table.
    pub settings: Map<String, Value>,
}

/// The folder of a suite, for metrics that run a program of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// By its canonical path.
    pub folder: PathBuf,
    /// Digests of the files in it that metrics run, by name: part of the suite's hash, where the folder is not.
    pub programs: BTreeMap<String, String>,
}

/// An absolute limit on a metric, at either side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// At least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}
