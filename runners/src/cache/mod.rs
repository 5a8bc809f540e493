//! The response cache: an answer that was bought once is given again where nothing that shapes it has changed.
//!
//! [`CacheRunner`] is a layer around any runner. It looks a prompt up in a [`Store`], one SQLite file that several
//! processes may use at once, by a [`Key`] over all that shapes the answer.

mod clear;
mod error;
mod file;
mod key;
mod layer;
mod nearest;
mod problems;
mod stats;
mod store;
mod writer;

pub use clear::{Which, clear};
pub use error::CacheError;
pub use file::FILE;
pub use key::{FORMAT, Identity, Key};
pub use layer::CacheRunner;
pub use nearest::{Difference, Nearest};
pub use stats::{Group, Stats};
pub use store::{Entry, Store};

use serde::{Deserialize, Serialize};
use std::path::Path;

/// How a run uses the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheMode {
    /// Answers come from it, and new ones are kept.
    #[default]
    ReadWrite,
    /// Answers come from it; nothing is written.
    Read,
    /// Every answer is asked for.
    Off,
}

impl CacheMode {
    /// The store in a folder, opened as the mode wants it; `None` where it is off.
    pub fn open(self, folder: &Path) -> Result<Option<Store>, CacheError> {
        match self {
            Self::ReadWrite => Store::open(folder).map(Some),
            Self::Read => Store::open_to_read(folder).map(Some),
            Self::Off => Ok(None),
        }
    }
}
