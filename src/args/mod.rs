//! The command line.

mod cases;
mod check;
mod export;
mod gate;
mod history;
mod import;
mod judge;
mod plan;
mod run;
mod view;

pub use cases::{AddArgs, CasesCommand, ReviewArgs, SplitArgs};
pub use check::{CheckArgs, CheckFormat};
pub use export::{ExportArgs, TableName};
pub use gate::{BaselineCommand, CompareArgs, CompareFormat, GateArgs, GateOptions, PolicyName};
pub use history::{HistoryArgs, HistoryFormat};
pub use import::ImportArgs;
pub use judge::{CalibrateArgs, JudgeArgs, JudgeCommand};
pub use plan::{PlanArgs, PlanFormat};
pub use run::RunArgs;
pub use view::ViewArgs;

use crate::commands::{cache::CacheArgs, cost::CostArgs};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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
  eval run --suite support-tickets --reference recorded:qwen2.5-coder-0.5b
  eval import tickets.csv --to my-suite            a suite of data that you have
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
    /// Look at runs in the browser: all of them, any two compared, a suite over time
    View(ViewArgs),
    /// A suite over time: what each model got right in each run, and what changed
    History(HistoryArgs),
    /// Compare a candidate with the model it would replace, from two runs or from one that holds both
    Compare(CompareArgs),
    /// Decide in CI whether a model may be swapped: passed 0, not good enough 10, need more data 11, invalid 12
    Gate(GateArgs),
    /// Baselines: what a model got right, in a small file that a repository keeps
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Scores that another model gives: judging a run, and how far people agree with the judge
    #[command(subcommand)]
    Judge(JudgeCommand),
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
    /// Cases: adding those that failed in production, and looking at golds that may be wrong
    #[command(subcommand)]
    Cases(CasesCommand),
    /// Hold out a part of a suite that reports show only as totals
    Split(SplitArgs),
    /// Metrics: what there is, and what one measures, how it is set, and how it can mislead
    #[command(subcommand)]
    Metrics(MetricsCommand),
    /// Answers that were bought: what is kept, deleting it, and why one was bought again
    Cache(CacheArgs),
    /// Make a suite of data that you have: a table (CSV, TSV, JSON, JSONL, Parquet), or another tool's format
    Import(Box<ImportArgs>),
    /// Write a small suite of your own that runs as it is
    #[command(
        after_help = "Examples:\n  eval init my-suite\n  eval suites check my-suite\n  eval run --suite ./my-suite"
    )]
    Init {
        /// The folder to write; it must be new or empty
        dir: PathBuf,
    },
}

/// `eval report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval report latest --open
  eval report latest --redact
  eval report 20260314-101500-support-tickets --format md >> $GITHUB_STEP_SUMMARY
  eval report .eval/runs/20260314-101500-support-tickets --format json | jq .verdicts
  eval report latest --format csv --output results.csv
  eval report latest --format parquet --table records --output records.parquet")]
pub struct ReportArgs {
    /// A run's id, its folder, or `latest`
    pub run: String,
    /// html is written into the run's folder; the others are printed
    #[arg(long, value_enum, default_value_t = Format::Html)]
    pub format: Format,
    #[command(flatten)]
    pub export: ExportArgs,
    /// Leave prompts, passages, expected outcomes and outputs out; ids, scores and slices stay. Always so where the suite's
    /// data policy is local-only
    #[arg(long)]
    pub redact: bool,
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
    /// JUnit XML: a task is a suite, a case is a test
    Junit,
    /// A table for a spreadsheet
    Csv,
    /// The same table, a JSON object a line
    Jsonl,
    /// The same table, as a Parquet file
    Parquet,
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
pub enum MetricsCommand {
    /// The metrics of each kind of task, and those that any task can ask for
    #[command(after_help = "Examples:\n  eval metrics list")]
    List,
    /// What a metric measures, its range, settings, source and an example, and how it can mislead
    #[command(
        after_help = "Examples:\n  eval metrics show macro_f1\n  eval metrics show rouge_l\n  eval metrics show not_contains"
    )]
    Show {
        /// A name of `eval metrics list`
        name: String,
    },
}

/// `eval suites record`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval suites record latest
  eval suites record 20260314-101500-my-suite --model openai:gpt-4o-mini --as incumbent
  eval run --suite ./my-suite --candidate ollama:llama3.3 --reference recorded:incumbent")]
pub struct RecordArgs {
    /// A run's id, its folder, or `latest`: of the whole suite, as it is now
    pub run: String,
    /// Whose answers, where the run holds several models
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// What the recording is called [default: as the model]
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// The suite's folder [default: the one that was run]
    #[arg(long, value_name = "DIR")]
    pub suite: Option<String>,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
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
    /// Read a suite whole, and say whether it is sound: what it can show, and what is amiss. No model is asked
    Check(CheckArgs),
    /// Keep the answers of a run beside its suite, to compare with later as recorded:NAME
    Record(RecordArgs),
}
