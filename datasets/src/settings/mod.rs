//! `suite.toml`: every key checked, every value with its place.

mod decision;
mod fields;
mod held_out;
mod metrics;
mod places;
pub(crate) mod section;
mod task;

pub(crate) use held_out::SplitRule;
pub(crate) use places::Places;
pub(crate) use task::{FileSetting, TaskSettings};

use crate::{SuiteError, error::Problems, nearest::list, place::Text};
use eval_core::{DataPolicy, Decision};
use section::{Document, Section, syntax_error};
use std::{cell::RefCell, collections::BTreeSet};
use toml::de::DeTable;

/// The file that makes a folder a suite.
pub(crate) const FILE: &str = "suite.toml";

/// What `suite.toml` says.
#[derive(Debug)]
pub(crate) struct SuiteSettings {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) data_policy: DataPolicy,
    pub(crate) decision: Decision,
    pub(crate) split: Option<SplitRule>,
    pub(crate) tasks: Vec<TaskSettings>,
    pub(crate) places: Places,
}

const KEYS: &[&str] = &["name", "description", "data_policy", "decision", "held_out", "task"];

/// Reads `suite.toml`; on failure all problems found in it.
pub(crate) fn read(source: String) -> Result<SuiteSettings, Vec<SuiteError>> {
    let text = Text::new(FILE, source);
    let (table, errors) = DeTable::parse_recoverable(&text.text);
    if !errors.is_empty() {
        let mut problems = Problems::default();
        errors.iter().for_each(|error| problems.push(syntax_error(&text, error)));
        return Err(problems.into_errors(FILE));
    }
    let document = Document { text: text.clone(), problems: RefCell::default() };
    let settings = suite(&Section::new(&document, table.get_ref(), 0..0, "the suite"));
    let problems = document.problems.into_inner();
    match settings {
        Some(settings) if problems.is_empty() => {
            Ok(SuiteSettings { places: Places::new(text.clone(), table.get_ref()), ..settings })
        }
        _ => Err(problems.into_errors(FILE)),
    }
}

fn suite(section: &Section<'_>) -> Option<SuiteSettings> {
    section.allow(KEYS);
    section.require("name", "begin the file with `name = \"my-suite\"`");
    let name = section.string("name");
    if let Some(name) = &name {
        check_name(section.document, name, "the suite's name");
    }
    let data_policy = section
        .word("data_policy", &[("any", DataPolicy::Any), ("local-only", DataPolicy::LocalOnly)])
        .map_or(DataPolicy::Any, |found| found.value);
    Some(SuiteSettings {
        description: section.string("description").map(|found| found.value).unwrap_or_default(),
        data_policy,
        decision: decision::read(section),
        split: held_out::read(section),
        tasks: tasks(section),
        places: Places::default(),
        name: name?.value,
    })
}

fn tasks(section: &Section<'_>) -> Vec<TaskSettings> {
    let wanted = "an array of tables, each begun by `[[task]]`";
    section.require("task", "add a task: `[[task]]`, `name = \"…\"`, `kind = \"classification\"`");
    let mut names = BTreeSet::new();
    let mut tasks = Vec::new();
    for item in section.array("task", wanted) {
        let Some(table) = item.get_ref().as_table() else {
            section.document.problem(item.span(), format!("`task` is not {wanted}"), "begin each task with `[[task]]`");
            continue;
        };
        let Some(task) = task::read(section.document, table, item.span()) else { continue };
        if !names.insert(task.name.value.clone()) {
            section.document.problem(
                task.name.span.clone(),
                format!("two tasks are named `{}`", task.name.value),
                format!("give each task a name of its own; taken: {}", list(names.iter().map(String::as_str))),
            );
        }
        tasks.push(task);
    }
    tasks
}

/// Names stand in file names, on command lines and in tables.
fn check_name(document: &Document, name: &section::At<String>, what: &str) {
    let fits = name.value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !name.value.starts_with(['-', '.']);
    if !fits {
        document.problem(
            name.span.clone(),
            format!("{what} `{}` holds a character that names may not", name.value),
            "use letters, digits, `-`, `_` and `.`, beginning with a letter or digit",
        );
    }
}
