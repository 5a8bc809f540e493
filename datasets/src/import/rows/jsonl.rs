use super::{Meter, Row, Rows, open};
use crate::{
    SuiteError,
    import::{Place, Why},
    json,
    lines::{Lines, Read},
};
use serde_json::{Map, Value};
use std::{io::BufRead, path::Path};

/// An object a line.
pub(super) struct Jsonl {
    lines: Lines<Box<dyn BufRead>>,
    file: String,
    line: u64,
    row: u64,
}

impl Jsonl {
    pub(super) fn open(path: &Path, meter: &Meter) -> Result<Self, SuiteError> {
        let lines = Lines::new(open::reader(path, meter)?);
        Ok(Self { lines, file: path.display().to_string(), line: 0, row: 0 })
    }
}

impl Rows for Jsonl {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        for read in self.lines.by_ref() {
            self.line += 1;
            let read = read.map_err(|error| unread(&self.file, self.line, &error))?;
            if matches!(&read, Read::Text(text) if text.trim().is_empty()) {
                continue;
            }
            self.row += 1;
            let place = Place { file: self.file.clone(), row: self.row, line: Some(self.line), at: None };
            let columns = match read {
                Read::Text(text) => object(&text),
                other => Err(broken(&other)),
            };
            return Ok(Some(Row { place, columns }));
        }
        Ok(None)
    }
}

/// A file that was opened and can be read no further.
pub(super) fn unread(file: &str, line: u64, error: &std::io::Error) -> SuiteError {
    SuiteError::new(format!("failed to read `{file}` after line {}: {error}", line.saturating_sub(1)))
        .help("is the file whole? fetch or unpack it again")
}

/// Why a line is not a row.
pub(super) fn broken(line: &Read) -> Why {
    match line {
        Read::NotUtf8 { at } => Why::new("not UTF-8").detail(format!("byte {} of the line", at + 1)),
        _ => Why::new("longer than 10 MB"),
    }
}

/// The columns of a row that is written as JSON.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Why> {
    match json::parse(text) {
        Ok(Value::Object(columns)) => Ok(columns),
        Ok(_) => Err(Why::new("not a JSON object")),
        Err(error) => Err(Why::new("not valid JSON").detail(format!("{}, at byte {}", error.message, error.at + 1))),
    }
}
