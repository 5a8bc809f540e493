//! The command line.

use crate::commands::{
    cache::{CACHE, CacheArgs},
    cost::CostArgs,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use eval_runners::cache::CacheMode;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Can this open model take over this task from the closed one?
#[derive(Debug, Parser)]
#[command(name = "eval", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  eval run --suite support-tickets                 run the built-in suite on the default local model
  eval init my-suite && eval run --suite ./my-suite
  eval report latest --open

Exit codes:
  0    the evidence is complete, or what was asked is done; a gate passed
  2    usage, or a bad suite, configuration or file
  10   a gate failed: not good enough, or regressed
  11   a gate is undecided: more cases are needed
  12   invalid evidence: errors above the limit, or nothing to compare
  130  interrupted
  1    internal error

In bash, zsh and sh the word `eval` is a shell builtin: call this program by its path, by
`env eval`, or in its repository by `cargo eval`.";

/// Where run folders are written unless `--out` says otherwise.
pub const RUNS: &str = ".eval/runs";

/// How much is printed, and how.
#[derive(Debug, Clone, Copy, Args)]
pub struct OutputArgs {
    /// Print results and errors only, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print without colours (also with NO_COLOR set, or into a file)
    #[arg(long, global = true)]
    pub no_color: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a suite on one or more models and report
    Run(Box<RunArgs>),
    /// Render the report of a run again, or in another format
    Report(ReportArgs),
    /// Compare a candidate with the model it would replace, from two runs or from one that holds both
    Compare(CompareArgs),
    /// Decide in CI whether a model may be swapped: passed 0, not good enough 10, need more data 11, invalid 12
    Gate(GateArgs),
    /// Baselines: what a model got right, in a small file that a repository keeps
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// How many cases a verdict needs, and what a suite's size can show
    Plan(PlanArgs),
    /// What the models of a run would cost a month, and from which volume hosting one is cheaper
    Cost(CostArgs),
    /// Local models: what there is, fetching, and what a file holds; served ones: what is known of their servers
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Suites: what there is, what one holds, and whether one is sound
    #[command(subcommand)]
    Suites(SuitesCommand),
    /// Answers that were bought: what is kept, deleting it, and why one was bought again
    Cache(CacheArgs),
    /// Write a small suite of your own that runs as it is
    #[command(
        after_help = "Examples:\n  eval init my-suite\n  eval suites check my-suite\n  eval run --suite ./my-suite"
    )]
    Init {
        /// The folder to write; it must be new or empty
        dir: PathBuf,
    },
}

/// `eval run`. Stored in the manifest, so that a run can be resumed by its id alone.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(after_help = "\
Models are named as
  NAME              a name in eval.toml, or a model of `eval models list`
  candle:MODEL      a local model: a catalogue name, a .gguf file, a folder with safetensors, or
                    owner/name/file.gguf on the model hub
  PRESET:MODEL      a served model: openai:, anthropic:, gemini:, vllm:, ollama: … (`eval models presets`)
  replay:FILE       recorded outputs, one JSON object a line; replay:FILE#MODEL where the file holds several models
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
    #[arg(long, value_name = "ID", conflicts_with_all = ["suite", "candidates", "reference", "tasks", "tags", "limit", "sample", "seed", "repeat"])]
    #[serde(skip)]
    pub resume: Option<String>,
}

/// What a gate decides by, and what it writes.
#[derive(Debug, Clone, Default, Args)]
pub struct GateOptions {
    /// What the candidate is held against: a baseline file, or a run by its id or folder
    #[arg(long, value_name = "FILE|RUN")]
    pub baseline: Option<String>,
    /// How much worse the candidate may be: a share, 0.05 is five points [default: the suite's]
    #[arg(long, value_name = "SHARE", value_parser = margin)]
    pub margin: Option<f64>,
    /// What is asked of the candidate [default: non-inferior]
    #[arg(long, value_enum, value_name = "POLICY")]
    pub policy: Option<PolicyName>,
    /// Let a model be found good enough whose decoding differs from the reference's
    #[arg(long)]
    pub allow_different: bool,
    /// Write the cases as JUnit XML: a task is a suite, a case is a test
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a short text for a pull request, the verdict first
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write the summary, the cases that differ and the gate
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print GitHub annotations, and add the text for a pull request to the step's summary
    #[arg(long)]
    pub github: bool,
}

/// What a gate asks of the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyName {
    /// Not worse by the margin
    NonInferior,
    /// That, and no alarm that it is worse at all (McNemar's mid-p)
    NoRegression,
}

/// `eval compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval compare latest                                  a run that holds both models
  eval compare 20260314-101500-support-tickets 20260301-090000-support-tickets
  eval compare latest#smollm2-135m baseline.json --margin 0.03
  eval compare latest --format json | jq '.details[0].tasks[0].lost'")]
pub struct CompareArgs {
    /// The candidate's run: its id, its folder or `latest`; RUN#MODEL where it holds several
    pub candidate: String,
    /// The reference's run, or a baseline file [default: the reference in the candidate's run]
    pub reference: Option<String>,
    /// How much worse the candidate may be: a share, 0.05 is five points [default: the suite's]
    #[arg(long, value_name = "SHARE", value_parser = margin)]
    pub margin: Option<f64>,
    /// Let a model be found good enough whose decoding differs from the reference's
    #[arg(long)]
    pub allow_different: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = CompareFormat::Text)]
    pub format: CompareFormat,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// Tables for a terminal
    Text,
    /// The summary, with the cases and slices that differ
    Json,
    /// Tables and reasons as Markdown
    Md,
}

