//! Tables: read row by row, in memory that no file can exhaust. A broken row is said and passed over.

mod csv;
mod json;
mod jsonl;
mod open;
mod parquet;
mod scan;

pub(crate) use open::{Meter, ending, files, whole};
pub use parquet::PARQUET_THREAD;

use super::{ImportFormat, Place, Why};
use crate::SuiteError;
use serde_json::{Map, Value};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

/// One row, or why it cannot be read.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) place: Place,
    pub(crate) columns: Result<Map<String, Value>, Why>,
}

/// The rows of a table, in its order.
pub(crate) trait Rows {
    /// The next row; an error where the file can be read no further.
    fn next(&mut self) -> Result<Option<Row>, SuiteError>;
}

/// How to read a table.
#[derive(Debug, Clone)]
pub(crate) struct TableOptions {
    pub(crate) format: ImportFormat,
    /// Of JSON: where the rows are.
    pub(crate) at: Option<String>,
}

/// Opens the files of a table as one.
pub(crate) fn open(paths: &[PathBuf], options: &TableOptions, meter: &Meter) -> Result<Box<dyn Rows>, SuiteError> {
    meter.begin(paths);
    let first = open_one(&paths[0], options, meter)?;
    let files: VecDeque<PathBuf> = paths[1..].iter().cloned().collect();
    Ok(Box::new(Chain { current: first, files, options: options.clone(), meter: meter.clone() }))
}

fn open_one(path: &Path, options: &TableOptions, meter: &Meter) -> Result<Box<dyn Rows>, SuiteError> {
    match options.format {
        ImportFormat::Parquet => Ok(Box::new(parquet::Parquet::open(path, meter)?)),
        ImportFormat::Csv => Ok(Box::new(csv::Csv::open(path, None, meter)?)),
        ImportFormat::Tsv => Ok(Box::new(csv::Csv::open(path, Some(b'\t'), meter)?)),
        ImportFormat::Json => json::open(path, options.at.as_deref(), meter),
        _ => Ok(Box::new(jsonl::Jsonl::open(path, meter)?)),
    }
}

/// The rows of several files, one after the other.
struct Chain {
    current: Box<dyn Rows>,
    files: VecDeque<PathBuf>,
    options: TableOptions,
    meter: Meter,
}

impl Rows for Chain {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        loop {
            if let Some(row) = self.current.next()? {
                return Ok(Some(row));
            }
            let Some(path) = self.files.pop_front() else { return Ok(None) };
            self.current = open_one(&path, &self.options, &self.meter)?;
        }
    }
}
