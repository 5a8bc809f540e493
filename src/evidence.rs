//! Runs and baselines as commands name them, read for a report.

use crate::{looks, run_folder::RunFolder};
use eval_reports::{ReportError, Run, read_baseline, read_run};
use miette::miette;
use std::path::Path;

/// A run, or a baseline, and the model that is meant, if one was named.
pub struct Named {
    pub run: Run,
    pub model: Option<String>,
}

/// Reads a run by its id, its folder or `latest`, or a baseline file; `#MODEL` behind it names one of its models.
pub fn open(words: &str, runs: &Path) -> miette::Result<Named> {
    let (name, model) = match words.split_once('#') {
        Some((name, model)) => (name, Some(model.to_string())),
        None => (words, None),
    };
    let run = if Path::new(name).is_file() {
        read_baseline(Path::new(name)).map_err(told)?
    } else {
        let mut run = read_run(RunFolder::find(name, runs)?.path()).map_err(told)?;
        run.looks = looks::read(runs)?;
        run
    };
    Ok(Named { run, model })
}

/// A report's error with what to do about it.
pub fn told(error: ReportError) -> miette::Report {
    match error {
        ReportError::NotComparable { message, help } => miette!(help = help, "{message}"),
        error => miette!("{error}"),
    }
}
