use super::file::SCHEMA;
use rusqlite::ErrorCode;
use std::{io, path::PathBuf};

/// Why the response cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Its folder cannot be made, or its writer not be started.
    #[error("failed to {action} the response cache in {path}: {cause}. `--cache off` goes on without it", path = path.display())]
    Io {
        /// Completes "failed to".
        action: &'static str,
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Its file cannot be used.
    #[error("failed to {action} the response cache {path}: {cause}{advice}", path = path.display(), advice = advice(cause))]
    File {
        /// Completes "failed to".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
    /// Another version of `eval` keeps its answers there.
    #[error(
        "the response cache {path} is of another version of eval (format {found}, and this one reads {SCHEMA}). \
         `eval cache clear` empties it, `--cache off` goes on without it",
        path = path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
}

fn advice(cause: &rusqlite::Error) -> &'static str {
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ". Remove the file, or go on without it: --cache off"
        }
        Some(ErrorCode::DiskFull) => ". Free some space, or go on without the cache: --cache off",
        _ => ". `--cache off` goes on without it",
    }
}
