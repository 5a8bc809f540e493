//! The arguments of `eval import`.

use clap::{Args, ValueEnum};
use eval_core::TaskKind;
use eval_datasets::{ImportFormat, ImportOptions};
use std::path::PathBuf;

/// `eval import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval import tickets.csv --to my-suite
  eval import tickets.csv --to my-suite --map expected=queue --map input.subject=title --map input.body=text
  eval import export.json --at data.rows --to my-suite --abstain unclear
  eval import data/ --split test --to my-suite --limit 2000         Parquet shards of a Hugging Face data set
  eval import answerable.jsonl unanswerable.jsonl --to my-suite     several files as one table
  eval import orders.jsonl --to my-suite --task orders              a second task for the suite that is there
  eval import dev-v2.0.json --format squad --to squad")]
pub struct ImportArgs {
    /// A file (.csv, .tsv, .json, .jsonl, .parquet, text also as .gz), a folder of shards, or several files of one table
    #[arg(required = true)]
    pub source: Vec<PathBuf>,
    /// The folder of the suite: a new one, or one of a suite that gets a task more
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// How the source is read [default: by its ending]
    #[arg(long, value_name = "FORMAT", value_parser = format, hide_possible_values = true)]
    pub format: Option<ImportFormat>,
    /// Which column becomes what, as TARGET=COLUMN: the targets are id, input, input.NAME, expected, expected.NAME,
    /// context, tags and cluster; a column may be a path such as answers.text.0
    #[arg(long, value_name = "TARGET=COLUMN", value_parser = pair)]
    pub map: Vec<(String, String)>,
    /// Where in a JSON file the rows are, such as data.rows
    #[arg(long, value_name = "PATH")]
    pub at: Option<String>,
    /// Which part of a folder is read, such as test
    #[arg(long, value_name = "NAME")]
    pub split: Option<String>,
    /// The name of the task [default: by its kind]
    #[arg(long, value_name = "NAME")]
    pub task: Option<String>,
    /// The kind of the task [default: told from the values]
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// The label for what the input does not tell
    #[arg(long, value_name = "LABEL")]
    pub abstain: Option<String>,
    /// Take so many cases at most (of each task): the first ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// The name of the suite [default: that of its folder]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// The kinds of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// One label of a set
    Classification,
    /// An object that follows a JSON Schema
    Extraction,
    /// An answer from passages
    Rag,
    /// Function calls
    Tools,
}

impl ImportArgs {
    /// As the import takes them.
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            source: self.source.first().cloned().unwrap_or_default(),
            more: self.source.iter().skip(1).cloned().collect(),
            to: self.to.clone(),
            format: self.format,
            at: self.at.clone(),
            split: self.split.clone(),
            map: self.map.clone(),
            task: self.task.clone(),
            kind: self.kind.map(|kind| match kind {
                Kind::Classification => TaskKind::Classification,
                Kind::Extraction => TaskKind::Extraction,
                Kind::Rag => TaskKind::Rag,
                Kind::Tools => TaskKind::Tools,
            }),
            abstain: self.abstain.clone(),
            limit: self.limit.and_then(|limit| usize::try_from(limit).ok()),
            name: self.name.clone(),
        }
    }
}

fn format(word: &str) -> Result<ImportFormat, String> {
    let names = || ImportFormat::names().collect::<Vec<_>>().join(", ");
    ImportFormat::named(word).ok_or_else(|| format!("the formats are {}", names()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((target, column)) if !target.is_empty() && !column.is_empty() => Ok((target.into(), column.into())),
        _ => Err("write TARGET=COLUMN, such as expected=label".into()),
    }
}