/// `eval gate`.
#[derive(Debug, Args)]
#[command(after_help = "\
A gate passes (exit code 0) on evidence alone: an undecided one exits 11, one without valid evidence 12.

Examples:
  eval gate latest --baseline baseline.json
  eval gate latest --baseline baseline.json --policy no-regression --junit eval.xml --markdown comment.md
  eval gate 20260314-101500-support-tickets#smollm2-135m --margin 0.03
  eval gate latest --baseline baseline.json --github")]
pub struct GateArgs {
    /// The candidate's run: its id, its folder or `latest`; RUN#MODEL where it holds several
    pub run: String,
    #[command(flatten)]
    pub options: GateOptions,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write what one model of a run got right: case hashes, scores and cost, no prompts and no answers
    #[command(after_help = "\
Examples:
  eval baseline save latest baseline.json
  eval baseline save latest#gpt-4o-mini baseline.json --with-answers")]
    Save {
        /// A run's id, its folder or `latest`; RUN#MODEL where it holds several
        run: String,
        /// The file to write
        file: PathBuf,
        /// Keep what the model said as well
        #[arg(long)]
        with_answers: bool,
        /// Where runs lie
        #[arg(long, value_name = "DIR", default_value = RUNS)]
        out: PathBuf,
    },
}

/// `eval plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval plan --suite support-tickets
  eval plan --suite ./my-suite --margin 0.05 --discordance 0.1 --power 0.8
  eval plan --suite ./my-suite --pilot latest          a run of some cases that holds both models
  eval plan --suite ./my-suite --pilot CANDIDATE_RUN --pilot REFERENCE_RUN")]
pub struct PlanArgs {
    /// A built-in suite or a folder with a suite.toml
    #[arg(long)]
    pub suite: String,
    /// How much worse the candidate may be: a share, 0.05 is five points [default: the suite's]
    #[arg(long, value_name = "SHARE", value_parser = margin)]
    pub margin: Option<f64>,
    /// The share of cases on which one model is right and the other not, where no pilot says it
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub discordance: f64,
    /// The chance to find a candidate good enough that is
    #[arg(long, value_name = "P", default_value_t = 0.8, value_parser = power)]
    pub power: f64,
    /// The true difference to plan for, candidate minus reference: a share, such as -0.01
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = difference, allow_hyphen_values = true)]
    pub difference: f64,
    /// A run of some cases, from which the discordance is taken; two where the models were run apart
    #[arg(long, value_name = "RUN")]
    pub pilot: Vec<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// A table for a terminal
    Text,
    /// For programs
    Json,
}

fn number(text: &str, fits: impl Fn(f64) -> bool, wanted: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number| fits(*number)).ok_or_else(|| format!("it must be {wanted}"))
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |x| (0.0..=1.0).contains(&x), "a share from 0 to 1, such as 0.1")
}

fn power(text: &str) -> Result<f64, String> {
    number(text, |x| (0.5..=0.999).contains(&x), "a probability from 0.5 to 0.999, such as 0.8")
}

fn difference(text: &str) -> Result<f64, String> {
    number(text, |x| x > -1.0 && x < 1.0, "a share between -1 and 1, such as -0.01")
}

fn margin(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "it must be a share above 0 and below 1, such as 0.05 for five points".into())
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

fn dollars(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_start_matches('$').parse().ok();
    number.filter(|usd| usd.is_finite() && *usd > 0.0).ok_or_else(|| "it must be a number of USD above 0".into())
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number of at least 1".into()),
        Ok(n) => Ok(n),
    }
}

/// `eval report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval report latest --open
  eval report 20260314-101500-support-tickets --format md >> $GITHUB_STEP_SUMMARY
  eval report .eval/runs/20260314-101500-support-tickets --format json | jq .verdicts")]
pub struct ReportArgs {
    /// A run's id, its folder, or `latest`
    pub run: String,
    /// html is written into the run's folder; the others are printed
    #[arg(long, value_enum, default_value_t = Format::Html)]
    pub format: Format,
    /// Show the HTML report in the browser
    #[arg(long)]
    pub open: bool,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One self-contained page
    Html,
    /// The summary, with the keys that programs read
    Json,
    /// A short text, the verdict first
    Md,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// The local models that can be fetched by name
    #[command(after_help = "Examples:\n  eval models list")]
    List,
    /// The kinds of server that a model can be named by, with the variables that hold their keys
    #[command(after_help = "Examples:\n  eval models presets")]
    Presets,
    /// Fetch a model into the cache
    #[command(after_help = "Examples:\n  eval models pull smollm2-135m")]
    Pull {
        /// A name of `eval models list`
        name: String,
    },
    /// What is known of a model, and what its file says
    #[command(after_help = "Examples:\n  eval models show smollm2-135m\n  eval models show ./model.gguf")]
    Show {
        /// A name of `eval models list`, a .gguf file, or a folder with safetensors
        model: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum SuitesCommand {
    /// The built-in suites
    #[command(after_help = "Examples:\n  eval suites list")]
    List,
    /// A suite's tasks, sizes, labels and bars
    #[command(after_help = "Examples:\n  eval suites show support-tickets\n  eval suites show ./my-suite")]
    Show {
        /// A built-in name or a folder
        suite: String,
    },
    /// Read a suite whole and render every prompt, without asking any model
    #[command(after_help = "Examples:\n  eval suites check ./my-suite")]
    Check {
        /// A built-in name or a folder
        suite: String,
    },
}
