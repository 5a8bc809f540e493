//! A table as a source: which column is what, and a case of every row.

mod column;
mod expected;
mod input;
mod kind;
mod mapping;
mod names;
mod passages;

use super::{
    Halt, ImportFormat, ImportOptions, Item, Source, TaskSpec, Why,
    rows::{self, Meter, TableOptions},
};
use crate::{SuiteError, nearest::list};
use column::text;
use kind::Outcome;
use mapping::{Mapping, Sample};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// So many rows are looked at before anything is decided, and so many bytes of them.
const SAMPLED: usize = 5_000;
const SAMPLED_BYTES: usize = 16 << 20;

pub(super) struct Table {
    files: Vec<PathBuf>,
    options: TableOptions,
    meter: Meter,
    mapping: Mapping,
    outcome: Outcome,
    spec: TaskSpec,
    notes: Vec<String>,
}

impl Table {
    /// Looks at the first rows and decides what they are.
    pub(super) fn open(
        files: Vec<PathBuf>,
        table: TableOptions,
        options: &ImportOptions,
        meter: &Meter,
    ) -> Result<Self, SuiteError> {
        let sample = sample(&files, &table)?;
        let mut mapping = Mapping::given(options, &sample)?;
        mapping.complete(&sample, options.kind)?;
        let outcome = kind::outcome(&mapping, &sample, options.kind);
        let kind = outcome.kind();
        if kind != eval_core::TaskKind::Rag && !mapping.context.is_empty() {
            mapping.context_into_input();
        }
        if kind == eval_core::TaskKind::Rag && mapping.context.is_empty() {
            return Err(SuiteError::new("no column has the passages that a `rag` task answers from")
                .help(format!("say which with `--map context=COLUMN`; columns: {}", names_of(&sample))));
        }
        if kind != eval_core::TaskKind::Tools {
            mapping.tools = None;
        }
        if kind != eval_core::TaskKind::Rag {
            mapping.answerable = None;
        }
        if options.abstain.is_some() && kind != eval_core::TaskKind::Classification {
            return Err(SuiteError::new(format!("`--abstain` names a label, and this is a task of the kind `{kind}`"))
                .help("leave it out, or say `--kind classification`"));
        }
        let mut spec = TaskSpec::new(options.task.clone().unwrap_or_else(|| default_name(kind).into()), kind);
        spec.abstain = options.abstain.clone();
        spec.text = matches!(table.format, ImportFormat::Csv | ImportFormat::Tsv);
        let notes = notes(&mapping, &sample, &outcome, options.kind.is_some());
        spec.comments = notes.clone();
        Ok(Self { files, options: table, meter: meter.clone(), mapping, outcome, spec, notes })
    }

    /// A case of a row, with the row's number in the table as its id where it has no other.
    fn case(&self, row: &Map<String, Value>, number: u64) -> Result<Map<String, Value>, Why> {
        let mapping = &self.mapping;
        let mut case = Map::new();
        let said = |path: &String| {
            let value = column::get(row, path)?;
            let words = text(&value)?.trim().to_string();
            Some(words).filter(|words| !words.is_empty())
        };
        let id = mapping.id.as_ref().and_then(said).unwrap_or_else(|| format!("row-{number}"));
        case.insert("id".into(), id.into());
        case.insert("input".into(), input::input(row, &mapping.input)?);
        if !mapping.context.is_empty() {
            case.insert("context".into(), passages::passages(row, &mapping.context)?);
        }
        if let Some(tools) = mapping.tools.as_ref().and_then(|path| column::get(row, path)) {
            case.insert("tools".into(), column::parsed(&tools).into_owned());
        }
        case.insert("expected".into(), expected::expected(row, mapping, &self.outcome)?);
        let tags: Vec<Value> = mapping.tags.iter().flat_map(|path| tags(row, path)).map(Value::from).collect();
        if !tags.is_empty() {
            case.insert("tags".into(), tags.into());
        }
        if let Some(cluster) = mapping.cluster.as_ref().and_then(said) {
            case.insert("cluster".into(), cluster.into());
        }
        Ok(case)
    }
}

