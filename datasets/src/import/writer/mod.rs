//! Makes a suite of items.

mod cell;
mod folder;
mod labels;
mod log;
mod prompts;
mod settings;
mod shape;
mod task;
mod trial;

pub use log::Reason;

use super::{ImportFormat, ImportOptions, Item, Place, Why};
use crate::{SuiteError, settings as loader};
use eval_core::TaskKind;
use folder::Folder;
use log::Log;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use task::TaskWriter;

/// What tells of an import.
const LOG: &str = "import.jsonl";

/// What an import came to.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The folder of the suite.
    pub folder: PathBuf,
    /// The tasks that were written.
    pub tasks: Vec<ImportedTask>,
    /// Rows read.
    pub read: u64,
    /// Rows that became no case.
    pub skipped: u64,
    /// Why, the commonest first.
    pub reasons: Vec<Reason>,
    /// What was found, assumed, or could not be carried over.
    pub notes: Vec<String>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// A task that an import wrote.
#[derive(Debug, Clone)]
pub struct ImportedTask {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: TaskKind,
    /// Its cases.
    pub cases: u64,
    /// Those of them where declining is right.
    pub declining: u64,
    /// Of a classification the labels, with how many cases expect each.
    pub labels: Vec<(String, u64)>,
}

pub(super) struct Writer<'a> {
    options: &'a ImportOptions,
    name: String,
    // Before the folder, so that its files are closed when that is cleared.
    log: Log,
    tasks: Vec<TaskWriter>,
    folder: Folder,
    taken: Vec<String>,
    notes: Vec<String>,
    read: u64,
    left_out: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(options: &'a ImportOptions) -> Result<Self, SuiteError> {
        let name = options.name.clone().unwrap_or_else(|| name_of(&options.to));
        let folder = Folder::open(&options.to)?;
        let taken = match &folder.settings {
            Some(_) if options.name.is_some() => {
                return Err(SuiteError::new(format!("the suite in `{}` has its name", options.to.display()))
                    .help("leave `--name` out: a task is added to the suite that is there"));
            }
            Some(text) => read(text.clone(), &options.to)?,
            None => {
                let minimal = "\n[[task]]\nname = \"t\"\nkind = \"rag\"\n";
                read(settings::head(&name, "a suite") + minimal, &options.to)?;
                Vec::new()
            }
        };
        let log = Log::new(&folder.temporary(LOG))?;
        Ok(Self { options, name, log, tasks: Vec::new(), folder, taken, notes: Vec::new(), read: 0, left_out: 0 })
    }

    pub(super) fn take(&mut self, item: Item) -> Result<(), SuiteError> {
        match item {
            Item::Task(spec) => {
                if self.taken.contains(&spec.name) || self.tasks.iter().any(|task| task.spec.name == spec.name) {
                    return Err(SuiteError::new(format!("the suite has a task `{}`", spec.name))
                        .help("name the new one otherwise with `--task`"));
                }
                self.tasks.push(TaskWriter::new(spec, &self.folder)?);
            }
            Item::Case { task, place, case } => self.case(&task, &place, case)?,
            Item::Skipped { place, why } => self.skip(&place, &why)?,
            Item::LeftOut { place, why } => self.log.leave_out(&place, &why)?,
            Item::Note(note) => self.notes.push(note),
        }
        Ok(())
    }

    fn case(&mut self, task: &str, place: &Place, case: Map<String, Value>) -> Result<(), SuiteError> {
        let Some(writer) = self.tasks.iter_mut().find(|writer| writer.spec.name == task) else {
            return Err(SuiteError::new(format!("a case of the task `{task}` came before the task")));
        };
        if self.options.limit.is_some_and(|limit| writer.cases >= limit as u64) {
            self.read += 1;
            self.left_out += 1;
            return Ok(());
        }
        match writer.add(place, case)? {
            Ok(()) => self.read += 1,
            Err(why) => self.skip(place, &why)?,
        }
        Ok(())
    }

    fn skip(&mut self, place: &Place, why: &Why) -> Result<(), SuiteError> {
        self.read += 1;
        self.log.skip(place, why)
    }

    pub(super) fn read(&self) -> u64 {
        self.read
    }

    pub(super) fn cases(&self) -> u64 {
        self.tasks.iter().map(|task| task.cases).sum()
    }

    /// Whether every task has as many cases as are wanted.
    pub(super) fn is_full(&self) -> bool {
        let full = |limit| !self.tasks.is_empty() && self.tasks.iter().all(|task| task.cases >= limit);
        self.options.limit.is_some_and(|limit| full(limit as u64))
    }

    pub(super) fn finish(mut self, format: &str) -> Result<Imported, SuiteError> {
        let sources = std::iter::once(&self.options.source).chain(&self.options.more);
        let source = sources.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let cases = self.cases();
        let reasons = self.log.ordered();
        if cases == 0 {
            self.notes.extend(self.log.left_out());
            return Err(nothing(&source, self.read, &reasons, &self.notes, format));
        }
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.log.left_out());
        let tasks = std::mem::take(&mut self.tasks);
        let (tasks, empty): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|task| task.cases > 0);
        notes.extend(empty.iter().map(|task| format!("the task `{}` has no case and was left out", task.spec.name)));
        notes.extend(tasks.iter().flat_map(TaskWriter::notes));
        if self.left_out > 0 {
            notes.push(format!("{} cases beyond `--limit` were left out", self.left_out));
        }
        let told: Vec<ImportedTask> = tasks.iter().map(imported).collect();
        one_label(&told)?;
        let (mut added, mut files) = (String::new(), Vec::new());
        for task in tasks {
            let (settings, written) = task.finish(&self.folder)?;
            added.push_str(&settings);
            files.extend(written);
        }
        trial::load(&self.name, &self.folder, &(settings::head(&self.name, "a suite") + &added), &files)?;
        let mut text = self.folder.settings.clone().unwrap_or_else(|| self.head(&source));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&added);
        read(text.clone(), &self.options.to)?;
        self.folder.write(loader::FILE, &text)?;
        let totals = json!({
            "source": source,
            "format": format,
            "tasks": told.iter().map(|task| json!({"task": task.name, "kind": task.kind, "cases": task.cases})).collect::<Vec<_>>(),
            "read": self.read,
            "cases": cases,
            "skipped": self.log.skipped,
            "reasons": reasons.iter().map(|reason| (reason.why.clone(), reason.count.into())).collect::<Map<_, _>>(),
            "notes": notes,
        });
        self.log.finish(&totals)?;
        let (read, skipped) = (self.read, self.log.skipped);
        let files = self.folder.place(&files, LOG)?;
        Ok(Imported { folder: self.options.to.clone(), tasks: told, read, skipped, reasons, notes, files })
    }

    fn head(&self, source: &str) -> String {
        let file = self.options.source.file_name().and_then(|name| name.to_str()).unwrap_or(source);
        settings::head(&self.name, &format!("Imported from {file}."))
    }
}

