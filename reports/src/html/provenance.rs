use super::models::{ModelFacts, model_facts};
use crate::{
    Run, Summary,
    format::{count, limit, list, moment, percent, size_in_points},
    repeats::repeats,
};
use eval_core::{DataPolicy, ModelRole, TaskInfo};
use serde::Serialize;

/// What went into the run: tables of names and values.
#[derive(Serialize)]
pub(super) struct Provenance {
    run: Vec<(String, String)>,
    /// Of which run that is, where two were brought together.
    joined: Option<String>,
    models: Vec<ModelFacts>,
    judges: Vec<ModelFacts>,
    tasks: Vec<TaskFacts>,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct TaskFacts {
    name: String,
    kind: &'static str,
    cases: String,
    prompt_hash: String,
    cases_hash: String,
    scoring_hash: String,
    max_output_tokens: String,
    trivial: Vec<String>,
}

/// Failed calls and scores of one model and kind.
#[derive(Serialize)]
struct Failure {
    model: String,
    kind: String,
    count: String,
    /// What the first of them said; not where the suite's data stay private.
    message: String,
}

pub(super) fn provenance(run: &Run, summary: &Summary) -> Provenance {
    let manifest = &run.manifest;
    let tasks = manifest.tasks.iter().map(|task| TaskFacts {
        name: task.name.clone(),
        kind: task.kind.as_str(),
        cases: cases(task),
        prompt_hash: task.prompt_hash.clone(),
        cases_hash: task.cases_hash.clone(),
        scoring_hash: task.scoring_hash.clone().unwrap_or_default(),
        max_output_tokens: count(task.max_output_tokens.into()),
        trivial: task.trivial.iter().map(|(name, share)| format!("{name}: {}", percent(Some(*share)))).collect(),
    });
    let failures = run.failures.iter().map(|((model, kind), found)| Failure {
        model: model.clone(),
        kind: kind.clone(),
        count: count(found.count as u64),
        message: if run.redact { String::new() } else { found.message.chars().take(LONGEST_MESSAGE).collect() },
    });
    Provenance {
        run: run_facts(run),
        joined: joined(run),
        models: manifest.models.iter().map(|model| model_facts(model, summary)).collect(),
        judges: manifest.judges.iter().map(|judge| judge_facts(judge, summary)).collect(),
        tasks: tasks.collect(),
        failures: failures.collect(),
    }
}

/// Longer messages are cut, in characters.
const LONGEST_MESSAGE: usize = 300;

/// A judge with what it scored, and how far people agree with it.
fn judge_facts(judge: &eval_core::JudgeInfo, summary: &Summary) -> ModelFacts {
    let task = summary.tasks.iter().find(|task| task.task == judge.task);
    let rows = task.into_iter().flat_map(|task| &task.models).flat_map(|row| row.judged.iter().map(move |j| (row, j)));
    let rows = rows.filter(|(_, judged)| judged.metric == judge.metric);
    let said = rows.map(|(row, judged)| (format!("on {}", row.model), judged.words()));
    let mut facts = model_facts(&judge.model, summary);
    let scored =
        [("scores".to_string(), format!("{} of {}", judge.metric, judge.task)), ("digest".into(), judge.by.clone())];
    facts.facts.splice(0..0, scored.into_iter().chain(said));
    facts
}

/// How many there are, and what is known of them.
fn cases(task: &TaskInfo) -> String {
    let mut words = vec![format!("{} of {}", count(task.cases as u64), count(task.cases_in_suite as u64))];
    words.extend((task.held_out > 0).then(|| format!("{} held out", count(task.held_out as u64))));
    if !task.reviewed.is_empty() {
        let found = task.reviewed.iter().map(|(verdict, n)| format!("{} {}", count(*n as u64), verdict.as_str()));
        let all = count(task.reviewed.values().sum::<usize>() as u64);
        words.push(format!("{all} reviewed by people ({})", found.collect::<Vec<_>>().join(", ")));
    }
    words.join("; ")
}

/// What is told of the other run elsewhere: `None` where there is none.
fn joined(run: &Run) -> Option<String> {
    let others = run.evidence.iter().flatten().find(|found| found.run != run.manifest.id)?;
    let references = run.manifest.models.iter().filter(|model| model.role == ModelRole::Reference);
    let names: Vec<String> = references.map(|model| model.name.clone()).collect();
    Some(format!(
        "These are facts of the candidate's run. {} is from the run {}; where that differs in what was asked, it is said beside the verdict.",
        list(&names),
        others.run
    ))
}

fn run_facts(run: &Run) -> Vec<(String, String)> {
    let manifest = &run.manifest;
    let (suite, machine) = (&manifest.suite, &manifest.machine);
    let decision = &suite.decision;
    let policy = match suite.data_policy {
        DataPolicy::Any => "any",
        DataPolicy::LocalOnly => "local only",
    };
    let concurrency = manifest.concurrency.map_or_else(|| "as the runner chooses".into(), |n| n.to_string());
    let cpu = machine.cpu.as_deref().unwrap_or("processor unknown");
    let sum = |of: fn(&TaskInfo) -> usize| count(manifest.tasks.iter().map(of).sum::<usize>() as u64);
    let decision = format!(
        "margin {} ({} as a share), one-sided alpha {}, at most {} failed calls",
        size_in_points(decision.margin),
        decision.margin,
        decision.alpha,
        limit(decision.max_error_rate)
    );
    [
        ("run", manifest.id.clone()),
        ("started", moment(&manifest.started_at)),
        ("eval", manifest.eval_version.clone()),
        ("suite", format!("{} (given as {})", suite.name, suite.source)),
        ("suite hash", suite.hash.clone()),
        ("cases", format!("{} of the {} of its tasks", sum(|task| task.cases), sum(|task| task.cases_in_suite))),
        ("data policy", policy.into()),
        ("decision", decision),
        ("different decoding or scoring", if manifest.allow_different { "accepted" } else { "not accepted" }.into()),
        ("repeats", repeats(run)),
        ("concurrency", concurrency),
        ("seed", manifest.seed.to_string()),
        ("today, as prompts see it", manifest.date.clone()),
        ("machine", format!("{}, {}, {cpu}, {} cores", machine.os, machine.arch, machine.cores)),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec()
}
