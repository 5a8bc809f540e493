use crate::{
    OwnPrompts, SuiteError,
    beginnings::{Beginnings, common},
    prompts::Prompts,
    settings::Places,
    soundness::{self, Soundness},
};
use eval_core::{ArgumentRule, Case, Message, Prompt, PromptId, Suite, Task, TaskKind, hash_json};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// A suite that was read and checked, with its templates.
#[derive(Debug)]
pub struct LoadedSuite {
    /// The suite.
    pub suite: Suite,
    /// As it was named: a built-in name or a path.
    pub source: String,
    prompts: Prompts,
    places: Places,
    /// By task, counted where they are asked for.
    beginnings: BTreeMap<String, OnceLock<Beginnings>>,
    /// By task.
    lines: BTreeMap<String, CaseLines>,
}

/// Where the cases of a task stand.
#[derive(Debug)]
pub(crate) struct CaseLines {
    /// Relative to the suite's folder.
    pub(crate) file: Arc<str>,
    /// The line of each case, from 1.
    pub(crate) lines: Vec<u32>,
}

impl LoadedSuite {
    /// `lines` in the order of the tasks.
    pub(crate) fn new(suite: Suite, source: &str, prompts: Prompts, places: Places, lines: Vec<CaseLines>) -> Self {
        let names = || suite.tasks.iter().map(|task| task.name.clone());
        let beginnings = names().map(|name| (name, OnceLock::new())).collect();
        let lines = names().zip(lines).collect();
        let mut loaded = Self { suite, source: source.into(), prompts, places, beginnings, lines };
        loaded.suite.hash = loaded.hash();
        loaded
    }

    /// Reads the templates by which one model is asked instead of the suite's, by task, and checks them as the suite's
    /// own are.
    ///
    /// # Errors
    /// If there is no such task or file, or a prompt does not render for every case.
    pub fn own_prompts(&self, templates: &BTreeMap<String, PathBuf>) -> Result<OwnPrompts, SuiteError> {
        OwnPrompts::read(&self.suite, templates)
    }

    /// What a model is asked for a case: by a prompt of its own, where it has one for the task.
    ///
    /// # Errors
    /// If the template does not render; for the cases of the suite, loading has tried it.
    pub fn prompt(
        &self,
        task: &Task,
        case: &Case,
        repeat: u32,
        own: Option<&OwnPrompts>,
    ) -> Result<Prompt, SuiteError> {
        let messages = self.messages(task, case, own)?;
        let id =
            PromptId { task: task.name.clone(), case: case.id.to_string(), case_hash: case.hash.to_string(), repeat };
        Ok(Prompt {
            id,
            messages,
            tools: case.tools.clone(),
            schema: task.schema.clone().filter(|_| task.kind == TaskKind::Extraction),
            labels: task.labels.as_slice().into(),
            max_output_tokens: task.max_output_tokens,
            stop: task.stop.clone(),
            shared: Vec::new(),
            exchanges: Vec::new(),
        })
    }

    /// [`Prompt::shared`] of a case's prompt, which only runners that read prompts themselves have a use for: it takes a
    /// few more renderings.
    pub fn shared(&self, task: &Task, case: &Case, prompt: &Prompt, own: Option<&OwnPrompts>) -> Vec<usize> {
        let Some(beginnings) = self.beginnings.get(&task.name) else { return Vec::new() };
        let Some(words) = prompt.messages.last().map(|turn| &turn.content) else { return Vec::new() };
        // A template may not take the mark; then this beginning is read with the rest.
        let common = |other: Case| Some(common(words, &self.messages(task, &other, own).ok()?.last()?.content));
        let beginnings = beginnings.get_or_init(|| Beginnings::of(task));
        let mut shared: Vec<usize> = beginnings.partings(case).into_iter().filter_map(common).collect();
        shared.retain(|end| *end > 0);
        shared.sort_unstable();
        shared.dedup();
        shared
    }

    /// The turns of a case.
    pub(crate) fn messages(
        &self,
        task: &Task,
        case: &Case,
        own: Option<&OwnPrompts>,
    ) -> Result<Vec<Message>, SuiteError> {
        let messages = own.and_then(|own| own.0.render(task, case)).or_else(|| self.prompts.render(task, case));
        messages
            .ok_or_else(|| SuiteError::new(format!("the suite `{}` has no task `{}`", self.suite.name, task.name)))?
    }

