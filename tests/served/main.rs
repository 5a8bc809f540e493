//! Served models, from the command line to the records: against servers on loopback, faults included.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../mock/mod.rs"]
mod mock;

mod answers;
mod bought_once;
mod dead_ends;
mod gone;
mod in_words;
mod interrupt;
mod judging;
mod mistakes;
mod own_prompts;
mod passing_faults;
mod policy;
mod pool;
mod secrets;
mod spending;
