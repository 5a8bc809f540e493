//! Which column becomes which part of a case.

use super::{column, names};
use crate::{
    SuiteError,
    import::ImportOptions,
    nearest::{list, suggest},
};
use eval_core::TaskKind;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// A part of a case: `None` for the whole, else the name of a part of it.
pub(super) type Part = (Option<String>, String);

/// The column of every part; paths, where they lead into nested values.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapping {
    pub(super) id: Option<String>,
    pub(super) input: Vec<Part>,
    pub(super) expected: Vec<Part>,
    pub(super) context: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) cluster: Option<String>,
    pub(super) tools: Option<String>,
    /// A column that says whether there is an answer, and what it says then.
    pub(super) answerable: Option<(String, bool)>,
}

const TARGETS: &[&str] =
    &["id", "input", "input.NAME", "expected", "expected.NAME", "context", "tags", "cluster", "tools"];

impl Mapping {
    /// What `--map` says.
    pub(super) fn given(options: &ImportOptions, sample: &Sample) -> Result<Self, SuiteError> {
        let mut mapping = Self::default();
        for (target, column) in &options.map {
            if !sample.has(column) {
                return Err(SuiteError::new(format!("there is no column `{column}` for `{target}`")).help(suggest(
                    column,
                    "columns",
                    sample.columns.iter().map(String::as_str),
                )));
            }
            mapping.set(target, column)?;
        }
        Ok(mapping)
    }

    fn set(&mut self, target: &str, column: &str) -> Result<(), SuiteError> {
        let once = |place: &mut Option<String>| match place.replace(column.to_string()) {
            None => Ok(()),
            Some(other) => Err(twice(target, &other, column)),
        };
        match target.split_once('.') {
            None => match target {
                "id" => once(&mut self.id),
                "cluster" => once(&mut self.cluster),
                "tools" => once(&mut self.tools),
                "tags" => {
                    self.tags.push(column.into());
                    Ok(())
                }
                "context" => {
                    self.context.push(column.into());
                    Ok(())
                }
                "input" => part(&mut self.input, target, None, column),
                "expected" => part(&mut self.expected, target, None, column),
                other => Err(unknown(other)),
            },
            Some(("input", name)) if !name.is_empty() => part(&mut self.input, target, Some(name), column),
            Some(("expected", name)) if !name.is_empty() => part(&mut self.expected, target, Some(name), column),
            _ => Err(unknown(target)),
        }
    }

    /// Adds what is not mapped by the usual names.
    pub(super) fn complete(&mut self, sample: &Sample, kind: Option<TaskKind>) -> Result<(), SuiteError> {
        let used = self.used();
        let free: Vec<String> = sample.columns.iter().filter(|column| !used.contains(column)).cloned().collect();
        let first = |names| names::first(&free, names).map(String::from);
        self.id = self.id.take().or_else(|| first(names::ID).filter(|column| sample.is_unique(column)));
        self.cluster = self.cluster.take().or_else(|| first(names::CLUSTER));
        if self.tags.is_empty() {
            self.tags.extend(first(names::TAGS));
        }
        if self.expected.is_empty() {
            let paired = names::PAIRS.iter().flatten().filter(|_| self.input.is_empty());
            let paired: Vec<&str> = paired.filter_map(|name| names::find(&free, name)).collect();
            let found = names::EXPECTED.iter().filter_map(|name| names::find(&free, name));
            let found = found.filter(|column| paired.len() < 2 || !paired.contains(column)).collect::<Vec<_>>();
            self.expected.extend(best(&found, sample).map(|column| (None, column.to_string())));
        }
        if self.context.is_empty() && kind.is_none_or(|kind| kind == TaskKind::Rag) {
            self.context.extend(first(names::CONTEXT).filter(|column| !self.used().contains(column)));
        }
        if kind.is_none_or(|kind| kind == TaskKind::Tools) {
            self.tools = self.tools.take().or_else(|| first(names::TOOLS));
        }
        let answerable =
            |(name, says): &(&str, bool)| names::find(&free, name).map(|column| (column.to_string(), *says));
        self.answerable = names::ANSWERABLE.iter().find_map(answerable);
        self.complete_input(&free);
        self.whole(sample)
    }

    fn complete_input(&mut self, free: &[String]) {
        if !self.input.is_empty() {
            return;
        }
        let used = self.used();
        let free: Vec<String> = free.iter().filter(|column| !used.contains(column)).cloned().collect();
        let pair =
            names::PAIRS.iter().find_map(|[one, other]| Some([names::find(&free, one)?, names::find(&free, other)?]));
        match pair {
            Some(pair) => self.input.extend(pair.map(|column| (Some(part_name(column)), column.to_string()))),
            None => {
                let column = names::first(&free, names::INPUT);
                self.input.extend(column.map(|column| (None, column.to_string())));
            }
        }
    }

