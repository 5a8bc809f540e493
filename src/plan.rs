//! What a run will ask: the suite, its scorers, the selected cases and their order.

mod judged;
mod parts;

pub use judged::JudgedTask;

use crate::{args::RunArgs, models::ModelSpec};
use eval_core::{
    ArgumentRule, Case, MANIFEST_VERSION, MachineInfo, Manifest, MetricSpec, ModelInfo, Selection, SuiteInfo, Task,
    TaskInfo, TaskScorer,
    engine::{Job, order_key},
    hash_json,
};
use eval_datasets::{LoadedSuite, OwnPrompts, SuiteError};
use miette::{IntoDiagnostic, Report, miette};
use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// A run's work: the same for every model, but for prompts of its own.
pub struct Plan {
    /// The suite.
    pub suite: LoadedSuite,
    /// What templates see as today, `YYYY-MM-DD`.
    pub date: String,
    selection: Selection,
    seed: u64,
    repeats: u32,
    tasks: Vec<PlannedTask>,
    /// By model, where it has any.
    own_prompts: BTreeMap<String, OwnPrompts>,
}

struct PlannedTask {
    /// Its place in the suite.
    index: usize,
    cases: Vec<Arc<Case>>,
    scorer: Arc<TaskScorer>,
    /// The scorer's, with the names of the judges.
    specs: Vec<MetricSpec>,
}

/// A finished case among those of one model: so short that two of a million cases share one once in tens of millions of
/// runs.
pub fn key(task: &str, case: &str, repeat: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (task, case, repeat).hash(&mut hasher);
    hasher.finish()
}

impl Plan {
    /// Loads the suite and the models' own prompts, compiles the scorers and selects the cases.
    pub fn make(args: &RunArgs, specs: &[ModelSpec], date: String) -> miette::Result<Self> {
        let source = args.suite.as_deref().unwrap_or_default();
        let suite = eval_datasets::load(source)?;
        let with_own = specs.iter().filter(|spec| !spec.settings.prompts.is_empty());
        let own_prompts = with_own.map(|spec| Ok((spec.name.clone(), own_prompts(&suite, spec)?)));
        let own_prompts = own_prompts.collect::<miette::Result<_>>()?;
        let selection = Selection {
            tasks: args.tasks.clone(),
            tags: args.tags.clone(),
            limit: args.limit,
            sample: args.sample,
            part: args.part.map(Into::into),
        };
        let names: Vec<&str> = suite.suite.tasks.iter().map(|task| task.name.as_str()).collect();
        if let Some(unknown) = args.tasks.iter().find(|task| !names.contains(&task.as_str())) {
            let help = format!("its tasks are {}", names.join(", "));
            return Err(miette!(help = help, "the suite {:?} has no task {unknown:?}", suite.suite.name));
        }
        parts::check(&suite, selection.part)?;
        let wanted = |task: &Task| args.tasks.is_empty() || args.tasks.contains(&task.name);
        let mut tasks = Vec::new();
        for (index, task) in suite.suite.tasks.iter().enumerate().filter(|(_, task)| wanted(task)) {
            let scorer = scorer(&suite, task)?;
            let cases = eval_datasets::select(task, &selection, args.seed);
            if !cases.is_empty() {
                let specs = scorer.specs.clone();
                tasks.push(PlannedTask { index, cases, scorer, specs });
            }
        }
        if tasks.is_empty() {
            let help = format!("`eval suites show {source}` lists tasks and tags");
            return Err(miette!(help = help, "the selection leaves no case of the suite {:?}", suite.suite.name));
        }
        Ok(Self { suite, date, selection, seed: args.seed, repeats: args.repeat, tasks, own_prompts })
    }

