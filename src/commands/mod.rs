//! One file per command.

pub mod baseline;
pub mod cache;
pub mod cases;
pub mod compare;
pub mod cost;
pub mod gate;
pub mod history;
pub mod import;
pub mod init;
pub mod judge;
pub mod metrics;
pub mod models;
pub mod plan;
pub mod report;
pub mod run;
pub mod split;
pub mod suites;
pub mod view;
