//! The record log, `records.jsonl`: appended and flushed per record, so that a killed run loses only what was in flight.

mod blocks;
mod lines;
mod writer;

#[cfg(test)]
mod tests;

pub use writer::LogWriter;

use crate::Record;
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// The log's name in a run folder.
pub const RECORDS_FILE: &str = "records.jsonl";

/// What a log holds beside its records, which are handed over one by one: a large run does not fit in memory.
#[derive(Debug, Default)]
pub struct Log {
    /// How many records.
    pub records: usize,
    /// The number of a last line that was cut off while being written and is left out.
    pub torn_line: Option<usize>,
    /// Bytes up to the end of the last whole line.
    whole_bytes: u64,
}

/// Where a record stands in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The byte that it begins at.
    offset: u64,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened or read.
    #[error("failed to read {path}: {cause}", path = path.display())]
    Io {
        /// The log.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Another process writes to the log.
    #[error("{path} is being written by another eval: wait for it, or stop it", path = path.display())]
    InUse {
        /// The log.
        path: PathBuf,
    },
    /// A line that is not the last is no record.
    #[error("{path}, line {line}: not a record of eval: {message}", path = path.display())]
    Line {
        /// The log.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why.
        message: String,
    },
}

impl Log {
    /// Reads a log and hands each record over, in the order they were written.
    ///
    /// A last line without its line end was cut off by a kill: it is left out and named.
    pub fn read<E: From<LogError>>(path: &Path, each: impl FnMut(Record, Place) -> Result<(), E>) -> Result<Self, E> {
        Self::read_lines(path, each)
    }

    /// The same for a log of other lines.
    pub fn read_lines<T: DeserializeOwned + Send, E: From<LogError>>(
        path: &Path,
        each: impl FnMut(T, Place) -> Result<(), E>,
    ) -> Result<Self, E> {
        Self::read_as(path, |line: T| line, each)
    }

    /// The same of what is made of each line: on the core that read it, so that what nobody needs of a line does not wait
    /// in memory until the lines before it are done.
    pub fn read_as<L: DeserializeOwned, T: Send, E: From<LogError>>(
        path: &Path,
        make: impl Fn(L) -> T + Sync,
        each: impl FnMut(T, Place) -> Result<(), E>,
    ) -> Result<Self, E> {
        lines::read(path, make, each)
    }

    /// Reads some records of a log again, in the order of their places here.
    pub fn read_at(path: &Path, places: &[Place]) -> Result<Vec<Record>, LogError> {
        Self::read_lines_at(path, places)
    }

    /// The same for a log of other lines.
    pub fn read_lines_at<T: DeserializeOwned>(path: &Path, places: &[Place]) -> Result<Vec<T>, LogError> {
        let io = |cause| LogError::Io { path: path.into(), cause };
        let mut reader = open(path)?;
        let mut bytes = Vec::new();
        let read = |place: &Place| {
            bytes.clear();
            reader.seek(SeekFrom::Start(place.offset)).map_err(io)?;
            reader.by_ref().take(blocks::MAX_LINE as u64).read_until(b'\n', &mut bytes).map_err(io)?;
            serde_json::from_slice(&bytes).map_err(|error| bad_line(path, place.line, error))
        };
        places.iter().map(read).collect()
    }
}

fn open(path: &Path) -> Result<BufReader<File>, LogError> {
    let file = File::open(path).map_err(|cause| LogError::Io { path: path.into(), cause })?;
    Ok(BufReader::new(file))
}

fn bad_line(path: &Path, line: usize, message: impl ToString) -> LogError {
    LogError::Line { path: path.into(), line, message: message.to_string() }
}