    /// All cases that are asked, by task and id.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.tasks.iter().flat_map(|planned| &planned.cases)
    }

    /// The tasks that are asked, each with its selected cases.
    pub fn asked(&self) -> Vec<(&Task, &[Arc<Case>])> {
        self.tasks.iter().map(|task| (&self.suite.suite.tasks[task.index], &task.cases[..])).collect()
    }

    /// Each task's name and number of records for one model.
    pub fn sizes(&self) -> Vec<(String, usize)> {
        let size = |planned: &PlannedTask| planned.cases.len() * self.repeats as usize;
        self.tasks.iter().map(|planned| (self.task(planned).name.clone(), size(planned))).collect()
    }

    /// A model's jobs that are not finished, in the run's seeded order over all tasks, so that a run cut short is a
    /// sample of each. Prompts are rendered as they are drawn; `shared` has them say what they have in common.
    pub fn jobs<'a>(
        &'a self,
        model: &'a str,
        finished: Option<&'a HashSet<u64>>,
        shared: bool,
    ) -> impl Iterator<Item = Result<Job, SuiteError>> + 'a {
        let cases = self.tasks.iter().flat_map(|planned| planned.cases.iter().map(move |case| (planned, case)));
        let mut order: Vec<(u64, u32, u32)> = Vec::new();
        for ((_, case), place) in cases.zip(0..) {
            for repeat in 0..self.repeats {
                let open = finished.is_none_or(|finished| !finished.contains(&key(&case.task, &case.id, repeat)));
                if open {
                    order.push((order_key(self.seed, &case.hash.to_string(), repeat), repeat, place));
                }
            }
        }
        order.sort_unstable();
        order.into_iter().filter_map(|(_, repeat, place)| self.case(place as usize).map(|found| (found, repeat))).map(
            move |((planned, case), repeat)| {
                let (task, own) = (self.task(planned), self.own_prompts.get(model));
                let mut prompt = self.suite.prompt(task, case, repeat, own)?;
                if shared {
                    prompt.shared = self.suite.shared(task, case, &prompt, own);
                }
                Ok(Job { case: case.clone(), prompt, scorer: planned.scorer.clone() })
            },
        )
    }

    /// The case at this place among those of all tasks.
    fn case(&self, mut place: usize) -> Option<(&PlannedTask, &Arc<Case>)> {
        for planned in &self.tasks {
            match planned.cases.get(place) {
                Some(case) => return Some((planned, case)),
                None => place -= planned.cases.len(),
            }
        }
        None
    }

    /// The manifest of a run of this plan.
    pub fn manifest(
        &self,
        id: String,
        started_at: String,
        args: &RunArgs,
        models: Vec<ModelInfo>,
    ) -> miette::Result<Manifest> {
        let suite = &self.suite.suite;
        Ok(Manifest {
            v: MANIFEST_VERSION,
            id,
            started_at,
            eval_version: env!("CARGO_PKG_VERSION").into(),
            suite: SuiteInfo {
                name: suite.name.clone(),
                source: self.suite.source.clone(),
                description: suite.description.clone(),
                hash: suite.hash.clone(),
                data_policy: suite.data_policy,
                decision: suite.decision,
            },
            tasks: self.task_infos(),
            models,
            selection: self.selection.clone(),
            repeats: self.repeats,
            concurrency: args.concurrency,
            seed: self.seed,
            date: self.date.clone(),
            allow_different: args.gate_options.allow_different,
            judges: Vec::new(),
            allow_uncalibrated_judge: args.gate_options.allow_uncalibrated_judge,
            machine: machine(),
            notes: Vec::new(),
            arguments: serde_json::to_value(args).into_diagnostic()?,
        })
    }

    /// What pins each task in the manifest.
    pub fn task_infos(&self) -> Vec<TaskInfo> {
        let info = |planned: &PlannedTask| {
            let task = self.task(planned);
            let mut hashes: Vec<_> = planned.cases.iter().map(|case| case.hash).collect();
            hashes.sort_unstable();
            let hashes = serde_json::Value::from_iter(hashes.into_iter().map(|hash| hash.to_string()));
            TaskInfo {
                name: task.name.clone(),
                kind: task.kind,
                cases: planned.cases.len(),
                cases_in_suite: task.cases.len(),
                held_out: planned.cases.iter().filter(|case| case.held_out).count(),
                reviewed: parts::reviewed(&planned.cases),
                labels: task.labels.clone(),
                abstain: task.abstain.clone(),
                prompt_hash: self.suite.prompt_hash(task),
                scoring_hash: Some(scoring_hash(task)),
                cases_hash: hash_json(&hashes),
                max_output_tokens: task.max_output_tokens,
                prevalence: task.prevalence,
                accept_recovered: task.accept_recovered,
                metrics: planned.specs.clone(),
                bars: task.bars.clone(),
                trivial: eval_metrics::trivial(task, &planned.cases),
            }
        };
        self.tasks.iter().map(info).collect()
    }

    /// For each task that the model has a prompt of its own for, the digest of what its prompts are made from.
    pub fn own_prompt_hashes(&self, model: &str) -> BTreeMap<String, String> {
        let Some(own) = self.own_prompts.get(model) else { return BTreeMap::new() };
        let tasks = self.tasks.iter().map(|planned| self.task(planned));
        tasks.filter_map(|task| Some((task.name.clone(), self.suite.own_prompt_hash(task, own)?))).collect()
    }

    fn task(&self, planned: &PlannedTask) -> &Task {
        &self.suite.suite.tasks[planned.index]
    }
}

/// Metrics beside those of the kind explain, and decide nothing about an answer.
fn scoring_hash(task: &Task) -> String {
    let mut rules = serde_json::json!({
        "kind": task.kind,
        "fields": task.fields,
        "accept_recovered": task.accept_recovered,
    });
    // Left out where it is the usual one, so that a run from before there was a choice still compares.
    if task.arguments != ArgumentRule::default() {
        rules["arguments"] = serde_json::json!(task.arguments);
    }
    for (name, set) in [("strict", task.strict), ("formats", task.formats)] {
        if set {
            rules[name] = true.into();
        }
    }
    hash_json(&rules)
}

/// A task's scorer; what is wrong with its settings is shown where they stand in `suite.toml`, and a case that does not
/// fit them with its file and line.
pub fn scorer(suite: &LoadedSuite, task: &Task) -> Result<Arc<TaskScorer>, SuiteError> {
    let located = |e: eval_metrics::MetricError| match e.case {
        Some(case) => suite.locate_case(task, case, e.message, e.help),
        None => suite.locate(&task.name, &e.key, e.message, e.help),
    };
    eval_metrics::compile(task).map(Arc::new).map_err(located)
}

/// The model's own prompts. Errors show the template, so that whose it is must be said.
fn own_prompts(suite: &LoadedSuite, spec: &ModelSpec) -> miette::Result<OwnPrompts> {
    let read = suite.own_prompts(&spec.settings.prompts);
    read.map_err(|error| {
        Report::from(error).wrap_err(format!("the prompts of the model {:?} cannot be used", spec.name))
    })
}

/// The machine that this runs on.
pub fn machine() -> MachineInfo {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    MachineInfo {
        os: std::env::consts::OS.into(),
        arch: std::env::consts::ARCH.into(),
        cpu: cpu.map(|(_, name)| name.trim().to_string()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
    }
}
