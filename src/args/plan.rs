//! The arguments of `eval plan`.

use super::{RUNS, gate::margin};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
