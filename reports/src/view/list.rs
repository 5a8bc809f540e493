//! The list of runs.

use super::{address, render};
use crate::{
    Past, ReportError,
    format::{counted, list, moment},
    html::{Mark, mark},
    verdict::selection_words,
};
use eval_core::{DataPolicy, ModelRole};
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc};

/// A run, or why it cannot be read.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its folder's name.
    pub run: String,
    /// What it holds.
    pub found: Result<Arc<Past>, String>,
}

#[derive(Serialize)]
struct Page {
    folder: String,
    suite: Option<String>,
    suites: Vec<Suite>,
    runs: Vec<Row>,
    choices: Vec<Choice>,
    several: bool,
}

#[derive(Serialize)]
struct Suite {
    name: String,
    address: String,
    runs: usize,
    chosen: bool,
}

#[derive(Serialize)]
struct Row {
    run: String,
    address: String,
    found: Option<Found>,
    error: String,
}

#[derive(Serialize)]
struct Found {
    suite: String,
    suite_address: String,
    when: String,
    candidates: String,
    references: String,
    size: String,
    part: Option<String>,
    private: bool,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
struct Answer {
    mark: Mark,
    candidate: Option<String>,
}

/// The models of a suite that can be compared, each of a run.
#[derive(Serialize)]
struct Choice {
    suite: String,
    models: Vec<Model>,
}

#[derive(Serialize)]
struct Model {
    value: String,
    words: String,
}

/// The runs of a folder, newest first; with a suite only its runs.
pub fn list_page(folder: &str, runs: &[Listed], suite: Option<&str>) -> Result<String, ReportError> {
    let name = |listed: &Listed| listed.found.as_ref().ok().map(|past| past.manifest.suite.name.clone());
    let names: BTreeSet<String> = runs.iter().filter_map(name).collect();
    let suites = names.into_iter().map(|of| Suite {
        address: address(&of),
        runs: runs.iter().filter(|listed| name(listed).as_deref() == Some(of.as_str())).count(),
        chosen: suite == Some(of.as_str()),
        name: of,
    });
    let shown: Vec<&Listed> =
        runs.iter().filter(|listed| suite.is_none() || name(listed).as_deref() == suite).collect();
    let choices = choices(&shown);
    let page = Page {
        folder: folder.into(),
        suite: suite.map(String::from),
        suites: suites.collect(),
        runs: shown.iter().map(|listed| row(listed)).collect(),
        several: choices.iter().any(|choice| choice.models.len() > 1),
        choices,
    };
    render("list.html", page)
}

fn row(listed: &Listed) -> Row {
    let (found, error) = match &listed.found {
        Ok(past) => (Some(found(past)), String::new()),
        Err(error) => (None, error.clone()),
    };
    Row { run: listed.run.clone(), address: address(&listed.run), found, error }
}

fn found(past: &Past) -> Found {
    let manifest = &past.manifest;
    let names = |role| {
        let models = manifest.models.iter().filter(|model| model.role == role);
        list(&models.map(|model| model.name.clone()).collect::<Vec<_>>())
    };
    let cases: usize = manifest.tasks.iter().map(|task| task.cases).sum();
    let several = past.summary.verdicts.len() > 1;
    let answer =
        |row: &crate::VerdictRow| Answer { mark: mark(row.verdict), candidate: several.then(|| row.candidate.clone()) };
    Found {
        suite: manifest.suite.name.clone(),
        suite_address: address(&manifest.suite.name),
        when: moment(&manifest.started_at),
        candidates: names(ModelRole::Candidate),
        references: names(ModelRole::Reference),
        size: counted(cases as u64, "case"),
        part: selection_words(&manifest.selection),
        private: manifest.suite.data_policy == DataPolicy::LocalOnly,
        answers: past.summary.verdicts.iter().map(answer).collect(),
    }
}

/// By suite, the newest run first: only models of one suite can be compared.
fn choices(runs: &[&Listed]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for (run, past) in runs.iter().filter_map(|listed| Some((&listed.run, listed.found.as_ref().ok()?))) {
        let asked = past.manifest.models.iter().filter(|model| model.role != ModelRole::Judge);
        let models = asked
            .map(|model| Model { value: format!("{run}#{}", model.name), words: format!("{} · {run}", model.name) });
        let suite = &past.manifest.suite.name;
        match choices.iter_mut().find(|choice| choice.suite == *suite) {
            Some(choice) => choice.models.extend(models),
            None => choices.push(Choice { suite: suite.clone(), models: models.collect() }),
        }
    }
    choices
}
