//! `eval history`.

use crate::{
    args::{HistoryArgs, HistoryFormat},
    evidence::told,
    exit::Exit,
    past::{on_a_line, past},
    run_folder::RunFolder,
    screen::Screen,
};
use eval_reports::{Past, Style, add_changes, history, history_json, history_terminal, read_run};
use miette::miette;
use std::{collections::BTreeSet, sync::Arc};

pub fn run(args: &HistoryArgs, screen: &Screen) -> miette::Result<Exit> {
    let folders = RunFolder::all(&args.out);
    let runs = runs_of(args, &folders, screen)?;
    // The name in the newest manifest: the suite may have been named by its folder.
    let suite = runs.last().map(|past| past.manifest.suite.name.clone()).unwrap_or_default();
    let mut history = history(&suite, &runs).only(&args.tasks, &args.models);
    let read = |id: &str| {
        let folder = folders.iter().find(|folder| folder.id() == id)?;
        read_run(folder.path()).ok().map(Arc::new)
    };
    add_changes(&mut history, read).map_err(told)?;
    screen.print(&match args.format {
        HistoryFormat::Text => history_terminal(&history, Style { width: screen.width(), color: screen.color }),
        HistoryFormat::Json => history_json(&history),
    })?;
    Ok(Exit::Done)
}

/// The newest runs of the suite that hold what was asked for, oldest first.
fn runs_of(args: &HistoryArgs, folders: &[RunFolder], screen: &Screen) -> miette::Result<Vec<Past>> {
    let (mut runs, mut others) = (Vec::new(), BTreeSet::new());
    for folder in folders {
        let found = match folder.manifest() {
            Ok(manifest) if manifest.suite.name != args.suite && manifest.suite.source != args.suite => {
                others.insert(manifest.suite.name);
                continue;
            }
            Ok(_) => past(folder),
            Err(error) => Err(error),
        };
        match found {
            Ok(past) => runs.push(past),
            Err(error) => screen.note(&format!("note: the run {} is left out: {}", folder.id(), on_a_line(&error))),
        }
    }
    if runs.is_empty() {
        return Err(no_run(args, others));
    }
    let known = names(&runs);
    runs.retain(|past| holds(past, args));
    if runs.is_empty() {
        return Err(miette!(help = known, "no run of {:?} holds that task and model", args.suite));
    }
    runs.sort_by(|a, b| (&a.manifest.started_at, &a.run).cmp(&(&b.manifest.started_at, &b.run)));
    Ok(runs.split_off(runs.len().saturating_sub(args.limit as usize)))
}

fn no_run(args: &HistoryArgs, others: BTreeSet<String>) -> miette::Report {
    let folder = args.out.display();
    if others.is_empty() {
        return miette!(help = "`eval run` makes one; --out says where runs lie", "there is no run in {folder}");
    }
    let known = others.into_iter().collect::<Vec<_>>().join(", ");
    miette!(help = format!("the suites of its runs are {known}"), "no run of the suite {:?} in {folder}", args.suite)
}

fn holds(past: &Past, args: &HistoryArgs) -> bool {
    let of_task = past.summary.tasks.iter().filter(|task| args.tasks.is_empty() || args.tasks.contains(&task.task));
    of_task.flat_map(|task| &task.models).any(|row| args.models.is_empty() || args.models.contains(&row.model))
}

/// What can be asked for.
fn names(runs: &[Past]) -> String {
    let tasks: BTreeSet<&str> =
        runs.iter().flat_map(|past| &past.summary.tasks).map(|task| task.task.as_str()).collect();
    let models: BTreeSet<&str> =
        runs.iter().flat_map(|past| &past.manifest.models).map(|info| info.name.as_str()).collect();
    let list = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
    format!("its tasks are {}; its models are {}", list(tasks), list(models))
}
