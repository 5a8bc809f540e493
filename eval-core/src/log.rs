//! The record log, `records.jsonl`: appended and flushed per record, so that a killed run loses only what was in flight.

use crate::{Event, Record, Sink, SinkError};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{File, TryLockError},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The log's name in a run folder.
pub const RECORDS_FILE: &str = "records.jsonl";

/// Longest line that is read: a model's answer is far below, a broken file may be far above.
const MAX_LINE: u64 = 64 << 20;

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
    /// A last line without its line end that does not parse was cut off by a kill: it is left out and named.
    pub fn read<E: From<LogError>>(path: &Path, each: impl FnMut(Record, Place) -> Result<(), E>) -> Result<Self, E> {
        Self::read_lines(path, each)
    }

    /// The same for a log of other lines.
    pub fn read_lines<T: DeserializeOwned, E: From<LogError>>(
        path: &Path,
        mut each: impl FnMut(T, Place) -> Result<(), E>,
    ) -> Result<Self, E> {
        let io = |cause| LogError::Io { path: path.into(), cause };
        let mut reader = open(path)?;
        let mut log = Self::default();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(io)? as u64;
            if read == 0 {
                break;
            }
            let whole = bytes.ends_with(b"\n");
            if bytes.trim_ascii().is_empty() {
                log.whole_bytes += read;
                continue;
            }
            match serde_json::from_slice(&bytes) {
                Ok(record) if whole => {
                    each(record, Place { line, offset: log.whole_bytes })?;
                    log.records += 1;
                    log.whole_bytes += read;
                }
                // Without its line end even a record that parses may lack digits of its last number.
                _ if !whole && read < MAX_LINE => log.torn_line = Some(line),
                Ok(_) => return Err(bad_line(path, line, "the line is too long").into()),
                Err(error) => return Err(bad_line(path, line, error).into()),
            }
        }
        Ok(log)
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
            reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(io)?;
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

    /// Reads a log and goes on with it, after cutting off a torn last line. Each record is handed over.
    pub fn resume<T: DeserializeOwned>(path: &Path, mut each: impl FnMut(T)) -> Result<(Log, Self), LogError> {
        let io = |cause| LogError::Io { path: path.into(), cause };
        let mut file = File::options().write(true).open(path).map_err(io)?;
        // Before it is read: what another process appends meanwhile must not be cut off.
        lock(&file, path)?;
        let log = Log::read_lines(path, |line, _| {
            each(line);
            Ok::<_, LogError>(())
        })?;
        if log.torn_line.is_some() {
            file.set_len(log.whole_bytes).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        Ok((log, Self { path: path.into(), file, line: Vec::new() }))
    }

    /// Appends a line.
    pub fn append(&mut self, line: &impl Serialize) -> Result<(), SinkError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::from).and_then(|()| {
            self.line.push(b'\n');
            self.file.write_all(&self.line)
        });
        written.map_err(|error| SinkError {
            message: format!(
                "failed to write {}: {error}. The records before this one are kept: free space or mend the folder, \
                 then go on with --resume",
                self.path.display()
            ),
        })
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
        self.append(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(case: &str, text: &str) -> String {
        let record = json!({
            "v": 1, "task": "t", "case": case, "case_hash": "00", "model": "m", "repeat": 0, "outcome": "scored",
            "should_decline": false, "correct": true, "behaviour": "answered", "scores": {}, "text": text,
            "reasoning": null, "tool_calls": [], "finish_reason": "stop", "usage": {}, "latency_ms": null,
            "cost_usd": null, "cached": false, "attempts": 1, "error": null,
        });
        format!("{record}\n")
    }

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECORDS_FILE);
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn read(path: &Path) -> Result<(Log, Vec<(Record, Place)>), LogError> {
        let mut found = Vec::new();
        let log = Log::read(path, |record, place| {
            found.push((record, place));
            Ok::<_, LogError>(())
        })?;
        Ok((log, found))
    }

    #[test]
    fn records_come_with_places_at_which_they_are_read_again() {
        let long = "x".repeat(300_000);
        let (_dir, path) = written(&format!("{}\n  \n{}{}", line("a", "ü"), line("b", &long), line("c", "")));
        let (log, found) = read(&path).unwrap();
        assert_eq!((log.records, log.torn_line), (3, None));
        assert_eq!(found.iter().map(|(_, place)| place.line).collect::<Vec<_>>(), [1, 4, 5]);
        assert_eq!(found[1].0.text.len(), long.len());
        let places = [found[2].1, found[0].1, found[1].1];
        let again = Log::read_at(&path, &places).unwrap();
        assert_eq!(again.iter().map(|record| record.case.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
        assert_eq!(again[2], found[1].0);
    }

    #[test]
    fn a_torn_line_is_left_out_and_cut_off_before_the_log_goes_on() {
        let whole = line("a", "one");
        let torn = line("b", "two");
        for cut in [1, torn.len() / 2, torn.len() - 1] {
            let (_dir, path) = written(&format!("{whole}\n{}", &torn[..cut]));
            let (log, found) = read(&path).unwrap();
            assert_eq!((log.torn_line, found.len()), (Some(3), 1));
            let mut cases = Vec::new();
            let (log, mut writer) = LogWriter::resume(&path, |record: Record| cases.push(record.case)).unwrap();
            assert_eq!((log.records, cases), (1, vec!["a".to_string()]));
            writer.on(&Event::Finished(&found[0].0)).unwrap();
            drop(writer);
            assert_eq!(read(&path).unwrap().1.iter().map(|(_, place)| place.line).collect::<Vec<_>>(), [1, 3]);
        }
    }

    #[test]
    fn a_line_that_is_no_record_is_named_with_its_number() {
        let (_dir, path) = written(&format!("{}\n{{\"v\": 1}}\n{}", line("a", ""), line("b", "")));
        let error = read(&path).unwrap_err();
        assert!(matches!(error, LogError::Line { line: 3, .. }), "{error}");
        let place = Place { line: 3, offset: 7 };
        assert!(matches!(Log::read_at(&path, &[place]), Err(LogError::Line { line: 3, .. })));
    }

    #[test]
    fn whoever_takes_the_records_may_end_the_reading() {
        let (_dir, path) = written(&[line("a", ""), line("b", "")].concat());
        let mut seen = 0;
        let stopped = Log::read(&path, |_, place| {
            seen += 1;
            Err(LogError::InUse { path: place.line.to_string().into() })
        });
        assert!(matches!(stopped, Err(LogError::InUse { path }) if path == Path::new("1")));
        assert_eq!(seen, 1);
    }
}
