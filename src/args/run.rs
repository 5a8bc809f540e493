//! The arguments of `eval run`.

use super::{GateOptions, RUNS};
use crate::commands::cache::CACHE;
use clap::{Args, ValueEnum};
use eval_core::Part;
use eval_runners::cache::CacheMode;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `eval run`. Stored in the manifest, so that a run can be resumed by its id alone.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(after_help = "\
Models are named as
  NAME              a name in eval.toml, or a model of `eval models list`
  candle:MODEL      a local model: a catalogue name, a .gguf file, a folder with safetensors, or
                    owner/name/file.gguf on the model hub
  PRESET:MODEL      a served model: openai:, anthropic:, gemini:, vllm:, ollama: … (`eval models presets`)
  replay:FILE       recorded outputs, one JSON object a line; replay:FILE#MODEL where the file holds several models
  recorded:NAME     answers that lie beside the suite (`eval suites show`)
  NAME=SPEC         any of these under a name of your own

Examples:
  eval run --suite support-tickets
  eval run --suite support-tickets --task triage --limit 10
  eval run --suite ./my-suite --candidate ollama:llama3.3 --reference openai:gpt-4o-mini --max-cost 2.50
  eval run --suite ./my-suite --candidate anthropic:claude-haiku-4-5 --dry-run
  eval run --suite ./my-suite --candidate candle:./model.gguf --reference gpt-4o=replay:outputs.jsonl
  eval run --suite ./my-suite --candidate ollama:llama3.3 --gate --baseline baseline.json --junit eval.xml
  eval run --resume 20260314-101500-support-tickets")]
pub struct RunArgs {
    /// A built-in suite (`eval suites list`) or a folder with a suite.toml
    #[arg(long, required_unless_present = "resume")]
    pub suite: Option<String>,
    /// The model on trial; repeat the option for several [default: smollm2-135m]
    #[arg(long = "candidate", value_name = "MODEL")]
    pub candidates: Vec<String>,
    /// The model it would replace
    #[arg(long, value_name = "MODEL")]
    pub reference: Option<String>,
    /// The model that scores what the suite's `judge` metrics ask for, instead of the ones that they name
    #[arg(long, value_name = "MODEL")]
    #[serde(default)]
    pub judge: Option<String>,
    /// Only this task; repeat the option for several
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Only cases with this tag, or with any of several
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only the first N cases of each task, in file order
    #[arg(long, value_name = "N", conflicts_with = "sample")]
    pub limit: Option<usize>,
    /// Only N cases of each task, drawn by the seed
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Only one of the parts that `eval split` made: the cases that reports show, or the held-out ones
    #[arg(long, value_enum, value_name = "PART")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartName>,
    /// Orders and samples the cases, and seeds sampling models
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Ask each case this often
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,
    /// Cases in flight at once [default: as the model's runner chooses; for a served model it adapts]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub concurrency: Option<usize>,
    /// Models and prices [default: eval.toml in this folder, where there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that run folders are written to
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
    /// Whether answers of served models that were bought before are used again, and new ones kept [default: read-write]
    #[arg(long, value_enum, value_name = "MODE")]
    pub cache: Option<Cache>,
    /// Where answers of served models are kept [default: .eval/cache]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Stop before served models have cost this much, in USD
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub max_cost: Option<f64>,
    /// Print the calls, tokens and cost to expect, and ask nothing
    #[arg(long)]
    #[serde(skip)]
    pub dry_run: bool,
    /// Decide in CI whether the candidate may be swapped in: passed 0, not good enough 10, need more data 11, invalid 12
    #[arg(long)]
    #[serde(skip)]
    pub gate: bool,
    #[command(flatten)]
    #[serde(skip)]
    pub gate_options: GateOptions,
    /// Go on with an interrupted run: its id or folder; no finished case is asked again
    #[arg(long, value_name = "ID", conflicts_with_all = ["suite", "candidates", "reference", "tasks", "tags", "limit", "sample", "part", "seed", "repeat"])]
    #[serde(skip)]
    pub resume: Option<String>,
}

/// A part of a suite that was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartName {
    /// The cases that reports show
    Open,
    /// The cases of which reports show totals alone
    HeldOut,
}

impl From<PartName> for Part {
    fn from(part: PartName) -> Self {
        match part {
            PartName::Open => Self::Open,
            PartName::HeldOut => Self::HeldOut,
        }
    }
}

/// How a run uses the response cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    /// Use what is there, keep what is new
    ReadWrite,
    /// Use what is there, write nothing
    Read,
    /// Ask for every answer
    Off,
}

impl From<Cache> for CacheMode {
    fn from(cache: Cache) -> Self {
        match cache {
            Cache::ReadWrite => Self::ReadWrite,
            Cache::Read => Self::Read,
            Cache::Off => Self::Off,
        }
    }
}

impl RunArgs {
    /// How the run uses the response cache.
    pub fn cache_mode(&self) -> CacheMode {
        self.cache.map_or(CacheMode::ReadWrite, CacheMode::from)
    }

    /// Where it lies.
    pub fn cache_folder(&self) -> &Path {
        self.cache_dir.as_deref().unwrap_or(Path::new(CACHE))
    }
}

pub(super) fn dollars(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_start_matches('$').parse().ok();
    number.filter(|usd| usd.is_finite() && *usd > 0.0).ok_or_else(|| "it must be a number of USD above 0".into())
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number of at least 1".into()),
        Ok(n) => Ok(n),
    }
}
