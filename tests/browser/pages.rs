//! The runs whose pages are opened.

use crate::common::{
    Sandbox,
    paired::{self, Task, task},
    shop,
};
use serde_json::json;
use std::path::PathBuf;

/// A folder with one run, and its page.
pub struct Report {
    /// Without it the page is gone.
    _sandbox: Sandbox,
    pub page: PathBuf,
}

/// The cases of [`tasks`].
pub const CASES: usize = 260;

impl Report {
    /// The page of a folder's only run.
    pub fn of(sandbox: Sandbox) -> Self {
        let page = sandbox.the_run().file("report.html");
        Self { _sandbox: sandbox, page }
    }
}

/// Two tasks of one kind, enough cases for several pages of the list, and two slices.
pub fn tasks() -> [Task; 2] {
    let sliced = |n: usize, _: usize| json!({"tags": [if n.is_multiple_of(3) { "short" } else { "long" }]});
    [
        Task { case: sliced, ..task("mail", [150, 6, 9, 15]) },
        Task { case: sliced, declines: false, ..task("notes", [55, 2, 15, 8]) },
    ]
}

/// Two models on [`tasks`].
pub fn paired() -> Report {
    run(
        paired::sandbox(&tasks()),
        "--suite ./paired --candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl",
    )
}

/// Two models on a task of each kind.
pub fn shop() -> Report {
    run(shop::sandbox(), "--suite ./shop --candidate small=replay:mixed.jsonl --reference large=replay:right.jsonl")
}

pub fn run(sandbox: Sandbox, words: &str) -> Report {
    let outcome = sandbox.eval(&format!("run --quiet {words}"));
    assert!(matches!(outcome.code, Some(0 | 12)), "{}\n{}", outcome.stdout, outcome.stderr);
    Report::of(sandbox)
}
