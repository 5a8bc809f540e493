//! Suites: read from a folder or from the binary, checked as a whole before any model is called, and rendered into
//! prompts.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod beginnings;
mod built_in;
mod cases;
mod edit;
mod error;
mod files;
mod import;
mod init;
mod json;
mod lines;
mod load;
mod loaded;
mod near;
mod nearest;
mod own;
mod personal;
mod place;
mod programs;
mod prompts;
mod recorded;
mod schema;
mod select;
mod settings;
mod shortcuts;
mod soundness;
mod template;
mod tools;
mod words;

pub use built_in::{BuiltInInfo, built_in};
pub use edit::{Added, EditableSuite, Finding, GivenAnswer, Review, TaskSplit, gold_given, gold_typed};
pub use error::SuiteError;
pub use import::{ImportFormat, ImportOptions, ImportProgress, Imported, ImportedTask, PARQUET_THREAD, Reason, import};
pub use init::init;
pub use load::load;
pub use loaded::LoadedSuite;
pub use near::{Alike, NearPair, near_duplicates};
pub use own::OwnPrompts;
pub use personal::{Personal, personal_data};
pub use recorded::Recorded;
pub use select::select;
pub use shortcuts::{Foretold, Shortcut, shortcuts};
pub use soundness::{Place, Soundness, TaskSoundness, Warning, WarningKind};
