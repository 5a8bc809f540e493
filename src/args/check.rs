//! The arguments of `eval suites check`.

use clap::{Args, ValueEnum};

/// `eval suites check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval suites check ./my-suite
  eval suites check ./my-suite --strict
  eval suites check ./my-suite --format json | jq '.warnings[] | select(.kind == \"leak\")'

What is not valid ends with 2. Warnings end with 0, with --strict with 2 as well.")]
pub struct CheckArgs {
    /// A built-in name or a folder
    pub suite: String,
    /// End with 2 where there is a warning
    #[arg(long)]
    pub strict: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For a terminal: of each warning the first five places
    Text,
    /// For programs: every place
    Json,
}