    /// The file of a task's cases, as the settings name it.
    pub(crate) fn case_file(&self, task: &str) -> Option<&str> {
        self.lines.get(task).map(|lines| &*lines.file)
    }

    /// Digest of what a task's prompts are made from beside its cases: template, schema, tools, labels and limits.
    pub fn prompt_hash(&self, task: &Task) -> String {
        prompt_hash(task, self.prompts.source(&task.name))
    }

    /// The same for a model that has a prompt of its own for the task; `None`: it is asked by the suite's.
    pub fn own_prompt_hash(&self, task: &Task, own: &OwnPrompts) -> Option<String> {
        own.0.source(&task.name).map(|source| prompt_hash(task, Some(source)))
    }

    /// An error about a setting of a task, for what only others can check: it points at `key` of the task in
    /// `suite.toml` (`metrics`, `bars.accuracy`, `metrics.1`), or at the nearest place above it.
    pub fn locate(&self, task: &str, key: &str, message: String, help: String) -> SuiteError {
        self.places.show(task, key, SuiteError::new(message).help(help))
    }

    /// An error about a case of a task, by its place among the task's cases: it names the file and the line.
    pub fn locate_case(&self, task: &Task, case: usize, message: String, help: String) -> SuiteError {
        let (file, line) = self.line(task, case);
        SuiteError::new(format!("{file}:{line}: {message}")).help(help)
    }

    /// What the suite can and cannot show, and what is amiss with its cases. That its files are in order and every prompt
    /// renders was found out when it was loaded.
    pub fn soundness(&self) -> Soundness {
        soundness::of(self)
    }

    /// Where a case of a task stands, by its place among the task's cases: the file and the line, from 1.
    pub(crate) fn line(&self, task: &Task, case: usize) -> (Arc<str>, u32) {
        let lines = self.lines.get(&task.name);
        let line = lines.and_then(|lines| lines.lines.get(case)).copied().unwrap_or_default();
        (lines.map(|lines| lines.file.clone()).unwrap_or_default(), line)
    }

    /// The text of a task's template.
    pub(crate) fn template(&self, task: &Task) -> Option<&str> {
        self.prompts.source(&task.name)
    }

    /// For each task the first case whose prompt does not render.
    pub(crate) fn rendering_problems(&self) -> Vec<SuiteError> {
        self.suite.tasks.iter().filter_map(|task| self.prompts.problem(task)).collect()
    }

    fn hash(&self) -> String {
        let tasks = self.suite.tasks.iter().map(|task| {
            let mut cases: Vec<_> = task.cases.iter().map(|case| case.hash).collect();
            cases.sort_unstable();
            let cases = Value::from_iter(cases.into_iter().map(|hash| hash.to_string()));
            let metrics = task.metrics.iter().map(|metric| json!([metric.name, metric.settings]));
            let mut content = json!({
                "name": task.name,
                "kind": task.kind,
                "prompt": self.prompt_hash(task),
                "accept_recovered": task.accept_recovered,
                "fields": task.fields,
                "metrics": metrics.collect::<Vec<_>>(),
                "bars": task.bars,
            });
            if let Some(home) = task.home.as_ref().filter(|home| !home.programs.is_empty()) {
                content["programs"] = json!(home.programs);
            }
            for (name, set) in [("strict", task.strict), ("formats", task.formats)] {
                if set {
                    content[name] = json!(true);
                }
            }
            if let Some(share) = task.prevalence {
                content["prevalence"] = json!(share);
            }
            if task.arguments != ArgumentRule::default() {
                content["arguments"] = json!(task.arguments);
            }
            // Moved, where `json!` would copy: there may be many.
            content["cases"] = cases;
            content
        });
        let mut content = json!({
            "name": self.suite.name,
            "data_policy": self.suite.data_policy,
            "decision": self.suite.decision,
        });
        content["tasks"] = tasks.collect();
        hash_json(&content)
    }
}

fn prompt_hash(task: &Task, template: Option<&str>) -> String {
    hash_json(&json!({
        "template": template,
        "schema": task.schema,
        "tools": task.tools,
        "labels": task.labels,
        "abstain": task.abstain,
        "max_output_tokens": task.max_output_tokens,
        "stop": task.stop,
    }))
}
