//! The record log, `records.jsonl`: appended and flushed per record, so that a killed run loses only what was in flight.

use crate::{Event, Record, Sink, SinkError};
use std::{
    fs::{File, TryLockError},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The log's name in a run folder.
pub const RECORDS_FILE: &str = "records.jsonl";

/// Longest line that is read: a model's answer is far below, a broken file may be far above.
const MAX_LINE: u64 = 64 << 20;

/// What a log holds.
#[derive(Debug, Default)]
pub struct Log {
    /// The records, in the order they were written.
    pub records: Vec<Record>,
    /// The number of a last line that was cut off while being written and is left out.
    pub torn_line: Option<usize>,
    /// Bytes up to the end of the last whole line.
    whole_bytes: u64,
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
    /// Reads a log. A last line without its line end that does not parse was cut off by a kill: it is left out and named.
    pub fn read(path: &Path) -> Result<Self, LogError> {
        let io = |cause| LogError::Io { path: path.into(), cause };
        let mut reader = BufReader::new(File::open(path).map_err(io)?);
        let mut log = Self::default();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(io)?;
            if read == 0 {
                break;
            }
            let whole = bytes.ends_with(b"\n");
            if bytes.trim_ascii().is_empty() {
                log.whole_bytes += read as u64;
                continue;
            }
            match serde_json::from_slice(&bytes) {
                Ok(record) if whole => {
                    log.records.push(record);
                    log.whole_bytes += read as u64;
                }
                // Without its line end even a record that parses may lack digits of its last number.
                _ if !whole && (read as u64) < MAX_LINE => log.torn_line = Some(line),
                Ok(_) => {
                    return Err(LogError::Line { path: path.into(), line, message: "the line is too long".into() });
                }
                Err(error) => {
                    return Err(LogError::Line { path: path.into(), line, message: error.to_string() });
                }
            }
        }
        Ok(log)
    }
}

/// Appends finished records to a log.
pub struct LogWriter {
    path: PathBuf,
    file: File,
    line: Vec<u8>,
}

impl LogWriter {
    /// Starts a new log; fails where the file exists.
    pub fn create(path: &Path) -> Result<Self, LogError> {
        let file = File::create_new(path).map_err(|cause| LogError::Io { path: path.into(), cause })?;
        lock(&file, path)?;
        Ok(Self { path: path.into(), file, line: Vec::new() })
    }

    /// Reads a log and goes on with it, after cutting off a torn last line.
    pub fn resume(path: &Path) -> Result<(Log, Self), LogError> {
        let io = |cause| LogError::Io { path: path.into(), cause };
        let mut file = File::options().write(true).open(path).map_err(io)?;
        // Before it is read: what another process appends meanwhile must not be cut off.
        lock(&file, path)?;
        let log = Log::read(path)?;
        if log.torn_line.is_some() {
            file.set_len(log.whole_bytes).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        Ok((log, Self { path: path.into(), file, line: Vec::new() }))
    }

    fn append(&mut self, record: &Record) -> std::io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, record)?;
        self.line.push(b'\n');
        self.file.write_all(&self.line)
    }
}

/// Held as long as the file is open, and given back by the system when the process ends, however it ends.
fn lock(file: &File, path: &Path) -> Result<(), LogError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(LogError::InUse { path: path.into() }),
        // Some network folders know no locks: that is no reason not to write there.
        Err(TryLockError::Error(_)) => Ok(()),
    }
}

impl Sink for LogWriter {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        let Event::Finished(record) = event else {
            return Ok(());
        };
        self.append(record).map_err(|error| SinkError {
            message: format!(
                "failed to write {}: {error}. The records before this one are kept: free space or mend the folder, \
                 then go on with --resume",
                self.path.display()
            ),
        })
    }
}
