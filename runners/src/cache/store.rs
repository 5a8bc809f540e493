use super::{
    CacheError, Key,
    file::{self, FILE},
    problems::Problems,
    writer::{Row, Writer},
};
use eval_core::{PromptId, Response};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

const FIND: &str = "SELECT created, response, cost_usd FROM answers WHERE key = ?1";

/// The answers, in one file of a folder. Several processes may use it at once.
pub struct Store {
    path: PathBuf,
    /// `None` where it is only read and there is nothing to read.
    reader: Mutex<Option<Connection>>,
    /// `None` where it is only read.
    writer: Option<Writer>,
    problems: Arc<Problems>,
}

/// An answer as it was bought.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, RFC 3339 in UTC.
    pub created: String,
    /// As the model gave it.
    pub response: Response,
    /// What it cost then, in USD; `None` is unknown.
    pub cost_usd: Option<f64>,
}

impl Store {
    /// Opens the store in a folder; makes both where there is none.
    pub fn open(folder: &Path) -> Result<Self, CacheError> {
        let (path, connection) = file::open(folder)?;
        let reader = file::open_to_read(&path)?;
        let problems = Arc::new(Problems::default());
        let writer = Writer::start(connection, problems.clone()).map_err(|cause| CacheError::Io {
            action: "start the writer of",
            path: folder.into(),
            cause,
        })?;
        Ok(Self { path, reader: Mutex::new(reader), writer: Some(writer), problems })
    }

    /// Opens the store in a folder without ever writing to it; where there is none, it is empty.
    pub fn open_to_read(folder: &Path) -> Result<Self, CacheError> {
        let path = folder.join(FILE);
        let reader = Mutex::new(file::open_to_read(&path)?);
        Ok(Self { path, reader, writer: None, problems: Arc::default() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The answer of this key. One that cannot be read is none, and is told by [`Store::problems`].
    pub fn get(&self, key: &Key) -> Option<Entry> {
        match self.find(key) {
            Ok(found) => found?.inspect_err(|error| self.problems.unread(error)).ok(),
            Err(error) => {
                self.problems.unread(&error);
                None
            }
        }
    }

    fn find(&self, key: &Key) -> rusqlite::Result<Option<serde_json::Result<Entry>>> {
        self.with_reader(None, |connection| {
            let mut find = connection.prepare_cached(FIND)?;
            let entry = find.query_row([&key.digest], |row| {
                let (created, cost_usd) = (row.get(0)?, row.get(2)?);
                let response = serde_json::from_str(row.get_ref(1)?.as_str()?);
                Ok(response.map(|response| Entry { created, response, cost_usd }))
            });
            entry.optional()
        })
    }

    /// Keeps an answer, unless the store is only read. It is in the file a moment later: see [`Store::flush`].
    pub fn put(&self, key: &Key, id: &PromptId, response: &Response, cost_usd: Option<f64>) {
        let Some(writer) = &self.writer else { return };
        match serde_json::to_string(response) {
            Ok(response) => writer.keep(Row {
                key: key.digest,
                created: moment(Timestamp::now()),
                task: id.task.clone(),
                case: id.case.clone(),
                parts: key.parts.clone(),
                response,
                cost_usd,
            }),
            Err(error) => self.problems.unwritten(1, &error),
        }
    }

    /// Waits until everything is in the file. Dropping the store does so, too.
    pub fn flush(&self) {
        if let Some(writer) = &self.writer {
            writer.flush();
        }
    }

    /// What could not be read or kept since this was last asked, as whole sentences: to be said when a run is over.
    pub fn problems(&self) -> Vec<String> {
        self.flush();
        self.problems.take(&self.path)
    }

    /// Reads; `nothing` is the answer where there is no file.
    pub(super) fn with_reader<T>(
        &self,
        nothing: T,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.as_ref().map_or(Ok(nothing), read)
    }
}

/// RFC 3339 in UTC, always of the same length, so that texts sort as times do.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
