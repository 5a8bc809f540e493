use crate::format::{UNKNOWN, count, limit, moment};
use eval_core::{DataPolicy, Manifest, ModelInfo, ModelRole, TaskInfo};
use serde::Serialize;
use serde_json::Value;

/// What went into the run: tables of names and values.
#[derive(Serialize)]
pub(super) struct Provenance {
    run: Vec<(String, String)>,
    models: Vec<ModelFacts>,
    tasks: Vec<TaskFacts>,
}

#[derive(Serialize)]
struct ModelFacts {
    name: String,
    role: &'static str,
    facts: Vec<(String, String)>,
}

#[derive(Serialize)]
struct TaskFacts {
    name: String,
    kind: &'static str,
    cases: String,
    prompt_hash: String,
    cases_hash: String,
    max_output_tokens: String,
    trivial: Vec<String>,
}

pub(super) fn provenance(manifest: &Manifest) -> Provenance {
    let tasks = manifest.tasks.iter().map(|task| TaskFacts {
        name: task.name.clone(),
        kind: task.kind.as_str(),
        cases: cases(task),
        prompt_hash: task.prompt_hash.clone(),
        cases_hash: task.cases_hash.clone(),
        max_output_tokens: count(task.max_output_tokens.into()),
        trivial: task
            .trivial
            .iter()
            .map(|(name, share)| format!("{name}: {}", crate::format::percent(Some(*share))))
            .collect(),
    });
    Provenance {
        run: run_facts(manifest),
        models: manifest.models.iter().map(model_facts).collect(),
        tasks: tasks.collect(),
    }
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

fn run_facts(manifest: &Manifest) -> Vec<(String, String)> {
    let (suite, machine) = (&manifest.suite, &manifest.machine);
    let decision = &suite.decision;
    let policy = match suite.data_policy {
        DataPolicy::Any => "any",
        DataPolicy::LocalOnly => "local only",
    };
    let concurrency = manifest.concurrency.map_or_else(|| "as the runner chooses".into(), |n| n.to_string());
    let cpu = machine.cpu.as_deref().unwrap_or("processor unknown");
    [
        ("run", manifest.id.clone()),
        ("started", moment(&manifest.started_at)),
        ("eval", manifest.eval_version.clone()),
        ("suite", format!("{} (given as {})", suite.name, suite.source)),
        ("suite hash", suite.hash.clone()),
        ("data policy", policy.into()),
        (
            "decision",
            format!(
                "margin {}, one-sided alpha {}, at most {} failed calls",
                limit(decision.margin),
                decision.alpha,
                limit(decision.max_error_rate)
            ),
        ),
        ("repeats", manifest.repeats.to_string()),
        ("concurrency", concurrency),
        ("seed", manifest.seed.to_string()),
        ("today, as prompts see it", manifest.date.clone()),
        ("machine", format!("{}, {}, {cpu}, {} cores", machine.os, machine.arch, machine.cores)),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec()
}

fn model_facts(model: &ModelInfo) -> ModelFacts {
    let mut facts = vec![("runner".to_string(), model.runner.clone())];
    flatten("settings", "", &model.settings, &mut facts);
    flatten("details", "", &model.details, &mut facts);
    facts.extend(model.prompts.iter().map(|(task, hash)| (format!("own prompt · {task}"), hash.clone())));
    let price = model.price.as_ref().map_or_else(
        || format!("{UNKNOWN} (unknown)"),
        |price| {
            let cached = price.cached_input.map(|x| format!(", cached input ${x}")).unwrap_or_default();
            let day = price.as_of.as_ref().map(|day| format!(", as of {day}")).unwrap_or_default();
            format!("input ${}{cached}, output ${} per million tokens{day}", price.input, price.output)
        },
    );
    match &model.hosting {
        Some(hosting) => flatten("hosting", "hosting", &serde_json::to_value(hosting).unwrap_or_default(), &mut facts),
        None => facts.push(("price".into(), price)),
    }
    let role = match model.role {
        ModelRole::Candidate => "candidate",
        ModelRole::Reference => "reference",
        ModelRole::Judge => "judge",
    };
    ModelFacts { name: model.name.clone(), role, facts }
}

/// An object as rows named by their path, anything else as one row of this name.
fn flatten(name: &str, path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path} · {key}") };
                flatten(name, &path, value, rows);
            }
        }
        Value::Null => {}
        leaf => {
            let name = if path.is_empty() { name } else { path };
            rows.push((name.into(), leaf.as_str().map_or_else(|| leaf.to_string(), String::from)));
        }
    }
}
