//! Runs and baselines as commands name them, read for a report.

use crate::{looks, run_folder::RunFolder};
use eval_core::ModelRole;
use eval_reports::{ReportError, Run, join, only, read_baseline, read_run};
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
        Some((name, model)) if !Path::new(words).exists() => (name, Some(model.to_string())),
        _ => (words, None),
    };
    let run = if Path::new(name).is_file() {
        read_baseline(Path::new(name)).map_err(told)?
    } else if name.ends_with(".json") && !Path::new(name).exists() {
        let help = "`eval baseline save RUN FILE` writes a baseline; a run is named by its id or folder";
        return Err(miette!(help = help, "there is no file {name}"));
    } else {
        let folder = RunFolder::find(name, runs)?;
        let mut run = read_run(folder.path()).map_err(told)?;
        run.looks = looks::read(&folder.runs())?;
        run
    };
    Ok(Named { run, model })
}

/// The candidate against the reference that is named, or against its run's own, or alone where there is none.
pub fn together(candidate: Named, reference: Option<Named>) -> miette::Result<Run> {
    let Named { run, model } = candidate;
    match (reference, model) {
        (Some(reference), model) => against(run, model.as_deref(), reference),
        (None, None) => Ok(run),
        (None, Some(model)) if has_reference(&run) => {
            let reference = Named { run: run.clone(), model: None };
            against(run, Some(&model), reference)
        }
        (None, Some(model)) => only(run, &model).map_err(told),
    }
}

/// Whether the run holds the model that would be replaced.
pub fn has_reference(run: &Run) -> bool {
    run.manifest.models.iter().any(|model| model.role == ModelRole::Reference)
}

fn against(mut candidate: Run, model: Option<&str>, reference: Named) -> miette::Result<Run> {
    let Named { run: mut reference, model: reference_model } = reference;
    let one_run = candidate.manifest.id == reference.manifest.id;
    if one_run {
        reference.notes.clear();
    } else {
        for run in [&mut candidate, &mut reference] {
            let id = &run.manifest.id;
            run.notes.iter_mut().for_each(|note| *note = format!("{id}: {note}"));
        }
    }
    let known: Vec<String> = reference.manifest.models.iter().map(|model| model.name.clone()).collect();
    let joined = join(candidate, model, reference, reference_model.as_deref()).map_err(told)?;
    let mut references = joined.manifest.models.iter().filter(|model| model.role == ModelRole::Reference);
    // It has another name now: a candidate has its own.
    if one_run && references.any(|model| !known.contains(&model.name)) {
        let help = "name another run or another of its models, as RUN#MODEL: against itself every model passes";
        return Err(miette!(help = help, "a model of the run {} is held against itself", joined.manifest.id));
    }
    Ok(joined)
}

/// A report's error with what to do about it.
pub fn told(error: ReportError) -> miette::Report {
    match error {
        ReportError::NotComparable { message, help } => miette!(help = help, "{message}"),
        error => miette!("{error}"),
    }
}