impl Source for Table {
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        sink(Item::Task(self.spec.clone()))?;
        for note in &self.notes {
            sink(Item::Note(note.clone()))?;
        }
        let mut rows = rows::open(&self.files, &self.options, &self.meter)?;
        let mut number = 0;
        while let Some(row) = rows.next()? {
            let place = row.place;
            number += 1;
            match row.columns.and_then(|columns| self.case(&columns, number)) {
                Ok(case) => sink(Item::Case { task: self.spec.name.clone(), place, case })?,
                Err(why) => sink(Item::Skipped { place, why })?,
            }
        }
        Ok(())
    }

    fn single(&self) -> bool {
        true
    }
}

fn sample(files: &[PathBuf], options: &TableOptions) -> Result<Sample, SuiteError> {
    let mut rows = rows::open(files, options, &Meter::default())?;
    let (mut sample, mut bytes, mut broken) = (Sample::default(), 0, None);
    while sample.rows.len() < SAMPLED && bytes < SAMPLED_BYTES {
        let Some(row) = rows.next()? else { break };
        match row.columns {
            Ok(columns) => {
                bytes += columns.values().map(size).sum::<usize>();
                sample.push(columns);
            }
            Err(why) => drop(broken.get_or_insert((row.place, why))),
        }
    }
    match (sample.rows.is_empty(), broken) {
        (true, Some((place, why))) => Err(SuiteError::new(format!("no row can be read; {place}: {why}"))
            .help("is this the right `--format`? (csv, tsv, json, jsonl, parquet)")),
        (true, None) => {
            Err(SuiteError::new(format!("`{}` holds no row", files[0].display())).help("name a table that has rows"))
        }
        _ => Ok(sample),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        _ => 8,
    }
}

fn tags(row: &Map<String, Value>, path: &str) -> Vec<String> {
    let Some(value) = column::get(row, path).filter(|value| !column::is_blank(value)) else { return Vec::new() };
    let value = column::parsed(&value);
    let items = value.as_array().map_or(std::slice::from_ref(&*value), Vec::as_slice);
    let tag = |item: &Value| match item {
        Value::Bool(_) | Value::Number(_) => text(item).map(|text| format!("{path}={text}")),
        other => text(other).map(|text| text.trim().to_string()),
    };
    items.iter().filter_map(tag).filter(|tag| !tag.is_empty()).collect()
}

fn default_name(kind: eval_core::TaskKind) -> &'static str {
    match kind {
        eval_core::TaskKind::Classification => "classify",
        eval_core::TaskKind::Extraction => "extract",
        eval_core::TaskKind::Rag => "answer",
        eval_core::TaskKind::Tools => "call",
    }
}

fn names_of(sample: &Sample) -> String {
    list(sample.columns.iter().map(String::as_str))
}

/// What was found and assumed.
fn notes(mapping: &Mapping, sample: &Sample, outcome: &Outcome, given: bool) -> Vec<String> {
    let said = mapping.said().into_iter().map(|(target, column)| format!("{target} = `{column}`"));
    let mut notes = vec![format!("columns: {}", said.collect::<Vec<_>>().join(", "))];
    if let Some((column, _)) = &mapping.answerable {
        notes.push(format!("whether there is an answer is told by `{column}`"));
    }
    let used = mapping.used();
    let first = |path: &String| path.split('.').next().map(String::from);
    let used: Vec<String> = used.iter().cloned().chain(used.iter().filter_map(first)).collect();
    let unused: Vec<&str> = sample.columns.iter().filter(|name| !used.contains(name)).map(String::as_str).collect();
    if !unused.is_empty() {
        notes.push(format!("not used: {}", list(unused)));
    }
    if !given {
        notes.push(match outcome {
            Outcome::Label => "classification, for the expected values are short and recur (`--kind` says otherwise)".into(),
            Outcome::Object => "extraction, for an object is expected".into(),
            Outcome::Field(name) => {
                format!("extraction of the one field `{name}`, for the expected values are no label set and there are no passages (`--kind` says otherwise)")
            }
            Outcome::Answers => "rag, for there are passages (`--kind` says otherwise)".into(),
            Outcome::Calls => "tools, for calls are expected".into(),
        });
    }
    notes
}
