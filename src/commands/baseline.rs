//! `eval baseline`.

use crate::{
    args::BaselineCommand,
    commands::gate::save,
    evidence::{self, Named, told},
    exit::Exit,
    screen::{Screen, counted},
};
use eval_core::DataPolicy;
use eval_reports::{ModelRow, Run, Verdict, count, summarize};
use miette::miette;

pub fn run(command: &BaselineCommand, screen: &Screen) -> miette::Result<Exit> {
    let BaselineCommand::Save { run, file, with_answers, out } = command;
    let Named { run, model } = evidence::open(run, out)?;
    let model = one(&run, model)?;
    if *with_answers && run.manifest.suite.data_policy == DataPolicy::LocalOnly {
        let help = "leave --with-answers out: a gate needs no answers";
        return Err(miette!(
            help = help,
            "the suite's data stay on this machine, and a baseline is made to be committed"
        ));
    }
    let baseline = eval_reports::baseline(&run, &model, *with_answers).map_err(told)?;
    if baseline.cases.is_empty() {
        return Err(miette!(help = "finish the run first", "the run {} holds no case of {model}", run.manifest.id));
    }
    save(file, &baseline.text().map_err(told)?)?;
    warn(&run, &model, screen)?;
    let cases = counted(baseline.cases.len(), "case");
    screen.print(&format!("{}: {cases} of {model} on {}\n", file.display(), run.manifest.suite.name))?;
    Ok(Exit::Done)
}

/// Nothing passes a gate against evidence that cannot be used: better told now than by every gate.
fn warn(run: &Run, model: &str, screen: &Screen) -> miette::Result<()> {
    for task in summarize(run).map_err(told)?.tasks {
        let unusable = |row: &&ModelRow| row.model == model && row.verdict == Verdict::Invalid;
        if let Some(reason) = task.models.iter().find(unusable).and_then(|row| row.reasons.first()) {
            screen.note(&format!("note: no gate can pass against this baseline: {}: {reason}", task.task));
        }
    }
    let part = run.manifest.tasks.iter().find(|task| task.cases < task.cases_in_suite);
    if let Some(task) = part {
        let (some, all) = (count(task.cases as u64), count(task.cases_in_suite as u64));
        screen.note(&format!(
            "note: this is a baseline of a part: {} has {some} of its {all} cases, and a run of all cannot pass a gate against it",
            task.name
        ));
    }
    Ok(())
}

/// The model that the baseline is of: the one that was named, or the only one.
fn one(run: &Run, named: Option<String>) -> miette::Result<String> {
    let models = &run.manifest.models;
    let names = || models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(name) = named {
        let help = format!("its models are {}", names());
        let found = models.iter().any(|model| model.name == name);
        return if found {
            Ok(name)
        } else {
            Err(miette!(help = help, "the run {} holds no model {name:?}", run.manifest.id))
        };
    }
    match models.as_slice() {
        [one] => Ok(one.name.clone()),
        _ => {
            let help = format!("say which, as RUN#MODEL: {}", names());
            Err(miette!(
                help = help,
                "the run {} holds {} models, and a baseline holds one",
                run.manifest.id,
                models.len()
            ))
        }
    }
}
