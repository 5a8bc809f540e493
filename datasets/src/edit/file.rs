//! A case file as bytes: its lines are found, replaced and added, and the whole is written at once.

use super::style::Style;
use crate::SuiteError;
use serde::Deserialize;
use std::{
    fs,
    io::Write,
    ops::Range,
    path::{Path, PathBuf},
};

const MARK: &str = "\u{feff}";

/// The file of a task's cases, or `suite.toml`.
#[derive(Debug, Clone)]
pub(super) struct CaseFile {
    /// Where it lies, links followed.
    pub path: PathBuf,
    /// As the settings name it.
    pub name: String,
    pub text: String,
}

/// A line with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// From 1.
    pub number: usize,
    /// Its bytes, without the line end.
    pub place: Range<usize>,
    pub id: String,
}

impl CaseFile {
    pub(super) fn read(path: PathBuf, name: &str) -> Result<Self, SuiteError> {
        let bytes = fs::read(&path).map_err(|error| crate::files::unreadable(name, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| SuiteError::new(format!("{name}: not UTF-8")))?;
        Ok(Self { path, name: name.into(), text })
    }

    pub(super) fn style(&self) -> Style {
        Style::of(self.text.trim_start_matches(MARK))
    }

    /// The lines that hold a case, in their order.
    pub(super) fn lines(&self) -> impl Iterator<Item = Found> {
        #[derive(Deserialize)]
        struct Case {
            id: String,
        }
        let mut start = 0;
        let lines = self.text.split_inclusive('\n').enumerate().map(move |(index, line)| {
            let from = start + if index == 0 && line.starts_with(MARK) { MARK.len() } else { 0 };
            start += line.len();
            (index + 1, from, line)
        });
        lines.filter_map(|(number, from, line)| {
            let text = line.trim_start_matches(MARK).trim_end_matches(['\n', '\r']);
            let Case { id } = serde_json::from_str(text).ok()?;
            Some(Found { number, place: from..from + text.len(), id })
        })
    }

    /// The line of a case.
    pub(super) fn find(&self, id: &str) -> Result<Found, SuiteError> {
        self.lines().find(|found| found.id == id).ok_or_else(|| {
            SuiteError::new(format!("{}: the case `{id}` is not there any more", self.name))
                .help("the file was changed meanwhile: begin again")
        })
    }

    /// Adds a line at the end, with the line end that the file has; its number.
    pub(super) fn append(&mut self, line: &str) -> usize {
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(end);
        }
        self.text.push_str(line);
        self.text.push_str(end);
        self.text.lines().count()
    }

    /// Writes it whole: beside its place first, then moved there.
    pub(super) fn write(&self) -> Result<(), SuiteError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let part = self.path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let written = put(&part, &self.path, &self.text);
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written.map_err(|error| {
            SuiteError::new(format!("failed to write `{}`: {error}", self.name))
                .help("the file is as it was; its folder must be one that you may write to")
        })
    }
}

fn put(part: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::File::create(part)?;
    file.write_all(text.as_bytes())?;
    fs::set_permissions(part, fs::metadata(path)?.permissions())?;
    file.sync_all()?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> CaseFile {
        CaseFile { path: PathBuf::new(), name: "cases.jsonl".into(), text: text.into() }
    }

    #[test]
    fn lines_are_found_whatever_ends_them() {
        let file = file("\u{feff}{\"id\": \"a\"}\r\n\r\n{\"id\": \"\\u0062\"}");
        let found: Vec<_> = file.lines().map(|line| (line.number, &file.text[line.place], line.id)).collect();
        assert_eq!(found, [(1, "{\"id\": \"a\"}", "a".into()), (3, "{\"id\": \"\\u0062\"}", "b".into())]);
        assert!(file.find("c").is_err());
    }

    #[test]
    fn a_line_is_added_with_the_end_that_the_others_have() {
        for (before, after) in [("a\n", "a\nx\n"), ("a", "a\nx\n"), ("a\r\nb", "a\r\nb\r\nx\r\n"), ("", "x\n")] {
            let mut file = file(before);
            assert_eq!(file.append("x"), after.lines().count());
            assert_eq!(file.text, after);
        }
    }
}
