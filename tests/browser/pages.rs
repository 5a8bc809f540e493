//! The runs whose pages are opened.

use crate::common::{
    Sandbox,
    paired::{self, Task, task},
    shop,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A folder with one run, and its page.
pub struct Report {
    /// Without it the page is gone.
    sandbox: Sandbox,
    pub page: PathBuf,
}

/// The cases of [`tasks`].
pub const CASES: usize = 260;

impl Report {
    /// The page of a folder's only run.
    pub fn of(sandbox: Sandbox) -> Self {
        let page = sandbox.the_run().file("report.html");
        Self { sandbox, page }
    }

    /// Writes the page again of records that were changed.
    pub fn change_records(&self, change: impl Fn(&mut Value)) {
        let log = self.page.with_file_name("records.jsonl");
        let changed = |line: &str| {
            let mut record = serde_json::from_str(line).unwrap();
            change(&mut record);
            format!("{record}\n")
        };
        let records: String = std::fs::read_to_string(&log).unwrap().lines().map(changed).collect();
        std::fs::write(&log, records).unwrap();
        self.sandbox.eval_to(0, "report latest");
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
