//! The arguments of `eval history`.

use super::RUNS;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `eval history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval history --suite support-tickets
  eval history --suite support-tickets --task triage --model gpt-4o-mini --limit 5
  eval history --suite my-suite --format json | jq '.tasks[].models[].points[-1].correct_rate'")]
pub struct HistoryArgs {
    /// The suite's name, or its folder as it was named when it ran
    #[arg(long, value_name = "SUITE")]
    pub suite: String,
    /// Only this task; repeat the option for several
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Only this model; repeat the option for several
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
    /// The most runs, counted from the newest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = HistoryFormat::Text)]
    pub format: HistoryFormat,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// Tables for a terminal
    Text,
    /// All figures, unrounded
    Json,
}
