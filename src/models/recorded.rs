//! Recorded outputs: a file of the user's, or a recording that lies beside the suite.

use super::{LoadedModel, ModelSpec, Wanted};
use crate::screen::Screen;
use eval_core::{Manifest, ModelInfo};
use eval_datasets::Recorded;
use eval_runners::replay::ReplayRunner;
use miette::{IntoDiagnostic, WrapErr};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub fn load(spec: &ModelSpec, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<LoadedModel> {
    let cases = wanted.suite.suite.tasks.iter().flat_map(|task| &task.cases);
    let known: HashMap<_, _> =
        cases.map(|case| ((case.task.to_string(), case.id.to_string()), case.hash.to_string())).collect();
    let recorded = spec.settings.recorded.as_deref();
    let recorded = recorded.map(|name| Ok::<_, miette::Report>((name, Recorded::open(&wanted.suite.source, name)?)));
    let (runner, manifest) = match recorded.transpose()? {
        Some((name, Recorded { manifest, lines })) => {
            let path = PathBuf::from(format!("{}/{name}.{}", Recorded::FOLDER, Recorded::ANSWERS));
            let runner = ReplayRunner::read(&path, lines, None, &known).into_diagnostic();
            let stale = || format!("the recording {name} does not fit the suite as it is: record a run of it again");
            (runner.wrap_err_with(stale)?, Some(manifest))
        }
        None => {
            let file = spec.settings.outputs.as_deref().unwrap_or(Path::new(""));
            (ReplayRunner::open(file, spec.settings.model.as_deref(), &known).into_diagnostic()?, None)
        }
    };
    for note in runner.notes() {
        screen.note(&format!("note: {}: {note}", spec.name));
    }
    let mut info = spec.info(runner.details(), None)?;
    let notes = manifest.iter().flat_map(|manifest| describe(&mut info, manifest, wanted)).collect();
    let concurrency = wanted.concurrency.unwrap_or(1);
    Ok(LoadedModel { info, runner: Arc::new(runner), concurrency, reads_prompts: false, cached_as: None, notes })
}

/// Puts what the recording was made of into the model's entry, and says it in a sentence for every report.
fn describe(info: &mut ModelInfo, manifest: &Manifest, wanted: &Wanted<'_>) -> Option<String> {
    let model = manifest.models.first()?;
    info.in_flight = model.in_flight;
    info.price.clone_from(&model.price);
    if let Some(details) = info.details.as_object_mut() {
        details.insert("recorded".into(), recorded(manifest, model));
    }
    // What is compared is what was asked: where that is not what the suite asks now, reports show it.
    let suite = wanted.suite;
    let asked = |task: &str| manifest.tasks.iter().find(|info| info.name == task).map(|info| model.prompt_hash(info));
    let tasks = suite.suite.tasks.iter().filter_map(|task| Some((task, asked(&task.name)?)));
    let other = tasks.filter(|(task, hash)| suite.prompt_hash(task) != *hash);
    info.prompts = other.map(|(task, hash)| (task.name.clone(), hash.to_string())).collect();
    let day = manifest.started_at.get(..10).unwrap_or(&manifest.started_at);
    let kind = if model.runner == "candle" { "the open model " } else { "" };
    let made =
        format!("{} is a recording of {kind}{}, made on {day} by the runner {}", info.name, model.name, model.runner);
    let closed = if model.runner == "candle" { ": it is no closed model, and" } else { ":" };
    Some(format!("{made}{closed} nothing was asked of it in this run."))
}

/// The manifest that made it, without what this run's own has: suite, tasks and rules.
fn recorded(manifest: &Manifest, model: &ModelInfo) -> Value {
    json!({
        "run": manifest.id,
        "started_at": manifest.started_at,
        "eval_version": manifest.eval_version,
        "suite_hash": manifest.suite.hash,
        "machine": manifest.machine,
        "model": model.name,
        "runner": model.runner,
        "settings": model.settings,
        "details": model.details,
    })
}
