use std::{io, path::PathBuf};

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no place for it.
    #[error("failed to find a cache folder for models: neither HOME nor XDG_CACHE_HOME is set. Set one of them")]
    NoCacheFolder,
    /// The cache folder cannot be used.
    #[error("failed to {action} {path}: {source}{advice}", path = path.display(), advice = advice(source))]
    Cache {
        /// Completes "failed to".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The words do not name a file on the hub.
    #[error(
        "{reference:?} is no reference to a file on the model hub: {message}. Write owner/name:file.gguf or \
         hf:owner/name/file.gguf"
    )]
    Reference {
        /// As typed.
        reference: String,
        /// What is wrong with it.
        message: &'static str,
    },
    /// Every source failed.
    #[error("failed to fetch {name}:{list}\n{advice}", list = listed(failures))]
    NoSource {
        /// The model.
        name: String,
        /// One for each source, in the order they were tried.
        failures: Vec<SourceFailure>,
        /// What to do.
        advice: String,
    },
}

/// Why a source did not give the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// The source.
    pub source: String,
    /// The reason, without secrets.
    pub reason: String,
}

/// How an attempt failed: whether another source may still do.
#[derive(Debug)]
pub(super) enum Failure {
    /// The source did not give the file.
    Source(String),
    /// No source can help.
    Fatal(FetchError),
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Fatal(error)
    }
}

fn listed(failures: &[SourceFailure]) -> String {
    failures.iter().map(|SourceFailure { source, reason }| format!("\n  {source}: {reason}")).collect()
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ". The disk is full: free some space, or set XDG_CACHE_HOME to a folder on a disk that has room"
        }
        io::ErrorKind::Unsupported => ". Set XDG_CACHE_HOME to a folder on a disk of this machine",
        _ => ". Set XDG_CACHE_HOME to a folder that can be written",
    }
}

/// The innermost cause, which says most.
pub(super) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
