//! One file per command.

pub mod cache;
pub mod cost;
pub mod init;
pub mod models;
pub mod report;
pub mod run;
pub mod suites;
