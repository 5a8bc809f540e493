use crate::{Bar, DataPolicy, Decision, JudgeInfo, MetricSpec, Price, ReviewVerdict, TaskKind, cost::Hosting};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version that manifests are written with.
pub const MANIFEST_VERSION: u32 = 1;

/// `run.json`: pins all that went into a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub v: u32,
    /// The run's id, also the name of its folder.
    pub id: String,
    /// When it was started, RFC 3339 in UTC.
    pub started_at: String,
    /// The version of `eval`.
    pub eval_version: String,
    /// The suite.
    pub suite: SuiteInfo,
    /// The tasks that run, in suite order.
    pub tasks: Vec<TaskInfo>,
    /// The models, candidates first.
    pub models: Vec<ModelInfo>,
    /// Which part of the suite was asked for.
    pub selection: Selection,
    /// How often each case is asked.
    pub repeats: u32,
    /// Calls in flight at once; `None`: as the runner chooses.
    pub concurrency: Option<usize>,
    /// Orders and samples the cases.
    pub seed: u64,
    /// The day that templates see as today, `YYYY-MM-DD`.
    pub date: String,
    /// Whether models whose decoding differs may be found good enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_different: bool,
    /// What judged, for each metric that another model scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<JudgeInfo>,
    /// Whether a verdict may rest on a judge that was never held against people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_uncalibrated_judge: bool,
    /// Where it ran.
    pub machine: MachineInfo,
    /// What came up while it ran that a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The arguments of the command, from which it can be resumed.
    #[serde(default)]
    pub arguments: Value,
}

/// More cases than any suite holds.
const MOST_CASES: usize = 1 << 40;

impl Manifest {
    /// What is wrong with its rules and numbers, if anything; `eval` writes none of that.
    pub fn problem(&self) -> Option<String> {
        if let Some(problem) = self.suite.decision.problem() {
            return Some(problem);
        }
        if self.repeats == 0 || self.repeats > 1_000_000 {
            return Some(format!("cases are asked once or more, not {} times", self.repeats));
        }
        let odd = |task: &&TaskInfo| task.cases > task.cases_in_suite || task.cases_in_suite > MOST_CASES;
        if let Some(task) = self.tasks.iter().find(odd) {
            let (some, all) = (task.cases, task.cases_in_suite);
            return Some(format!("the task {} has {some} cases of {all} in the suite, which cannot be", task.name));
        }
        let hosted = self.models.iter().filter_map(|model| model.hosting.as_ref());
        hosted.filter_map(|hosting| hosting.check().err()).map(|(what, help)| format!("{what}: {help}")).next()
    }
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The suite of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuiteInfo {
    /// Its name.
    pub name: String,
    /// As it was named on the command line: a built-in name or a path.
    pub source: String,
    /// A sentence.
    pub description: String,
    /// [`crate::Suite::hash`].
    pub hash: String,
    /// Where its data may go.
    pub data_policy: DataPolicy,
    /// The rules of the verdict.
    pub decision: Decision,
}

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: TaskKind,
    /// How many cases were selected, and how many there are.
    pub cases: usize,
    /// How many the suite holds.
    pub cases_in_suite: usize,
    /// How many of the selected ones are held out: reports show totals of them alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_out: usize,
    /// How many of the selected ones a person looked at, by what was found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<ReviewVerdict, usize>,
    /// The label set, empty for other kinds.
    pub labels: Vec<String>,
    /// The abstain label.
    pub abstain: Option<String>,
    /// Digest of the prompt template, schema, tools and limits.
    pub prompt_hash: String,
    /// Digest of what makes an answer right: kind, rules of fields, whether recovered JSON counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoring_hash: Option<String>,
    /// Digest over the hashes of the selected cases.
    pub cases_hash: String,
    /// The most tokens an answer may have.
    pub max_output_tokens: u32,
    /// The share of inputs in production for which declining is right; `None`: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prevalence: Option<f64>,
    /// Whether JSON dug out of fences or prose counts as given.
    pub accept_recovered: bool,
    /// What the scores mean, `accuracy` first.
    pub metrics: Vec<MetricSpec>,
    /// Absolute limits.
    pub bars: BTreeMap<String, Bar>,
    /// For each trivial strategy (such as always the commonest label) the share of the selected cases it gets right.
    pub trivial: BTreeMap<String, f64>,
}

/// A model of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The configured or given name, else the words as typed.
    pub name: String,
    /// On trial, or the one it would replace.
    pub role: ModelRole,
    /// The runner.
    pub runner: String,
    /// What was asked of it: weights or model, sampling, decoding.
    pub settings: Value,
    /// What answered: architecture, quantisation, weight digest, licence, device, … as the runner reports it.
    pub details: Value,
    /// USD per million tokens; `None` is unknown.
    pub price: Option<Price>,
    /// Cases in flight at once while its latency was measured; `None` is unknown.
    #[serde(default)]
    pub in_flight: Option<usize>,
    /// What serving it costs, for a model that is not paid by the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosting: Option<Hosting>,
    /// The tasks that it was asked by a prompt of its own, each with the digest that [`TaskInfo::prompt_hash`] is for the
    /// suite's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<String, String>,
}

impl ModelInfo {
    /// Digest of what a task's prompts were made from when this model was asked.
    pub fn prompt_hash<'a>(&'a self, task: &'a TaskInfo) -> &'a str {
        self.prompts.get(&task.name).unwrap_or(&task.prompt_hash)
    }
}

/// The part a model plays in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelRole {
    /// On trial.
    Candidate,
    /// The one it would replace.
    Reference,
    /// It scores what the others said.
    Judge,
}

/// Which part of a suite a run was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Tasks by name; empty: all.
    pub tasks: Vec<String>,
    /// Tags, any of which a case must have; empty: all cases.
    pub tags: Vec<String>,
    /// The first cases of each task in file order.
    pub limit: Option<usize>,
    /// A seeded sample of each task.
    pub sample: Option<usize>,
    /// The held-out part, or the other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// One of the two parts that `eval split` makes of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The cases that reports show.
    Open,
    /// The cases of which reports show totals alone.
    HeldOut,
}

impl Part {
    /// As `--part` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::HeldOut => "held-out",
        }
    }

    /// Whether a case is of this part.
    pub fn holds(self, held_out: bool) -> bool {
        held_out == (self == Self::HeldOut)
    }
}

impl Selection {
    /// Whether it leaves anything of the suite out by choice.
    pub fn is_partial(&self) -> bool {
        *self != Self::default()
    }
}

/// The machine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineInfo {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub arch: String,
    /// The processor's name where the system tells it.
    pub cpu: Option<String>,
    /// Cores that this process may use.
    pub cores: usize,
}
