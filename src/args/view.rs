//! The arguments of `eval view`.

use super::RUNS;
use clap::Args;
use std::path::PathBuf;

/// `eval view`.
#[derive(Debug, Args)]
#[command(after_help = "\
The server listens on this machine alone and only reads. Ctrl-C ends it, with exit code 0.

Examples:
  eval view
  eval view latest --open
  eval view --port 8080 --out ./runs")]
pub struct ViewArgs {
    /// Begin with this run: its id, its folder, or `latest` [default: the list of runs]
    pub run: Option<String>,
    /// The port to listen on; 0 takes one that is free
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Show it in the browser
    #[arg(long)]
    pub open: bool,
    /// Show prompts, passages and answers of suites whose data must not leave this machine
    #[arg(long)]
    pub show_local: bool,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}
