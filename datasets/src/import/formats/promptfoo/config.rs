//! The configuration and the files that it names.

use super::super::{whole_json, yaml::Document};
use crate::{
    SuiteError,
    import::{Place, Why, rows},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

const NAMES: &[&str] = &["promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json"];

/// A configuration.
pub(super) struct Config {
    /// The folder from which it names files.
    pub(super) base: PathBuf,
    pub(super) root: Spot,
    /// What of it could not be carried over.
    pub(super) left_out: Vec<(Place, Why)>,
}

/// A value in a file, with its place.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    file: Rc<str>,
    document: Rc<Document>,
    pointer: String,
}

impl Config {
    pub(super) fn read(source: &Path) -> Result<Self, SuiteError> {
        let path = match source.is_dir() {
            false => source.to_path_buf(),
            true => NAMES.iter().map(|name| source.join(name)).find(|path| path.is_file()).ok_or_else(|| {
                SuiteError::new(format!("the folder `{}` holds no promptfooconfig.yaml", source.display()))
                    .help("name the configuration itself")
            })?,
        };
        let root = Spot::read(&path)?;
        if ["tests", "scenarios"].iter().all(|key| root.value().get(key).is_none()) {
            return Err(SuiteError::new(format!("`{}` has neither `tests` nor `scenarios`", path.display()))
                .help("tests that are given on promptfoo's command line are named in the configuration: `tests: file://tests.csv`"));
        }
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { base, root, left_out: Vec::new() })
    }

    /// Notes the keys that no suite has.
    pub(super) fn leave_out(&mut self, spot: &Spot, why: Why) {
        self.left_out.push((spot.place(0), why));
    }
}

impl Spot {
    /// A whole file. JSON is read as what it is: YAML reads some of its escapes otherwise.
    pub(super) fn read(path: &Path) -> Result<Self, SuiteError> {
        let document = match rows::ending(path).as_deref() {
            Some("json") => Document::without_lines(whole_json(path)?),
            _ => Document::read(path)?,
        };
        Ok(Self { file: path.display().to_string().into(), document: Rc::new(document), pointer: String::new() })
    }

    /// The value; a `$ref` within its file is followed.
    pub(super) fn value(&self) -> &Value {
        let mut value = self.document.value.pointer(&self.pointer).unwrap_or(&Value::Null);
        for _ in 0..8 {
            let Some(target) = value["$ref"].as_str().and_then(|target| target.strip_prefix('#')) else { break };
            value = self.document.value.pointer(target).unwrap_or(&Value::Null);
        }
        value
    }

    pub(super) fn key(&self, key: &str) -> Option<Self> {
        self.value().get(key).filter(|value| !value.is_null())?;
        Some(self.below(&crate::json::segment(key)))
    }

    pub(super) fn items(&self) -> Vec<Self> {
        let count = self.value().as_array().map(Vec::len).unwrap_or_default();
        (0..count).map(|at| self.below(&at.to_string())).collect()
    }

    fn below(&self, segment: &str) -> Self {
        Self { pointer: format!("{}/{segment}", self.pointer), ..self.clone() }
    }

    pub(super) fn place(&self, row: u64) -> Place {
        let mut at = String::new();
        for segment in self.pointer.split('/').skip(1) {
            match segment.parse::<usize>() {
                Ok(number) => at.push_str(&format!("[{number}]")),
                Err(_) if at.is_empty() => at.push_str(segment),
                Err(_) => at.push_str(&format!(".{segment}")),
            }
        }
        let line = self.document.line(&self.pointer);
        Place { file: self.file.to_string(), row, line, at: (!at.is_empty()).then_some(at) }
    }
}

/// The path of `file://…`, or of words that are a file's.
pub(super) fn file_of(text: &str) -> Option<&str> {
    let text = text.trim();
    text.strip_prefix("file://").map(|path| path.split_once("#").map_or(path, |(path, _)| path))
}

/// The files of a name that may hold `*` in its last part, in order.
pub(super) fn expanded(base: &Path, name: &str) -> Vec<PathBuf> {
    let path = base.join(name);
    let pattern = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
    if !pattern.contains('*') {
        return vec![path];
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let name =
        |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| matches(&pattern, name));
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_file()).filter(name).collect();
    found.sort();
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, fits) in
            [("*.yaml", "a.yaml", true), ("t-*-*.csv", "t-1-2.csv", true), ("a*", "ba", false), ("*", "", true)]
        {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
