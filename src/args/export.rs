//! What `eval report` and `eval compare` write, and where to.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The table of csv, jsonl and parquet, and the file.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// What a row is in csv, jsonl and parquet [default: results]
    #[arg(long, value_enum, value_name = "TABLE")]
    pub table: Option<TableName>,
    /// The file to write, or - for standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableName {
    /// A model on a task: counts, rates, metrics, cost, and the comparison with the reference
    Results,
    /// One case, one model, one repeat: outcome, scores, latency, tokens, cost. No texts
    Records,
}
