//! A suite from data that is there: tables, and the formats of other tools.
//!
//! A [`Source`] gives items one by one, the writer makes a suite of them: nothing is kept of an item but what the suite's
//! settings are made from.

mod format;
mod formats;
pub(crate) mod rows;
mod table;
mod writer;

pub use format::ImportFormat;
pub use rows::PARQUET_THREAD;
pub use writer::{Imported, ImportedTask, Reason};

use crate::SuiteError;
use eval_core::TaskKind;
use rows::{Meter, TableOptions};
use serde_json::{Map, Value};
use std::{fmt, path::PathBuf};
use writer::Writer;

/// What to import, and how.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// A file, or a folder of shards.
    pub source: PathBuf,
    /// Further files of the same table, read after it.
    pub more: Vec<PathBuf>,
    /// The folder of the suite.
    pub to: PathBuf,
    /// How the source is read; `None`: by the ending of its name.
    pub format: Option<ImportFormat>,
    /// Where in a JSON file the rows are, such as `data.rows`.
    pub at: Option<String>,
    /// Which of a folder's parts is read, such as `test`.
    pub split: Option<String>,
    /// Target and column, such as `expected` and `label`.
    pub map: Vec<(String, String)>,
    /// The name of the task.
    pub task: Option<String>,
    /// The kind of the task.
    pub kind: Option<TaskKind>,
    /// The label for what cannot be told from the input.
    pub abstain: Option<String>,
    /// So many cases at most: the first ones.
    pub limit: Option<usize>,
    /// The name of the suite.
    pub name: Option<String>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy)]
pub struct ImportProgress {
    /// Rows read.
    pub rows: u64,
    /// Cases among them.
    pub cases: u64,
    /// Of the source, from 0 to 1, where that is known.
    pub share: Option<f64>,
}

/// Makes a suite of a source, or adds a task to one.
///
/// # Errors
/// If the source cannot be read, gives no case, or the folder cannot be written or holds what would be written.
pub fn import(options: &ImportOptions, progress: &mut dyn FnMut(ImportProgress)) -> Result<Imported, SuiteError> {
    let meter = Meter::default();
    let mut writer = Writer::new(options)?;
    let (format, mut source) = open(options, &meter)?;
    let single = source.single();
    let given = source.each(&mut |item| {
        writer.take(item)?;
        if writer.read().is_multiple_of(1_000) {
            progress(ImportProgress { rows: writer.read(), cases: writer.cases(), share: meter.share() });
        }
        if single && writer.is_full() { Err(Halt::Enough) } else { Ok(()) }
    });
    match given {
        Ok(()) | Err(Halt::Enough) => writer.finish(format.name()),
        Err(Halt::Failed(error)) => Err(error),
    }
}

fn open(options: &ImportOptions, meter: &Meter) -> Result<(ImportFormat, Box<dyn Source>), SuiteError> {
    if let Some(format) = options.format.filter(|format| !format.is_table()) {
        if !options.more.is_empty() {
            return Err(SuiteError::new(format!("the format `{}` is read from one source", format.name()))
                .help("import the sources one by one: each adds its tasks to the suite"));
        }
        return match formats::open(format, options) {
            Some(source) => Ok((format, source?)),
            None => Err(SuiteError::new(format!("the format `{}` cannot be read yet", format.name()))),
        };
    }
    let endings = ImportFormat::endings(options.format);
    let mut files = Vec::new();
    for source in std::iter::once(&options.source).chain(&options.more) {
        files.extend(rows::files(source, options.split.as_deref(), &endings)?);
    }
    let format = match options.format {
        Some(format) => format,
        None => format::one_format(&files)?,
    };
    if options.at.is_some() && format != ImportFormat::Json {
        return Err(SuiteError::new("`--at` says where in a JSON file the rows are, and the format is another one")
            .help("leave `--at` out, or say `--format json`"));
    }
    let table = TableOptions { format, at: options.at.clone() };
    Ok((format, Box::new(table::Table::open(files, table, options, meter)?)))
}

