//! `eval cache`.

mod explain;

use crate::{
    args::RUNS,
    exit::Exit,
    screen::{Screen, counted},
};
use clap::{Args, Subcommand};
use eval_reports::{count, moment, usd};
use eval_runners::cache::{CacheMode, FILE, Group, Stats, Store, Which, clear};
use jiff::{SignedDuration, Timestamp};
use miette::{IntoDiagnostic, miette};
use std::path::{Path, PathBuf};

/// Where answers are kept unless `--cache-dir` says otherwise.
pub const CACHE: &str = ".eval/cache";

/// `eval cache`.
#[derive(Debug, Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
    /// Where answers are kept
    #[arg(long, value_name = "DIR", default_value = CACHE, global = true)]
    cache_dir: PathBuf,
}

#[derive(Debug, Subcommand)]
enum CacheCommand {
    /// How many answers of which models there are, and what they cost when they were bought
    #[command(after_help = "Examples:\n  eval cache stats")]
    Stats,
    /// Delete answers: all, or those of a model, or the old ones
    #[command(after_help = "\
Examples:
  eval cache clear
  eval cache clear --model gpt-4o-mini --older-than 30")]
    Clear {
        /// Only those of this model, as its server and `eval cache stats` call it
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
        /// Only those bought more than this many days ago
        #[arg(long, value_name = "DAYS")]
        older_than: Option<u32>,
    },
    /// Why a case of a run was bought or not: what differs from the nearest answer that is kept
    #[command(after_help = "\
Examples:
  eval cache explain latest t-017
  eval cache explain 20260314-101500-support-tickets t-017 --task triage --model gpt-4o-mini")]
    Explain(ExplainArgs),
}

/// `eval cache explain`.
#[derive(Debug, Args)]
struct ExplainArgs {
    /// A run's id, its folder, or `latest`
    run: String,
    /// The case's id
    case: String,
    /// The task of the case, where several have one of that id
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    /// Only this model of the run
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    out: PathBuf,
}

pub fn run(args: &CacheArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = &args.cache_dir;
    match &args.command {
        CacheCommand::Stats => stats(folder, screen),
        CacheCommand::Clear { model, older_than } => delete(folder, model.clone(), *older_than, screen),
        CacheCommand::Explain(args) => {
            let store = Store::open_to_read(folder).into_diagnostic()?;
            explain::run(args, &store, screen)
        }
    }
}

fn stats(folder: &Path, screen: &Screen) -> miette::Result<Exit> {
    let store = CacheMode::Read.open(folder).into_diagnostic()?;
    let stats = store.map(|store| store.stats()).transpose().into_diagnostic()?.unwrap_or_default();
    screen.print(&shown(&stats, &folder.join(FILE)))?;
    Ok(Exit::Done)
}

fn delete(folder: &Path, model: Option<String>, older_than: Option<u32>, screen: &Screen) -> miette::Result<Exit> {
    let before = older_than.map(|days| Timestamp::now().checked_sub(SignedDuration::from_hours(24 * i64::from(days))));
    let before = before.transpose().map_err(|_| {
        miette!(help = "name a smaller number, or leave --older-than out", "so many days ago there was no time")
    })?;
    let deleted = clear(folder, &Which { model, before }).into_diagnostic()?;
    let answers = if deleted == 1 { "1 answer".into() } else { format!("{} answers", count(deleted as u64)) };
    screen.print(&format!("deleted {answers} of {}\n", folder.join(FILE).display()))?;
    Ok(Exit::Done)
}

/// What a store holds, for a person.
fn shown(stats: &Stats, file: &Path) -> String {
    let file = file.display();
    let (Some(oldest), Some(newest)) = (&stats.oldest, &stats.newest) else {
        return format!("{file}: no answers\n");
    };
    let mut text = format!(
        "{file}: {} answers, {:.1} MB\nbought from {} to {}\n\n",
        count(stats.entries),
        stats.bytes as f64 / 1e6,
        moment(oldest),
        moment(newest)
    );
    let head = ["protocol", "model", "answers", "tokens in", "tokens out", "cost when bought"].map(String::from);
    let rows = stats.groups.iter().map(|((protocol, model), group)| row(protocol, model, group));
    text += &aligned(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    if stats.unreadable > 0 {
        text +=
            &format!("\n{} cannot be read and will be bought again\n", counted(stats.unreadable as usize, "answer"));
    }
    text
}

fn row(protocol: &str, model: &str, group: &Group) -> [String; 6] {
    let known = |text: String, unknown: u64| match unknown {
        0 => text,
        all if all == group.entries => "—".into(),
        some => format!("{text} + {} unknown", count(some)),
    };
    [
        plain(protocol),
        plain(model),
        count(group.entries),
        known(count(group.input_tokens), group.unknown_tokens),
        known(count(group.output_tokens), group.unknown_tokens),
        known(usd(Some(group.cost_usd)), group.unknown_cost),
    ]
}

/// Columns as wide as they need be: the first two are words, the others numbers.
fn aligned(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let cell = |column: usize, text: &String| match column {
        0 | 1 => format!("{text:<0$}", width(column)),
        _ => format!("{text:>0$}", width(column)),
    };
    let line = |row: &[String; 6]| {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, text)| cell(column, text)).collect();
        cells.join("  ") + "\n"
    };
    rows.iter().map(line).collect()
}

/// What a configuration or a recording says is not trusted with the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_costs_are_counted_apart() {
        let group = |entries, unknown| Group {
            entries,
            input_tokens: 255_000,
            output_tokens: 3612,
            unknown_tokens: unknown,
            cost_usd: 0.0412,
            unknown_cost: unknown,
        };
        let key = |model: &str| ("openai".to_string(), model.to_string());
        let stats = Stats {
            bytes: 1_234_567,
            entries: 1319,
            unreadable: 1,
            groups: [
                (key("gpt-4o-mini"), group(1204, 0)),
                (key("a\u{1b}[31m"), group(100, 12)),
                (key("own"), group(14, 14)),
            ]
            .into(),
            oldest: Some("2026-11-01T10:00:00.000000Z".into()),
            newest: Some("2026-11-20T18:03:59.000000Z".into()),
        };
        insta::assert_snapshot!(shown(&stats, Path::new(".eval/cache/answers.sqlite")), @r"
        .eval/cache/answers.sqlite: 1,319 answers, 1.2 MB
        bought from 2026-11-01 10:00 UTC to 2026-11-20 18:03 UTC

        protocol  model        answers             tokens in          tokens out      cost when bought
        openai    a [31m           100  255,000 + 12 unknown  3,612 + 12 unknown  $0.0412 + 12 unknown
        openai    gpt-4o-mini    1,204               255,000               3,612               $0.0412
        openai    own               14                     —                   —                     —

        1 answer cannot be read and will be bought again
        ");
        assert_eq!(shown(&Stats::default(), Path::new("c")), "c: no answers\n");
    }
}
