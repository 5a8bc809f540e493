//! Why an answer of a run was bought or not.

use super::{ExplainArgs, plain};
use crate::{exit::Exit, models::cached_as, run_folder::RunFolder, screen::Screen};
use eval_core::{
    Manifest, Outcome, Prompt, Record,
    log::{Log, LogError, RECORDS_FILE},
};
use eval_datasets::LoadedSuite;
use eval_reports::{count, moment};
use eval_runners::cache::{Difference, Key, Nearest, Store};
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};
use serde_json::Value;

/// The most characters of a setting that are shown.
const LONGEST: usize = 60;

pub fn run(args: &ExplainArgs, store: &Store, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let manifest = folder.manifest()?;
    let suite = eval_datasets::load(&manifest.suite.source)?;
    let named = |wanted: &Option<String>, name: &String| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let wanted = |record: &&Record| {
        record.case == args.case && named(&args.task, &record.task) && named(&args.model, &record.model)
    };
    let mut records = Vec::new();
    Log::read(&folder.path().join(RECORDS_FILE), |record, _| {
        records.extend(Some(record).filter(|record| wanted(&record)));
        Ok::<(), LogError>(())
    })
    .into_diagnostic()?;
    let mut found = false;
    for record in &records {
        let (prompt, changed) = asked(record, &manifest, &suite)?;
        if changed && !found {
            screen.note(
                "note: the suite changed since the run: the messages are those of the run, tools, schema and limits \
                 those of now",
            );
        }
        let separator = if found { "\n" } else { "" };
        found = true;
        let model = manifest.models.iter().find(|model| model.name == record.model);
        let key = model.and_then(cached_as).map(|identity| Key::new(&identity, &prompt));
        let text = explained(record, &prompt, &manifest, key.as_ref(), store)?;
        screen.print(&format!("{separator}{text}"))?;
    }
    if found { Ok(Exit::Done) } else { Err(unknown(args, &manifest)) }
}

fn unknown(args: &ExplainArgs, manifest: &Manifest) -> miette::Report {
    let tasks: Vec<&str> = manifest.tasks.iter().map(|task| task.name.as_str()).collect();
    let models: Vec<&str> = manifest.models.iter().map(|model| model.name.as_str()).collect();
    let help = format!("its tasks are {}; its models are {}", tasks.join(", "), models.join(", "));
    let of = args.task.as_ref().map(|task| format!(" of task {task:?}")).unwrap_or_default();
    let by = args.model.as_ref().map(|model| format!(" by model {model:?}")).unwrap_or_default();
    miette!(help = help, "the run {} has no record of a case {:?}{of}{by}", manifest.id, args.case)
}

/// What the model was asked, and whether the suite is another now.
fn asked(record: &Record, manifest: &Manifest, suite: &LoadedSuite) -> miette::Result<(Prompt, bool)> {
    let gone = || {
        let help = format!("it is read from {:?}", manifest.suite.source);
        miette!(help = help, "the suite holds no case {:?} of task {:?} any more", record.case, record.task)
    };
    let task = suite.suite.tasks.iter().find(|task| task.name == record.task).ok_or_else(gone)?;
    let case = task.cases.iter().find(|case| *case.id == *record.case).ok_or_else(gone)?;
    // By whose template it was asked does not matter: the record holds the messages.
    let mut prompt = suite.prompt(task, case, record.repeat, None)?;
    let then = manifest.tasks.iter().find(|then| then.name == task.name);
    let changed = case.hash.to_string() != record.case_hash
        || then.is_none_or(|then| then.prompt_hash != suite.prompt_hash(task));
    prompt.messages.clone_from(&record.prompt);
    Ok((prompt, changed))
}

/// A record's part of the answer.
fn explained(
    record: &Record,
    prompt: &Prompt,
    manifest: &Manifest,
    key: Option<&Key>,
    store: &Store,
) -> miette::Result<String> {
    let repeat = if record.repeat > 0 { format!(", repeat {}", record.repeat) } else { String::new() };
    let title = format!("case {} of {}{repeat}, model {}", record.case, record.task, record.model);
    let mut text = plain(&title) + "\n";
    let Some(key) = key else {
        return Ok(text + "  never in the cache: this model's answers are not kept\n");
    };
    let entry = store.get(key);
    let problems = store.problems();
    let before = entry.as_ref().map(|entry| entry.created.as_str());
    let nearest = store.nearest(key, &prompt.id, before).into_diagnostic()?;
    text += &match &entry {
        Some(entry) if record.cached => {
            return Ok(text + &format!("  came from the cache, where it is since {}\n", moment(&entry.created)));
        }
        Some(entry) if is_before(&entry.created, &manifest.started_at) => {
            format!("  in the cache since {}, before this run, which did not read it\n", moment(&entry.created))
        }
        Some(entry) => {
            format!("  in the cache since {}, when this run or a later one bought it\n", moment(&entry.created))
        }
        None if record.cached => "  came from the cache, which does not hold it any more\n".into(),
        None if record.outcome == Outcome::RunnerFailed => {
            "  not in the cache: the call failed, and failures are not kept\n".into()
        }
        None => "  not in the cache\n".into(),
    };
    text += &match (&nearest, &entry) {
        (Some(nearest), None) => differing(nearest, ""),
        (Some(nearest), Some(_)) => differing(nearest, "older "),
        (None, None) => "  there is no other answer in it\n".into(),
        (None, Some(_)) => "  there is no older answer\n".into(),
    };
    for problem in problems {
        text += &format!("  {}\n", plain(&problem));
    }
    Ok(text)
}

fn is_before(created: &str, began: &str) -> bool {
    let read = |time: &str| time.parse::<Timestamp>().ok();
    read(created).zip(read(began)).is_some_and(|(created, began)| created < began)
}

fn differing(nearest: &Nearest, older: &str) -> String {
    let of = match nearest.among {
        1 => format!("the only {older}answer"),
        many => format!("the nearest of {} {older}answers", count(many)),
    };
    let case = if nearest.same_case { "the same case" } else { "another case" };
    let differences = &nearest.differences;
    let width = differences.iter().map(|difference| difference.part.chars().count()).max().unwrap_or(0);
    let lines = differences.iter().map(|difference| {
        let part = plain(&difference.part);
        format!("    {part:<width$}   {}\n", sides(difference))
    });
    let bought = moment(&nearest.created);
    format!("  {of} was bought {bought} for {case} and differs in\n") + &lines.collect::<String>()
}

fn sides(difference: &Difference) -> String {
    let said = |value: &Option<Value>| value.as_ref().map_or("none".into(), short);
    match (&difference.here, &difference.there) {
        (Some(_), Some(_)) if difference.is_text() => "other text".into(),
        (Some(_), None) if difference.is_text() => "only here".into(),
        (None, Some(_)) if difference.is_text() => "only there".into(),
        (here, there) => format!("{} here, {} there", said(here), said(there)),
    }
}

fn short(value: &Value) -> String {
    let text = plain(&value.as_str().map_or_else(|| value.to_string(), String::from));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
