//! The arguments of `eval cases` and `eval split`.

use super::RUNS;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum CasesCommand {
    /// Add a production input that failed to a task's case file: JSON on standard input
    Add(AddArgs),
    /// Look at the cases of a run that not every model got right, and say whether the gold is right
    Review(ReviewArgs),
}

/// `eval cases add`.
#[derive(Debug, Args)]
#[command(after_help = "\
Standard input holds a JSON object, or several one after the other:
  {\"input\": …, \"expected\": …}, with id, tags, cluster, context or tools where they are wanted;
  or a line of a records.jsonl or of a replay file, with an `input`.
Where no id is given the next number of the file is taken. All of them are added or none, and only
where the suite loads with them.

Examples:
  echo '{\"input\": \"charged twice again\", \"expected\": \"billing\"}' | eval cases add --suite ./my-suite --task triage
  eval cases add --suite ./my-suite --task triage --expected '\"billing\"' < failed.json
  jq -c 'select(.failed)' log.jsonl | eval cases add --suite ./my-suite --task answers --expected '{\"answerable\": false}'")]
pub struct AddArgs {
    /// A suite's folder
    #[arg(long, value_name = "DIR")]
    pub suite: String,
    /// The task whose cases they become
    #[arg(long)]
    pub task: String,
    /// The expected outcome of what holds none: JSON, or a label as it is
    #[arg(long, value_name = "JSON")]
    pub expected: Option<String>,
}

/// `eval cases review`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each case is shown with its gold and what the models gave; words that differ stand in ‹…›. A line answers:
  r  the gold is right
  w  the gold is wrong: then 1 or 2 takes a model's output, or the right one is typed
     (of a rag task, an answer is added to the accepted ones)
  u  it cannot be told: the case is tagged `unsure`
  s  skip        b  back, the last decision is taken back        q  quit
What was decided is in the case file at once, as `reviewed`; a later review begins after it.

Examples:
  eval cases review latest
  eval cases review latest --suite ./my-suite --model smollm2-135m --model gpt-4o-mini
  eval cases review 20260314-101500-my-suite --task triage --by ana
  printf 'r\\nw\\nbilling\\nq\\n' | eval cases review latest --by ana")]
pub struct ReviewArgs {
    /// A run's id, its folder or `latest`
    pub run: String,
    /// The suite's folder [default: the one that the run was of]
    #[arg(long, value_name = "DIR")]
    pub suite: Option<String>,
    /// A model of the run, or two of them [default: the candidate and the reference, or the two that there are]
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
    /// Only this task; repeat the option for several
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Who decides [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
}

/// `eval split`.
#[derive(Debug, Args)]
#[command(after_help = "\
Held-out cases are asked and decide as all others do, and reports show them in totals alone, so that
prompts are not tuned to them. The draw rests on each case's content (or its cluster) and the seed: when
a suite has grown, the same command holds out a part of what is new, and nothing moves.

Examples:
  eval split ./my-suite --share 0.4
  eval split ./my-suite --share 0.3 --seed 7
  eval split ./my-suite --clear
  eval run --suite ./my-suite --part open")]
pub struct SplitArgs {
    /// A suite's folder
    pub suite: String,
    /// How much of each task is held out
    #[arg(long, value_name = "SHARE", value_parser = super::gate::margin, required_unless_present = "clear")]
    pub share: Option<f64>,
    /// Another seed draws other cases
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// End the split: nothing is held out any more
    #[arg(long, conflicts_with_all = ["share", "seed"])]
    pub clear: bool,
}