    /// The passages as a part of the input, for a task that is not asked from passages.
    pub(super) fn context_into_input(&mut self) {
        let named = |column: String| (Some(part_name(&column)), column);
        let context = std::mem::take(&mut self.context).into_iter().map(named);
        let input = std::mem::take(&mut self.input);
        let input = input.into_iter().map(|(part, column)| (part.or_else(|| Some(part_name(&column))), column));
        self.input = context.chain(input).collect();
    }

    fn whole(&self, sample: &Sample) -> Result<(), SuiteError> {
        let columns = list(sample.columns.iter().map(String::as_str));
        let squad = sample.columns.iter().any(|column| column == "paragraphs");
        let squad = if squad { "; in SQuAD's form: `--format squad`" } else { "" };
        let missing = |what: &str| {
            SuiteError::new(format!("no column has a usual name for `{what}`"))
                .help(format!("say which it is with `--map {what}=COLUMN`; columns: {columns}{squad}"))
        };
        match (self.input.is_empty(), self.expected.is_empty()) {
            (_, true) => Err(missing("expected")),
            (true, _) => Err(missing("input")),
            _ => Ok(()),
        }
    }

    pub(super) fn used(&self) -> Vec<String> {
        let parts = self.input.iter().chain(&self.expected).map(|(_, column)| column);
        let lists = self.context.iter().chain(&self.tags);
        let single = self.id.iter().chain(&self.cluster).chain(&self.tools);
        let answerable = self.answerable.iter().map(|(column, _)| column);
        parts.chain(lists).chain(single).chain(answerable).cloned().collect()
    }

    /// Target and column of every part, as `--map` would say it.
    pub(super) fn said(&self) -> Vec<(String, String)> {
        let part = |target: &str, (name, column): &Part| {
            (name.as_ref().map_or(target.to_string(), |name| format!("{target}.{name}")), column.clone())
        };
        let one = |target: &str, column: &String| (target.to_string(), column.clone());
        let mut said: Vec<_> = self.id.iter().map(|column| one("id", column)).collect();
        said.extend(self.context.iter().map(|column| one("context", column)));
        said.extend(self.input.iter().map(|given| part("input", given)));
        said.extend(self.expected.iter().map(|given| part("expected", given)));
        said.extend(self.tools.iter().map(|column| one("tools", column)));
        said.extend(self.tags.iter().map(|column| one("tags", column)));
        said.extend(self.cluster.iter().map(|column| one("cluster", column)));
        said
    }
}

/// The first of the columns, but a label's name rather than its number.
fn best<'a>(found: &[&'a str], sample: &Sample) -> Option<&'a str> {
    let numbers = |column: &str| sample.values(column).next().is_some() && sample.values(column).all(|v| v.is_number());
    found.iter().find(|column| !numbers(column)).or(found.first()).copied()
}

fn part(parts: &mut Vec<Part>, target: &str, name: Option<&str>, column: &str) -> Result<(), SuiteError> {
    let name = name.map(String::from);
    match parts.iter().find(|(other, _)| *other == name || other.is_none() || name.is_none()) {
        Some((other, first)) if *other == name => Err(twice(target, first, column)),
        Some(_) => Err(SuiteError::new("a part is mapped and the whole as well")
            .help("map either `input` or parts such as `input.subject`; the same for `expected`")),
        None => {
            parts.push((name, column.to_string()));
            Ok(())
        }
    }
}

fn twice(target: &str, first: &str, second: &str) -> SuiteError {
    SuiteError::new(format!("`{target}` is mapped to `{first}` and to `{second}`"))
        .help("map each target once; parts have names: `--map input.subject=title --map input.body=text`")
}

fn unknown(target: &str) -> SuiteError {
    SuiteError::new(format!("`{target}` is nothing that a column can be mapped to")).help(suggest(
        target,
        "targets",
        TARGETS.iter().copied(),
    ))
}

/// A name that a template can say: `Customer name` becomes `customer_name`.
pub(super) fn part_name(column: &str) -> String {
    let last = column.rsplit('.').find(|step| step.parse::<usize>().is_err()).unwrap_or(column);
    let name: String = last.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// The first rows of a table.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) rows: Vec<Map<String, Value>>,
    pub(super) columns: Vec<String>,
}

impl Sample {
    pub(super) fn push(&mut self, row: Map<String, Value>) {
        let new: Vec<_> = row.keys().filter(|key| !self.columns.contains(key)).cloned().collect();
        self.columns.extend(new);
        self.rows.push(row);
    }

    fn has(&self, path: &str) -> bool {
        self.rows.iter().any(|row| column::get(row, path).is_some())
    }

    /// Whether no value of a column comes twice.
    fn is_unique(&self, path: &str) -> bool {
        let mut seen = HashSet::new();
        self.values(path).all(|value| column::text(&value).is_some_and(|text| seen.insert(text.trim().to_string())))
    }

    /// The values of a column that say something.
    pub(super) fn values(&self, path: &str) -> impl Iterator<Item = Value> {
        let found = self.rows.iter().filter_map(move |row| column::get(row, path));
        found.map(|value| value.into_owned()).filter(|value| !column::is_blank(value))
    }
}
