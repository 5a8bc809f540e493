//! `import.jsonl`: every skipped row with why, and the totals.

use super::folder::unwritten;
use crate::{
    SuiteError,
    import::{Place, Why},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// So many different reasons are counted apart.
const REASONS: usize = 50;

/// So many places are kept of a reason.
const PLACES: usize = 5;

/// A reason for which rows were skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The reason in words.
    pub why: String,
    /// Rows skipped for it.
    pub count: u64,
    /// The first places, each with what is particular to it.
    pub first: Vec<String>,
}

pub(super) struct Log {
    file: BufWriter<File>,
    path: PathBuf,
    pub(super) reasons: Vec<Reason>,
    pub(super) skipped: u64,
    /// Parts of cases that could not be carried over.
    parts: Vec<Reason>,
}

impl Log {
    pub(super) fn new(path: &Path) -> Result<Self, SuiteError> {
        let file = File::create(path).map_err(|error| unwritten(path, &error))?;
        Ok(Self { file: BufWriter::new(file), path: path.into(), reasons: Vec::new(), skipped: 0, parts: Vec::new() })
    }

    pub(super) fn skip(&mut self, place: &Place, why: &Why) -> Result<(), SuiteError> {
        self.write(&told(place, "why", why))?;
        self.skipped += 1;
        count(&mut self.reasons, place, why);
        Ok(())
    }

    /// Something of a row that could not be carried over.
    pub(super) fn leave_out(&mut self, place: &Place, why: &Why) -> Result<(), SuiteError> {
        self.write(&told(place, "left_out", why))?;
        count(&mut self.parts, place, why);
        Ok(())
    }

    /// What was left out, each reason in a sentence.
    pub(super) fn left_out(&self) -> Vec<String> {
        let sentence = |reason: &Reason| {
            let more = reason.count - reason.first.len() as u64;
            let more = if more > 0 { format!("; and {more} more, listed in import.jsonl") } else { String::new() };
            format!("not carried over, {} ×: {}: {}{more}", reason.count, reason.why, reason.first.join("; "))
        };
        self.parts.iter().map(sentence).collect()
    }

    /// The reasons, the commonest first.
    pub(super) fn ordered(&self) -> Vec<Reason> {
        let mut reasons = self.reasons.clone();
        reasons.sort_by_key(|reason| u64::MAX - reason.count);
        reasons
    }

    pub(super) fn finish(&mut self, totals: &Value) -> Result<(), SuiteError> {
        self.write(totals)?;
        self.file.flush().map_err(|error| unwritten(&self.path, &error))
    }

    fn write(&mut self, line: &Value) -> Result<(), SuiteError> {
        writeln!(self.file, "{line}").map_err(|error| unwritten(&self.path, &error))
    }
}

fn told(place: &Place, key: &str, why: &Why) -> Value {
    let mut line = json!({"file": place.file});
    if place.row > 0 {
        line["row"] = place.row.into();
    }
    if let Some(number) = place.line {
        line["line"] = number.into();
    }
    if let Some(at) = &place.at {
        line["at"] = json!(at);
    }
    line[key] = json!(why.to_string());
    line
}

fn count(reasons: &mut Vec<Reason>, place: &Place, why: &Why) {
    let full = reasons.len() >= REASONS;
    let at = reasons.iter().position(|reason| reason.why == why.reason);
    let at = at.or_else(|| reasons.iter().position(|reason| full && reason.why == OTHER));
    let at = at.unwrap_or_else(|| {
        let why = if full { OTHER.to_string() } else { why.reason.clone() };
        reasons.push(Reason { why, count: 0, first: Vec::new() });
        reasons.len() - 1
    });
    let reason = &mut reasons[at];
    reason.count += 1;
    if reason.first.len() < PLACES {
        let detail = why.detail.as_ref().map(|detail| format!(" ({})", shortened(detail))).unwrap_or_default();
        reason.first.push(format!("{place}{detail}"));
    }
}

const OTHER: &str = "other reasons";

fn shortened(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
