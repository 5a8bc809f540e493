//! `eval plan`.

use crate::{
    args::{PlanArgs, PlanFormat},
    evidence::{self, told},
    exit::Exit,
    screen::Screen,
};
use eval_reports::{Assumptions, Pilot, Style, pilot, sizing, sizing_terminal};
use miette::{IntoDiagnostic, miette};
use serde_json::json;
use std::collections::BTreeMap;

pub fn run(args: &PlanArgs, screen: &Screen) -> miette::Result<Exit> {
    let loaded = eval_datasets::load(&args.suite)?;
    let rules = loaded.suite.decision;
    let assumed = Assumptions {
        margin: args.margin.unwrap_or(rules.margin),
        alpha: rules.alpha,
        power: args.power,
        discordance: args.discordance,
        difference: args.difference,
    };
    if assumed.difference <= -assumed.margin {
        let help = "a loss of the margin or more is what the verdict is to find out, not to pass";
        return Err(miette!(help = help, "a true difference of {} is at or past the margin", assumed.difference));
    }
    let pilot = read_pilot(args, &loaded.suite.name)?;
    let tasks: Vec<(String, usize)> =
        loaded.suite.tasks.iter().map(|task| (task.name.clone(), task.cases.len())).collect();
    for (task, _) in tasks.iter().filter(|(task, _)| !args.pilot.is_empty() && !pilot.contains_key(task)) {
        screen.note(&format!(
            "note: the pilot has no pair of {task}: {} of its cases are taken as discordant",
            args.discordance
        ));
    }
    let rows = sizing(&tasks, &pilot, &assumed);
    match args.format {
        PlanFormat::Text => {
            let style = Style { width: screen.width(), color: screen.color };
            screen.print(&sizing_terminal(&loaded.suite.name, &rows, &assumed, style))?;
        }
        PlanFormat::Json => {
            let whole = json!({ "suite": loaded.suite.name, "assumed": assumed, "tasks": rows });
            screen.print(&(serde_json::to_string_pretty(&whole).into_diagnostic()? + "\n"))?;
        }
    }
    Ok(Exit::Done)
}

/// What the pilot shows: of one run that holds both models, or of two.
fn read_pilot(args: &PlanArgs, suite: &str) -> miette::Result<BTreeMap<String, Pilot>> {
    let run = match args.pilot.as_slice() {
        [] => return Ok(BTreeMap::new()),
        [one] => evidence::together(evidence::open(one, &args.out)?, None)?,
        [candidate, reference] => {
            let reference = evidence::open(reference, &args.out)?;
            evidence::together(evidence::open(candidate, &args.out)?, Some(reference))?
        }
        more => return Err(miette!("a pilot is one run or two, not {}", more.len())),
    };
    if run.manifest.suite.name != suite {
        let help = "tasks of another suite differ in how often models disagree";
        return Err(miette!(help = help, "the pilot is of the suite {:?}, not of {suite:?}", run.manifest.suite.name));
    }
    pilot(&run).map_err(told)
}