fn imported(task: &TaskWriter) -> ImportedTask {
    ImportedTask {
        name: task.spec.name.clone(),
        kind: task.spec.kind,
        cases: task.cases,
        declining: task.declining,
        labels: task.labels(),
    }
}

/// A classification needs something to choose from.
fn one_label(tasks: &[ImportedTask]) -> Result<(), SuiteError> {
    match tasks.iter().find(|task| task.kind == TaskKind::Classification && task.labels.len() < 2) {
        None => Ok(()),
        Some(task) => {
            let label = task.labels.first().map(|(label, _)| label.as_str()).unwrap_or_default();
            Err(SuiteError::new(format!("all {} cases have the one label `{label}`", task.cases))
                .help("a classification needs two labels: map another column to `expected`, say `--kind extraction`, or name a second label with `--abstain`"))
        }
    }
}

fn nothing(source: &str, read: u64, reasons: &[Reason], notes: &[String], format: &str) -> SuiteError {
    let told = |reason: &Reason| format!("{} × {} ({})", reason.count, reason.why, reason.first.join("; "));
    let reasons: Vec<String> = reasons.iter().take(3).map(told).collect();
    let message = match read {
        0 => format!("`{source}` gives no case: {}", notes.join("; ")),
        _ => format!("none of the {read} rows of `{source}` is a case: {}", reasons.join(", ")),
    };
    SuiteError::new(message).help(match ImportFormat::named(format).is_some_and(ImportFormat::is_table) {
        true => {
            "say which columns are what with `--map expected=COLUMN --map input=COLUMN`, and what the task is with `--kind`"
                .to_string()
        }
        false => format!("is the source in the form of `{format}`? rows of a table are read without `--format`"),
    })
}

/// The names of the tasks that a `suite.toml` has.
fn read(text: String, folder: &Path) -> Result<Vec<String>, SuiteError> {
    let read = loader::read(text).map_err(|problems| {
        let what = format!("the suite `{}`", folder.display());
        crate::error::combine(&what, problems).unwrap_or_else(|| SuiteError::new("failed to load the suite"))
    })?;
    Ok(read.tasks.into_iter().map(|task| task.name.value).collect())
}

/// The name of the folder, as far as names go.
fn name_of(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    let name = absolute.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(['-', '.']).to_string();
    if name.is_empty() { "imported".into() } else { name }
}
