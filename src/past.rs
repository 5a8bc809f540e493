//! The runs of a folder with their numbers, for lists and histories.

use crate::{evidence::told, looks, run_folder::RunFolder};
use eval_core::{JUDGEMENTS_FILE, log::RECORDS_FILE};
use eval_reports::{Past, SUMMARY_VERSION, Summary, read_run, summarize};
use std::time::SystemTime;

/// A run and its numbers: from `summary.json`, or from the log where that is newer.
pub fn past(folder: &RunFolder) -> miette::Result<Past> {
    let manifest = folder.manifest()?;
    let summary = match kept(folder) {
        Some(summary) => summary,
        None => {
            let mut run = read_run(folder.path()).map_err(told)?;
            run.looks = looks::read(&folder.runs())?;
            summarize(&run).map_err(told)?
        }
    };
    Ok(Past { run: folder.id(), manifest, summary })
}

/// An error with its causes.
pub fn on_a_line(error: &miette::Report) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The summary that the run left, where nothing was written after it.
fn kept(folder: &RunFolder) -> Option<Summary> {
    let path = folder.path().join("summary.json");
    let modified = |path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let written: SystemTime = modified(path.clone())?;
    let later = |name: &&str| modified(folder.path().join(name)).is_some_and(|at| at > written);
    if ["run.json", RECORDS_FILE, JUDGEMENTS_FILE].iter().any(later) {
        return None;
    }
    let summary: Summary = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (summary.v == SUMMARY_VERSION).then_some(summary)
}
