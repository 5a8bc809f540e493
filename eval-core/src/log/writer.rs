use super::{Log, LogError};
use crate::{Event, Sink, SinkError};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{File, TryLockError},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

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
    pub fn resume<T: DeserializeOwned + Send>(path: &Path, mut each: impl FnMut(T)) -> Result<(Log, Self), LogError> {
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
