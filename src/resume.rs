//! Going on with an interrupted run: only where suite and models are what they were.

use crate::{
    args::RunArgs,
    models::identity,
    plan::{self, Plan},
    run_folder::RunFolder,
    screen::Screen,
};
use eval_core::{Manifest, ModelInfo, Record, Tally, log::LogWriter};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::{BTreeMap, HashSet};

/// A run that is to be gone on with.
pub struct Resumed {
    folder: RunFolder,
    /// As it was written when the run began.
    pub manifest: Manifest,
}

/// What is finished of one model's run: no record is kept.
#[derive(Debug, Default)]
pub struct Finished {
    /// By [`plan::key`].
    pub keys: HashSet<u64>,
    /// By task.
    pub tallies: BTreeMap<String, Tally>,
}

impl Finished {
    fn add(&mut self, record: &Record) {
        self.keys.insert(plan::key(&record.task, &record.case, record.repeat));
        self.tallies.entry(record.task.clone()).or_default().add(record);
    }
}

/// Finds the run.
pub fn open(id: &str, args: &RunArgs) -> miette::Result<Resumed> {
    let folder = RunFolder::find(id, &args.out)?;
    let manifest = folder.manifest()?;
    Ok(Resumed { folder, manifest })
}

impl Resumed {
    /// The arguments that the run began with; how fast it goes, and where its configuration lies, may be said anew.
    pub fn arguments(&self, given: &RunArgs) -> miette::Result<RunArgs> {
        let stored: RunArgs = serde_json::from_value(self.manifest.arguments.clone())
            .into_diagnostic()
            .wrap_err("this run was written by another version of eval and cannot be gone on with")?;
        Ok(RunArgs {
            concurrency: given.concurrency.or(stored.concurrency),
            cache: given.cache.or(stored.cache),
            cache_dir: given.cache_dir.clone().or(stored.cache_dir),
            judge: given.judge.clone().or(stored.judge),
            max_cost: given.max_cost.or(stored.max_cost),
            config: given.config.clone().or(stored.config),
            out: given.out.clone(),
            ..stored
        })
    }

    /// Refuses where the records so far would not fit the ones to come, and says what changed.
    pub fn check(&self, plan: &Plan, models: &[ModelInfo]) -> miette::Result<()> {
        let mut changed = Vec::new();
        let mut compare = |what: String, same: bool| {
            if !same {
                changed.push(what);
            }
        };
        let before = &self.manifest;
        compare(
            format!("the version of eval: it was {}, this is {}", before.eval_version, env!("CARGO_PKG_VERSION")),
            before.eval_version == env!("CARGO_PKG_VERSION"),
        );
        let tasks = plan.task_infos();
        for (old, new) in before.tasks.iter().zip(&tasks) {
            let name = &old.name;
            compare(
                format!("task {name}: its prompt, schema, tools, labels or limits"),
                old.prompt_hash == new.prompt_hash,
            );
            compare(format!("task {name}: its cases"), old.cases_hash == new.cases_hash);
            let rules = |task: &eval_core::TaskInfo| (task.metrics.clone(), task.bars.clone(), task.accept_recovered);
            compare(format!("task {name}: its metrics or bars"), rules(old) == rules(new));
        }
        compare("the list of tasks".into(), before.tasks.len() == tasks.len());
        for (old, new) in before.models.iter().zip(models) {
            let (was, is) = (identity(old), identity(new));
            let keys = differing(&was, &is, "");
            compare(format!("model {}: {}", old.name, keys.join(", ")), old.name == new.name && keys.is_empty());
        }
        compare("the list of models".into(), before.models.len() == models.len());
        let rules = (before.suite.decision, before.suite.data_policy);
        let suite = &plan.suite.suite;
        compare("the suite's decision rules or data policy".into(), rules == (suite.decision, suite.data_policy));
        if changed.is_empty() {
            return Ok(());
        }
        Err(miette!(
            help = "undo the change, or begin a new run",
            "the run {} cannot be gone on with, because this changed since it began:\n  {}",
            before.id,
            changed.join("\n  ")
        ))
    }

    /// The log to go on with, and what is finished of each model.
    pub fn go_on(self, screen: &Screen) -> miette::Result<(RunFolder, LogWriter, BTreeMap<String, Finished>)> {
        let mut finished: BTreeMap<String, Finished> = BTreeMap::new();
        let (log, writer) = self.folder.resume_log(|record| match finished.get_mut(&record.model) {
            Some(known) => known.add(&record),
            None => finished.entry(record.model.clone()).or_default().add(&record),
        })?;
        if let Some(line) = log.torn_line {
            screen.note(&format!(
                "note: line {line} of the record log was cut off and is dropped; its case is asked again"
            ));
        }
        screen.note(&format!("going on with {}: {} records are there", self.manifest.id, log.records));
        Ok((self.folder, writer, finished))
    }
}

/// The paths at which two values differ.
fn differing(a: &serde_json::Value, b: &serde_json::Value, path: &str) -> Vec<String> {
    use serde_json::Value::Object;
    match (a, b) {
        (Object(a), Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            let at = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            let null = serde_json::Value::Null;
            let get =
                |map: &serde_json::Map<String, serde_json::Value>, key: &str| map.get(key).unwrap_or(&null).clone();
            keys.into_iter().flat_map(|key| differing(&get(a, key), &get(b, key), &at(key))).collect()
        }
        _ if a == b => Vec::new(),
        _ => vec![path.to_string()],
    }
}
