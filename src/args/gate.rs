//! The arguments of `eval compare`, `eval gate` and `eval baseline`.

use super::{ExportArgs, RUNS};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

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
    /// Let a verdict rest on a judge that was never held against people
    #[arg(long)]
    pub allow_uncalibrated_judge: bool,
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
  eval compare latest --format json | jq '.details[0].tasks[0].lost'
  eval compare latest 20260301-090000-support-tickets --format html --output comparison.html")]
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
    /// Let a verdict rest on a judge that was never held against people
    #[arg(long)]
    pub allow_uncalibrated_judge: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = CompareFormat::Text)]
    pub format: CompareFormat,
    #[command(flatten)]
    pub export: ExportArgs,
    /// Leave prompts, passages, expected outcomes and outputs out; ids, scores and slices stay. Always so where the suite's
    /// data policy is local-only
    #[arg(long)]
    pub redact: bool,
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
    /// One self-contained page
    Html,
    /// JUnit XML: a task is a suite, a case is a test
    Junit,
    /// A table for a spreadsheet
    Csv,
    /// The same table, a JSON object a line
    Jsonl,
    /// The same table, as a Parquet file
    Parquet,
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

/// A share that a candidate may be worse by.
pub(super) fn margin(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "it must be a share above 0 and below 1, such as 0.05 for five points".into())
}
