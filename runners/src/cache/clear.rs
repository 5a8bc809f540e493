use super::{
    CacheError,
    file::{FILE, SCHEMA, connect, failed, patiently, prepare, version},
    store::moment,
};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use std::path::Path;

/// Which entries are to go: those that fit all that is said, or all of them.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Of this model, as its server calls it.
    pub model: Option<String>,
    /// Bought before.
    pub before: Option<Timestamp>,
}

impl Which {
    fn all(&self) -> bool {
        self.model.is_none() && self.before.is_none()
    }
}

const DELETE: &str = "DELETE FROM answers WHERE (?1 IS NULL OR created < ?1) \
     AND (?2 IS NULL OR CASE WHEN json_valid(parts) THEN json_extract(parts, '$.model') END = ?2)";

/// Deletes entries of the store in a folder, gives their disk space back, and says how many there were. The file stays:
/// other processes may be using it. A file of another version of `eval` can only be emptied whole.
pub fn clear(folder: &Path, which: &Which) -> Result<usize, CacheError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(0);
    }
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let found = patiently(|| version(&connection)).map_err(failed("open", &path))?;
    let deleted = match found {
        SCHEMA => {
            let before = which.before.map(moment);
            connection.execute(DELETE, params![before, which.model])
        }
        0 => Ok(0),
        _ if which.all() => make_anew(&mut connection),
        _ => return Err(CacheError::Version { path, found }),
    };
    let deleted = deleted.map_err(failed("empty", &path))?;
    // The log holds the pages until it is cut; that it may not be because of a reader is no failure.
    let shrunk = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    shrunk.map_err(failed("shrink (what was to go is deleted)", &path))?;
    Ok(deleted)
}

/// Drops what another version made.
fn make_anew(connection: &mut Connection) -> rusqlite::Result<usize> {
    let count: Option<i64> = connection.query_row("SELECT count(*) FROM answers", [], |row| row.get(0)).ok();
    let emptying = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: Vec<String> = emptying
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        emptying.execute_batch(&format!("DROP TABLE \"{}\"", table.replace('"', "\"\"")))?;
    }
    emptying.pragma_update(None, "user_version", 0)?;
    emptying.commit()?;
    prepare(connection)?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}
