//! `eval suites check`.

use super::people;
use crate::{
    args::{CheckArgs, CheckFormat},
    exit::Exit,
    plan::scorer,
    screen::{Screen, counted},
};
use eval_datasets::{Foretold, Place, Shortcut, Soundness, TaskSoundness, Warning};
use miette::IntoDiagnostic;
use serde_json::json;

/// Places of a warning that are named.
const PLACES: usize = 5;

pub fn run(args: &CheckArgs, screen: &Screen) -> miette::Result<Exit> {
    let loaded = eval_datasets::load(&args.suite)?;
    for task in &loaded.suite.tasks {
        scorer(&loaded, task)?;
    }
    let soundness = loaded.soundness();
    let name = &loaded.suite.name;
    let cases = || loaded.suite.tasks.iter().flat_map(|task| &task.cases);
    match args.format {
        CheckFormat::Text => screen.print(&text(name, &soundness, people::reviewed(cases())))?,
        CheckFormat::Json => {
            let mut whole = json!({"v": 1, "suite": name, "tasks": soundness.tasks, "warnings": soundness.warnings});
            whole["reviewed"] = json!(people::verdicts(cases()));
            screen.print(&(serde_json::to_string_pretty(&whole).into_diagnostic()? + "\n"))?;
        }
    }
    Ok(if args.strict && !soundness.warnings.is_empty() { Exit::Warned } else { Exit::Done })
}

fn text(name: &str, soundness: &Soundness, people: Option<String>) -> String {
    let cases: usize = soundness.tasks.iter().map(|task| task.cases).sum();
    let (tasks, cases) = (counted(soundness.tasks.len(), "task"), counted(cases, "case"));
    let mut text = format!("{name} is valid: {tasks}, {cases}, every prompt renders\n");
    soundness.tasks.iter().for_each(|task| text += &format!("  {}\n", size(task)));
    text.extend(people.map(|words| format!("  {words}\n")));
    text += &shortcuts(&soundness.tasks);
    match soundness.warnings.len() {
        0 => text += "\nno warnings\n",
        some => text += &format!("\n{}\n", counted(some, "warning")),
    }
    soundness.warnings.iter().for_each(|warning| text += &told(warning));
    text
}

/// What a task's size is good for.
fn size(task: &TaskSoundness) -> String {
    let (cases, declining) = (task.cases, task.declining);
    let share = percent(declining as f64 / cases as f64);
    let points = 100.0 * task.margin;
    let wanted = match task.cases_wanted {
        Some(wanted) if cases >= wanted => format!("is served by about {wanted} cases"),
        Some(wanted) => format!("wants about {wanted} cases"),
        None => "wants more than a million cases".into(),
    };
    let cases = counted(cases, "case");
    let clustered = match task.largest_design_effect {
        none if none <= 1.0 => String::new(),
        most => format!(", by up to {most:.1} times as many where the cases of a cluster are right or wrong together"),
    };
    format!(
        "{}: {cases}, {declining} of them ({share}) declining; a margin of {points} points {wanted}{clustered}",
        task.task
    )
}

/// What is right without reading, beside the bars, and what that means.
fn shortcuts(tasks: &[TaskSoundness]) -> String {
    let found: Vec<(&TaskSoundness, &Shortcut)> =
        tasks.iter().flat_map(|task| task.shortcuts.iter().map(move |shortcut| (task, shortcut))).collect();
    if found.is_empty() {
        return String::new();
    }
    let head = ["task", "foretold", "commonest", "one word", "nearest words", "bar"].map(String::from);
    let row = |(task, shortcut): &(&TaskSoundness, &Shortcut)| {
        let bar = task.bar.filter(|_| shortcut.foretold.is_the_answer());
        [
            task.task.clone(),
            what(shortcut.foretold).into(),
            percent(shortcut.majority),
            percent(shortcut.keyword),
            percent(shortcut.neighbour),
            bar.map_or("—".into(), percent),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(found.iter().map(row)).collect();
    let mut text = String::from("\nright without reading\n");
    text += &aligned(&rows);
    found.iter().filter_map(|(task, shortcut)| meant(task, shortcut)).for_each(|line| text += &format!("  {line}\n"));
    text
}

/// What a row of the table means.
fn meant(task: &TaskSoundness, shortcut: &Shortcut) -> Option<String> {
    let (name, best, majority) = (&task.task, percent(shortcut.best()), percent(shortcut.majority));
    match shortcut.foretold {
        Foretold::Label | Foretold::WholeCalls => Some(match task.bar.map(percent) {
            Some(bar) => format!("{name}: a rule that reads nothing gets {best}; the bar is {bar}"),
            None => format!("{name}: a rule that reads nothing gets {best}; no bar is set"),
        }),
        Foretold::Declining => Some(format!(
            "{name}: such a rule tells in {best} whether declining is right; always saying the same is right in {majority}"
        )),
        Foretold::CalledNames => None,
    }
}

fn what(foretold: Foretold) -> &'static str {
    match foretold {
        Foretold::Label => "the label",
        Foretold::CalledNames => "the functions called",
        Foretold::WholeCalls => "the whole calls",
        Foretold::Declining => "whether to decline",
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (100.0 * share).round())
}

/// Columns as wide as they need be: the first two are words, the others numbers.
fn aligned(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let cell = |column: usize, text: &String| match column {
        0 | 1 => format!("{text:<0$}", width(column)),
        _ => format!("{text:>0$}", width(column)),
    };
    let line = |row: &[String; 6]| {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, text)| cell(column, text)).collect();
        format!("  {}\n", cells.join("  "))
    };
    rows.iter().map(line).collect()
}

fn told(warning: &Warning) -> String {
    let mut text = format!("  {}: {}\n", warning.task, warning.message);
    for Place { file, line, case, note } in warning.places.iter().take(PLACES) {
        let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        text += &format!("    {file}:{line} {}{note}\n", plain(case));
    }
    if warning.places.len() > PLACES {
        text += &format!("    and {} more\n", warning.places.len() - PLACES);
    }
    text
}

/// What a case file says is not trusted with the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
