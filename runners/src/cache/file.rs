//! The SQLite file: how it is made and opened.

use super::CacheError;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The file in the cache's folder.
pub const FILE: &str = "answers.sqlite";

/// The version of the tables, kept in the file as its `user_version`.
pub(super) const SCHEMA: i64 = 2;

/// The index on `key` is small and the rows are not: with the rows inside it a look-up that finds nothing, which is
/// what a first run does all the time, would read much more.
const TABLES: &str = "
    CREATE TABLE answers (
        key BLOB NOT NULL PRIMARY KEY,
        created TEXT NOT NULL,
        task TEXT NOT NULL,
        case_id TEXT NOT NULL,
        parts TEXT NOT NULL,
        response TEXT NOT NULL,
        cost_usd REAL
    );";

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(30);

/// KiB of pages that a connection keeps in memory.
const PAGES: i64 = 2048;

pub(super) fn failed(action: &'static str, path: &Path) -> impl Fn(rusqlite::Error) -> CacheError {
    move |cause| CacheError::File { action, path: path.into(), cause }
}

/// Opens the file for reading and writing; makes it, and its folder, where there is none.
pub(super) fn open(folder: &Path) -> Result<(PathBuf, Connection), CacheError> {
    make_folder(folder).map_err(|cause| CacheError::Io { action: "make", path: folder.into(), cause })?;
    let path = folder.join(FILE);
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let found = patiently(|| prepare(&mut connection)).map_err(failed("open", &path))?;
    check(&path, found)?;
    Ok((path, connection))
}

/// Opens the file for reading. `None` where there is none, or nothing in it yet.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, CacheError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = patiently(|| version(&connection)).map_err(failed("open", path))?;
    if found == 0 {
        return Ok(None);
    }
    check(path, found)?;
    Ok(Some(connection))
}

/// A connection to the file, whatever its version.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, CacheError> {
    let open = || {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cache_size", -PAGES)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    };
    open().map_err(failed("open", path))
}

/// The version of the tables; 0 in a new file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the tables of a new file, and gives the version of its tables.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Of two processes that find a new file, one waits here and then finds the tables.
    let making = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&making)?;
    if found != 0 {
        return Ok(found);
    }
    making.execute_batch(TABLES)?;
    making.pragma_update(None, "user_version", SCHEMA)?;
    making.commit()?;
    Ok(SCHEMA)
}

fn check(path: &Path, found: i64) -> Result<(), CacheError> {
    if found == SCHEMA { Ok(()) } else { Err(CacheError::Version { path: path.into(), found }) }
}

/// Turning the journal over, and opening what another process is closing, may find the file busy without waiting for it
/// as all else does.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Answers may be private: nobody else may look into the folder.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    // Another process may have made it meanwhile.
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
