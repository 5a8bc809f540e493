//! `eval suites record`: the answers of a run are kept beside its suite, as a model that can be named.

use crate::{
    args::RecordArgs,
    exit::Exit,
    run_folder::RunFolder,
    screen::{Screen, counted},
};
use eval_core::{
    Manifest, Outcome, Record,
    log::{Log, LogError, RECORDS_FILE},
};
use eval_datasets::{LoadedSuite, Recorded};
use miette::{IntoDiagnostic, miette};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub fn run(args: &RecordArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let mut manifest = folder.manifest()?;
    let source = args.suite.clone().unwrap_or_else(|| manifest.suite.source.clone());
    let suite = eval_datasets::load(&source)?;
    whole(&manifest, &suite)?;
    let root = root(&source)?;
    let model = model(&manifest, args.model.as_deref())?;
    let name = args.name.clone().unwrap_or_else(|| model.clone());
    check_name(&name)?;
    let lines = lines(&folder.path().join(RECORDS_FILE), &model)?;
    let cases: usize = suite.suite.tasks.iter().map(|task| task.cases.len()).sum();
    if lines.len() < cases {
        let help = format!("go on with it first: eval run --resume {}", manifest.id);
        return Err(miette!(help = help, "the run holds {} of {} cases of {model}", lines.len(), cases));
    }
    manifest.models.retain(|info| info.name == model);
    // What was typed is of no use to others, and may name places of this machine.
    manifest.arguments = Value::Null;
    let written = Recorded::write(&root, &name, &manifest, lines.values())?;
    screen.print(&format!(
        "{} of {model} in {}\nName it in a run of this suite as recorded:{name}\n",
        counted(lines.len(), "answer"),
        written.display()
    ))?;
    Ok(Exit::Done)
}

/// A recording is of the suite as it is, all of it.
fn whole(manifest: &Manifest, suite: &LoadedSuite) -> miette::Result<()> {
    if manifest.suite.hash != suite.suite.hash {
        let help = "run the suite as it is now, or name the one that was run with --suite";
        return Err(miette!(help = help, "the run {} is of another state of the suite", manifest.id));
    }
    if manifest.tasks.len() < suite.suite.tasks.len() || manifest.tasks.iter().any(|t| t.cases < t.cases_in_suite) {
        let help = "run all of it: without --task, --tag, --limit and --sample";
        return Err(miette!(help = help, "the run {} is of a part of the suite", manifest.id));
    }
    Ok(())
}

/// The suite's folder.
fn root(source: &str) -> miette::Result<PathBuf> {
    let path = Path::new(source);
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    if source.contains(['/', std::path::MAIN_SEPARATOR]) || source.starts_with('.') {
        return Ok(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.into() });
    }
    let help = "name the folder of the same suite with --suite";
    Err(miette!(help = help, "{source:?} is part of the program, and nothing can be written beside it"))
}

fn model(manifest: &Manifest, asked: Option<&str>) -> miette::Result<String> {
    let names: Vec<&str> = manifest.models.iter().map(|model| model.name.as_str()).collect();
    match (asked, names.as_slice()) {
        (None, [one]) => Ok((*one).into()),
        (Some(asked), names) if names.contains(&asked) => Ok(asked.into()),
        (asked, names) => {
            let help = format!("name one of them with --model: {}", names.join(", "));
            match asked {
                Some(asked) => Err(miette!(help = help, "the run holds no model {asked:?}")),
                None => Err(miette!(help = help, "the run holds {} models", names.len())),
            }
        }
    }
}

/// It becomes a file's name, and is typed.
fn check_name(name: &str) -> miette::Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(allowed) {
        return Ok(());
    }
    let help = "choose one with --as: letters, digits, points, hyphens and underlines";
    Err(miette!(help = help, "{name:?} cannot be the name of a recording"))
}

/// The model's answers as lines of a replay file, in the order of task, case and repeat.
fn lines(log: &Path, model: &str) -> miette::Result<BTreeMap<(String, String, u32), String>> {
    let mut lines = BTreeMap::new();
    Log::read(log, |record: Record, _| {
        if record.model == model && record.outcome != Outcome::Skipped {
            let place = (record.task.clone(), record.case.clone(), record.repeat);
            lines.insert(place, line(&record));
        }
        Ok::<_, LogError>(())
    })
    .into_diagnostic()?;
    Ok(lines)
}

/// What the model said, and nothing of how it was scored.
fn line(record: &Record) -> String {
    let value = serde_json::to_value(record).unwrap_or_default();
    let keys = [
        "task",
        "case",
        "repeat",
        "case_hash",
        "text",
        "reasoning",
        "tool_calls",
        "steps",
        "finish_reason",
        "usage",
        "confidence",
        "latency_ms",
        "speed",
        "cost_usd",
        "error",
    ];
    let failed = record.outcome == Outcome::RunnerFailed;
    let kept = keys.into_iter().filter(|key| match *key {
        "error" => failed,
        "text" | "tool_calls" => !failed,
        _ => true,
    });
    let kept = kept.filter_map(|key| Some((key.to_string(), value.get(key)?.clone())));
    let line: Map<String, Value> = kept.filter(|(_, value)| !value.is_null()).collect();
    Value::Object(line).to_string()
}
