//! The formats of other tools, by name: one file each.

mod answers;
mod banking77;
mod bfcl;
mod chat;
mod clinc;
mod inspect;
mod openai_evals;
mod promptfoo;
mod squad;
mod yaml;

use super::{ImportFormat, ImportOptions, Source, rows};
use crate::{SuiteError, place::Text};
use serde_json::Value;
use std::path::Path;

/// The source of a named format; `None`: the format is a table.
pub(crate) fn open(format: ImportFormat, options: &ImportOptions) -> Option<Result<Box<dyn Source>, SuiteError>> {
    fn boxed<S: Source + 'static>(source: Result<S, SuiteError>) -> Result<Box<dyn Source>, SuiteError> {
        source.map(|source| Box::new(source) as Box<dyn Source>)
    }
    if let Some(error) = misplaced(format, options) {
        return Some(Err(error));
    }
    Some(match format {
        ImportFormat::Squad => boxed(squad::Squad::open(options)),
        ImportFormat::Bfcl => boxed(bfcl::Bfcl::open(options)),
        ImportFormat::Promptfoo => boxed(promptfoo::Promptfoo::open(options)),
        ImportFormat::OpenaiEvals => boxed(openai_evals::OpenaiEvals::open(options)),
        ImportFormat::Inspect => boxed(inspect::Inspect::open(options)),
        ImportFormat::Clinc => boxed(clinc::Clinc::open(options)),
        ImportFormat::Banking77 => boxed(banking77::Banking77::open(options)),
        ImportFormat::Csv | ImportFormat::Tsv | ImportFormat::Json | ImportFormat::Jsonl | ImportFormat::Parquet => {
            return None;
        }
    })
}

/// An option that says nothing to a format; none for tables, which take them all.
fn misplaced(format: ImportFormat, options: &ImportOptions) -> Option<SuiteError> {
    use ImportFormat::{Banking77, Clinc, Inspect};
    let named = [
        ("--map", !options.map.is_empty() && !format.is_table()),
        ("--kind", options.kind.is_some() && !format.is_table()),
        ("--at", options.at.is_some() && !format.is_table() && format != Inspect),
        ("--split", options.split.is_some() && !format.is_table() && !matches!(format, Banking77 | Clinc)),
        ("--abstain", options.abstain.is_some() && !format.is_table() && !matches!(format, Banking77 | Clinc)),
    ];
    let (option, _) = named.into_iter().find(|(_, misplaced)| *misplaced)?;
    let message = format!("`{option}` says nothing to the format `{}`", format.name());
    Some(SuiteError::new(message).help("leave it out; a table, read without `--format`, takes it"))
}

/// A whole JSON file; a mistake in it is shown at its place.
fn whole_json(path: &Path) -> Result<Value, SuiteError> {
    let text = rows::whole(path)?;
    crate::json::parse(&text).map_err(|error| {
        let file = Text::new(&path.display().to_string(), text);
        file.problem(error.at..error.at + 1, format!("not valid JSON: {}", error.message))
            .help("is this the right file? a file with an object a line ends in .jsonl")
    })
}

/// An id as text: numbers are ids too.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