/// Gives what stands in a source, in its order.
pub(crate) trait Source {
    /// Hands every item to the sink; what the sink returns as an error ends it and is passed on (`?`).
    ///
    /// An error of its own is for a source that cannot be read at all. What is wrong with one row is an
    /// [`Item::Skipped`].
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt>;

    /// Whether it gives one task only, so that it can end when that has enough cases.
    fn single(&self) -> bool {
        false
    }
}

/// Why a source gives no more items.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The sink has what it wants (`--limit`).
    Enough,
    /// Something cannot be read or written.
    Failed(SuiteError),
}

impl From<SuiteError> for Halt {
    fn from(error: SuiteError) -> Self {
        Self::Failed(error)
    }
}

/// What a source gives.
#[derive(Debug)]
pub(crate) enum Item {
    /// A task, once, before its first case.
    Task(TaskSpec),
    /// A case of a task, as it is written into the case file: `input`, `expected`, and `id`, `context`, `tools`, `tags`,
    /// `cluster` where there are. Without `id` it gets one of its number. It is checked as the loader does, and skipped
    /// where it does not pass.
    Case { task: String, place: Place, case: Map<String, Value> },
    /// Something that became no case.
    Skipped { place: Place, why: Why },
    /// A part of a case that could not be carried over, such as an assertion.
    LeftOut { place: Place, why: Why },
    /// What was found or assumed: a sentence for the terminal and the report.
    Note(String),
}

/// Where in a source something stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// The file's name, as it was given.
    pub(crate) file: String,
    /// From 1: the row of a table, the item of a list.
    pub(crate) row: u64,
    /// From 1, where the source has lines.
    pub(crate) line: Option<u64>,
    /// Where a number is not enough: a pointer or a name, such as `tests[3].assert[0]`.
    pub(crate) at: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match (self.line, &self.at) {
            (Some(line), None) => write!(f, ":{line}"),
            (Some(line), Some(at)) => write!(f, ":{line}: {at}"),
            (None, Some(at)) => write!(f, ": {at}"),
            (None, None) => write!(f, ": row {}", self.row),
        }
    }
}

/// Why something became no case: counted by reason.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    /// The same words for the same mistake, such as `no expected value`.
    pub(crate) reason: String,
    /// What is particular to this one, such as `3 columns instead of 2`.
    pub(crate) detail: Option<String>,
}

impl Why {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), detail: None }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }
}

/// What `suite.toml` says of a task, and the files beside its cases.
#[derive(Debug, Clone)]
pub(crate) struct TaskSpec {
    pub(crate) name: String,
    pub(crate) kind: TaskKind,
    /// Of a classification; `None`: those that the cases expect, the commonest first.
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) abstain: Option<String>,
    /// Of an extraction; `None`: made from the expected objects, which are then completed with `null`.
    pub(crate) schema: Option<Value>,
    /// The values of the expected objects are the text of cells: where all of a field are numbers, they become ones.
    pub(crate) text: bool,
    /// An array of definitions; `None`: each case brings its own.
    pub(crate) tools: Option<Value>,
    /// The prompt template; `None`: one by the kind and the parts of the first case's input.
    pub(crate) prompt: Option<String>,
    /// Further keys of the task with their values in TOML: `("arguments", "\"bfcl\"")`, `("metrics", "[…]")`.
    pub(crate) settings: Vec<(String, String)>,
    /// Rules of fields by JSON pointer, in TOML: `("/total", "{ compare = \"number\" }")`.
    pub(crate) fields: Vec<(String, String)>,
    /// Lines above the task in `suite.toml`, as comments.
    pub(crate) comments: Vec<String>,
}

impl TaskSpec {
    pub(crate) fn new(name: impl Into<String>, kind: TaskKind) -> Self {
        Self {
            name: name.into(),
            kind,
            labels: None,
            abstain: None,
            schema: None,
            text: false,
            tools: None,
            prompt: None,
            settings: Vec::new(),
            fields: Vec::new(),
            comments: Vec::new(),
        }
    }
}
