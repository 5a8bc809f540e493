//! How sources are read, by name and by the ending of a file.

use super::rows;
use crate::{SuiteError, nearest::suggest};
use std::path::{Path, PathBuf};

/// How a source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// A list of objects.
    Json,
    /// An object a line.
    Jsonl,
    /// Parquet, as Hugging Face lays it out.
    Parquet,
    /// Questions on paragraphs.
    Squad,
    /// The Berkeley function calling leaderboard.
    Bfcl,
    /// A `promptfooconfig.yaml`.
    Promptfoo,
    /// Samples of `openai/evals`.
    OpenaiEvals,
    /// Samples of `inspect_ai`.
    Inspect,
    /// CLINC150.
    Clinc,
    /// BANKING77.
    Banking77,
}

const FORMATS: &[(&str, ImportFormat)] = &[
    ("csv", ImportFormat::Csv),
    ("tsv", ImportFormat::Tsv),
    ("json", ImportFormat::Json),
    ("jsonl", ImportFormat::Jsonl),
    ("parquet", ImportFormat::Parquet),
    ("squad", ImportFormat::Squad),
    ("bfcl", ImportFormat::Bfcl),
    ("promptfoo", ImportFormat::Promptfoo),
    ("openai-evals", ImportFormat::OpenaiEvals),
    ("inspect", ImportFormat::Inspect),
    ("clinc", ImportFormat::Clinc),
    ("banking77", ImportFormat::Banking77),
];

/// The endings that tell a table's format.
const ENDINGS: &[(&str, ImportFormat)] = &[
    ("csv", ImportFormat::Csv),
    ("tsv", ImportFormat::Tsv),
    ("tab", ImportFormat::Tsv),
    ("json", ImportFormat::Json),
    ("jsonl", ImportFormat::Jsonl),
    ("ndjson", ImportFormat::Jsonl),
    ("parquet", ImportFormat::Parquet),
];

impl ImportFormat {
    /// The words that name formats.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        FORMATS.iter().map(|(name, _)| *name)
    }

    /// The format of a name.
    pub fn named(word: &str) -> Option<Self> {
        FORMATS.iter().find(|(name, _)| *name == word).map(|(_, format)| *format)
    }

    pub(super) fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    pub(super) fn is_table(self) -> bool {
        ENDINGS.iter().any(|(_, format)| *format == self)
    }

    /// The endings of a table's format, or of all.
    pub(super) fn endings(given: Option<Self>) -> Vec<&'static str> {
        let wanted = |format: &Self| given.is_none_or(|given| given == *format);
        ENDINGS.iter().filter(|(_, format)| wanted(format)).map(|(ending, _)| *ending).collect()
    }
}

/// The format that the endings of all files tell.
pub(super) fn one_format(files: &[PathBuf]) -> Result<ImportFormat, SuiteError> {
    let first = by_ending(&files[0])?;
    for file in &files[1..] {
        if by_ending(file)? != first {
            return Err(SuiteError::new(format!(
                "`{}` and `{}` are not of one format",
                files[0].display(),
                file.display()
            ))
            .help("import the sources one by one: each adds a task to the suite"));
        }
    }
    Ok(first)
}

fn by_ending(path: &Path) -> Result<ImportFormat, SuiteError> {
    let ending = rows::ending(path).unwrap_or_default();
    let known = ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format);
    known.ok_or_else(|| {
        SuiteError::new(format!("the ending of `{}` tells no format", path.display()))
            .help(format!("say `--format NAME`; {}", suggest(&ending, "formats", ImportFormat::names())))
    })
}
