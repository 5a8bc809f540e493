//! Suites: read from a folder or from the binary, checked as a whole before any model is called, and rendered into
//! prompts.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod beginnings;
mod built_in;
mod cases;
mod error;
mod files;
mod import;
mod init;
mod json;
mod lines;
mod load;
mod loaded;
mod nearest;
mod notes;
mod own;
mod place;
mod programs;
mod prompts;
mod recorded;
mod schema;
mod select;
mod settings;
mod template;
mod tools;

pub use built_in::{BuiltInInfo, built_in};
pub use error::SuiteError;
pub use import::{ImportFormat, ImportOptions, ImportProgress, Imported, ImportedTask, PARQUET_THREAD, Reason, import};
pub use init::init;
pub use load::load;
pub use loaded::LoadedSuite;
pub use own::OwnPrompts;
pub use recorded::Recorded;
pub use select::select;
