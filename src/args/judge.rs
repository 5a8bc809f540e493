//! The arguments of `eval judge`.

use super::{RUNS, run::Cache};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum JudgeCommand {
    /// Judge the answers of a finished run, or go on judging them; what is judged is not asked again
    #[command(after_help = "\
Examples:
  eval judge run latest
  eval judge run 20260314-101500-support-tickets --judge openai:gpt-4o --max-cost 1.00")]
    Run(JudgeArgs),
    /// Hold a run's judgements against labels that people gave: accuracy and Cohen's kappa, each with its interval
    #[command(after_help = "\
A line of LABELS is a JSON object: {\"task\": \"answers\", \"case\": \"a-1\", \"label\": \"pass\"}, with `model`,
`metric` and `repeat` where the run holds several. Labels are the judge's verdicts: pass, fail, undetermined; grades;
candidate, reference, tie; supported, unsupported, undetermined, no_claims.

The result is kept in the run and in judges.json beside the suite, where later runs find it. Exit code 0: the judge
may decide; 10: it agrees with people no more than by chance; 11: too few labels.

Examples:
  eval judge calibrate latest labels.jsonl
  eval judge calibrate latest labels.jsonl --metric helpful --to calibration/judges.json")]
    Calibrate(CalibrateArgs),
}

/// `eval judge run`.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// A run's id, its folder, or `latest`
    pub run: String,
    /// The model that judges [default: the one of the run, else those that the suite names]
    #[arg(long, value_name = "MODEL")]
    pub judge: Option<String>,
    /// Answers in judgement at once [default: as the judge's runner chooses]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Models and prices [default: as for the run]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Whether answers that were bought before are used again, and new ones kept [default: as for the run]
    #[arg(long, value_enum, value_name = "MODE")]
    pub cache: Option<Cache>,
    /// Where they are kept [default: as for the run]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Stop before this judging has cost this much, in USD
    #[arg(long, value_name = "USD", value_parser = super::run::dollars)]
    pub max_cost: Option<f64>,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

/// `eval judge calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// A run's id, its folder, or `latest`
    pub run: String,
    /// What people said of its answers, one JSON object a line
    pub labels: PathBuf,
    /// Only this metric
    #[arg(long, value_name = "METRIC")]
    pub metric: Option<String>,
    /// The file that the result is put into [default: judges.json in the suite's folder]
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}
