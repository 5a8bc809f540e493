//! `eval suites`.

mod check;
mod people;
mod record;

use crate::{
    args::SuitesCommand,
    exit::Exit,
    screen::{Screen, counted},
};
use eval_core::{DataPolicy, Task};
use eval_datasets::Recorded;
use std::collections::BTreeMap;

pub fn run(command: SuitesCommand, screen: &Screen) -> miette::Result<Exit> {
    match command {
        SuitesCommand::List => list(screen),
        SuitesCommand::Show { suite } => show(&suite, screen),
        SuitesCommand::Check(args) => check::run(&args, screen),
        SuitesCommand::Record(args) => record::run(&args, screen),
    }
}

fn list(screen: &Screen) -> miette::Result<Exit> {
    for suite in eval_datasets::built_in() {
        screen.print(&format!("{:<18} {}\n", suite.name, suite.description))?;
    }
    screen.print("\nA suite of your own: eval init my-suite\n")?;
    Ok(Exit::Done)
}

fn show(name: &str, screen: &Screen) -> miette::Result<Exit> {
    let loaded = eval_datasets::load(name)?;
    let suite = &loaded.suite;
    let policy = match suite.data_policy {
        DataPolicy::Any => "data may go to any runner",
        DataPolicy::LocalOnly => "data stays on this machine",
    };
    let rules = suite.decision;
    screen.print(&format!(
        "{}\n{}\n{policy}; margin {}, alpha {}, at most {} of the calls may fail\n",
        suite.name, suite.description, rules.margin, rules.alpha, rules.max_error_rate
    ))?;
    for task in &suite.tasks {
        let declining = task.cases.iter().filter(|case| case.should_decline).count();
        screen.print(&format!(
            "\n{} ({}): {}, {declining} of them where declining is right\n",
            task.name,
            task.kind,
            counted(task.cases.len(), "case")
        ))?;
        if !task.labels.is_empty() {
            screen.print(&format!("  labels  {}\n", task.labels.join(", ")))?;
        }
        if !task.tools.is_empty() {
            let names: Vec<&str> = task.tools.iter().map(|tool| tool.name()).collect();
            screen.print(&format!("  tools   {}\n", names.join(", ")))?;
        }
        screen.print(&format!("  bars    {}\n", bars(task)))?;
        screen.print(&format!("  tags    {}\n", tags(task)))?;
        for words in people::held_out(task).into_iter().chain(people::reviewed(&task.cases)) {
            screen.print(&format!("  {words}\n"))?;
        }
    }
    for name in Recorded::names(name)? {
        screen.print(&format!("\nrecorded:{name}  answers of a model that were recorded, to compare with\n"))?;
    }
    Ok(Exit::Done)
}

fn bars(task: &Task) -> String {
    let limit = |(name, bar): (&String, &eval_core::Bar)| {
        let min = bar.min.map(|min| format!("{name} at least {min}"));
        let max = bar.max.map(|max| format!("{name} at most {max}"));
        min.into_iter().chain(max).collect::<Vec<_>>().join(" and ")
    };
    let bars: Vec<String> = task.bars.iter().map(limit).collect();
    if bars.is_empty() { "none".into() } else { bars.join(", ") }
}

fn tags(task: &Task) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in task.cases.iter().flat_map(|case| &case.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    let tags: Vec<String> = counts.iter().map(|(tag, count)| format!("{tag} {count}")).collect();
    if tags.is_empty() { "none".into() } else { tags.join(", ") }
}
