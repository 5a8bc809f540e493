//! How two runs differ, beside their models: what a reader must know of a comparison across runs.

use crate::format::{count, how_often, list};
use eval_core::{Manifest, ModelInfo, TaskInfo};

/// In sentences, the candidate's run first; empty where both were asked the same in the same way.
pub(crate) fn differences(
    ours: &Manifest,
    candidates: &[&ModelInfo],
    theirs: &Manifest,
    reference: &ModelInfo,
) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(tasks_of_one(ours, theirs));
    for task in &ours.tasks {
        let other = theirs.tasks.iter().find(|other| other.name == task.name);
        found.extend(other.and_then(|other| of_task(task, other, candidates, reference)));
    }
    let (rules, other) = (&ours.suite.decision, &theirs.suite.decision);
    if rules != other {
        let pairs = [
            ("margin", rules.margin.to_string(), other.margin.to_string()),
            ("alpha", rules.alpha.to_string(), other.alpha.to_string()),
            ("max_error_rate", rules.max_error_rate.to_string(), other.max_error_rate.to_string()),
            (
                "allow_uncalibrated_judge",
                rules.allow_uncalibrated_judge.to_string(),
                other.allow_uncalibrated_judge.to_string(),
            ),
        ];
        let differ = pairs.iter().filter(|(_, ours, theirs)| ours != theirs);
        let parts: Vec<String> = differ.map(|(name, ours, theirs)| format!("{name} {ours} and {theirs}")).collect();
        found.push(format!("The rules differ: {}; the candidate's hold.", list(&parts)));
    }
    if ours.repeats != theirs.repeats {
        found.push(format!("Cases were asked {} and {}.", how_often(ours.repeats), how_often(theirs.repeats)));
    }
    // Chat templates may name the day; where a server renders them, it is the server's.
    let names_the_day = ours.models.iter().chain([reference]).any(|model| model.runner == "candle");
    if names_the_day && ours.date != theirs.date {
        found.push(format!("Prompts that name today's date saw {} and {}.", ours.date, theirs.date));
    }
    if ours.eval_version != theirs.eval_version {
        found.push(format!("eval {} and {} scored them.", ours.eval_version, theirs.eval_version));
    }
    found.extend(same_model(ours, reference));
    found
}

fn tasks_of_one(ours: &Manifest, theirs: &Manifest) -> Vec<String> {
    let only = |here: &Manifest, there: &Manifest| {
        let missing = here.tasks.iter().filter(|task| !there.tasks.iter().any(|other| other.name == task.name));
        missing.map(|task| task.name.clone()).collect::<Vec<_>>()
    };
    let (left, right) = (only(ours, theirs), only(theirs, ours));
    let said = |tasks: Vec<String>, id: &str| {
        let word = if tasks.len() == 1 { "task" } else { "tasks" };
        (!tasks.is_empty()).then(|| format!("Only the run {id} has the {word} {}.", list(&tasks)))
    };
    said(left, &ours.id).into_iter().chain(said(right, &theirs.id)).collect()
}

/// What of a task differs, in one sentence.
fn of_task(ours: &TaskInfo, theirs: &TaskInfo, candidates: &[&ModelInfo], reference: &ModelInfo) -> Option<String> {
    let mut parts = Vec::new();
    if ours.kind != theirs.kind {
        parts.push(format!("its kind ({} and {})", ours.kind, theirs.kind));
    }
    if ours.cases_hash != theirs.cases_hash {
        let (a, b) = (count(ours.cases as u64), count(theirs.cases as u64));
        parts.push(if a == b { "its cases".into() } else { format!("its cases ({a} and {b})") });
    }
    if candidates.iter().any(|candidate| candidate.prompt_hash(ours) != reference.prompt_hash(theirs)) {
        parts.push("what makes its prompts (template, schema, tools, labels or limits)".into());
    }
    if ours.max_output_tokens != theirs.max_output_tokens {
        parts.push(format!("its limit of output tokens ({} and {})", ours.max_output_tokens, theirs.max_output_tokens));
    }
    if ours.accept_recovered != theirs.accept_recovered {
        parts.push("whether JSON dug out of prose counts".into());
    }
    if ours.scoring_hash != theirs.scoring_hash && ours.scoring_hash.is_some() && theirs.scoring_hash.is_some() {
        parts.push("what makes an answer right".into());
    }
    if ours.bars != theirs.bars {
        parts.push("its bars".into());
    }
    (!parts.is_empty()).then(|| format!("{} differs in {}.", ours.name, list(&parts)))
}

/// Where the same model stands on both sides, what was asked of it in another way.
fn same_model(ours: &Manifest, reference: &ModelInfo) -> Option<String> {
    let same = ours.models.iter().find(|model| model.name == reference.name)?;
    let keys = |info: &ModelInfo| info.settings.as_object().cloned().unwrap_or_default();
    let (a, b) = (keys(same), keys(reference));
    let mut differ: Vec<String> = a
        .keys()
        .chain(b.keys().filter(|key| !a.contains_key(*key)))
        // Prompts are compared by what they say.
        .filter(|key| *key != "prompts" && a.get(*key) != b.get(*key))
        .cloned()
        .collect();
    differ.extend((same.runner != reference.runner).then(|| "runner".into()));
    let decoding = |info: &ModelInfo| info.details["decoding"].clone();
    differ.extend((decoding(same) != decoding(reference)).then(|| "decoding".into()));
    let verb = if differ.len() == 1 { "differs" } else { "differ" };
    (!differ.is_empty()).then(|| format!("{} was set up in another way: {} {verb}.", reference.name, list(&differ)))
}
