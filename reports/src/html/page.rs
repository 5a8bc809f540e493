use super::{
    answer::{Answer, answer},
    forest::{Forest, forest},
    methods::{Method, methods},
    parts::{PartView, part_views},
    provenance::{Provenance, provenance},
    standing::{Group, groups, standing},
    task::{TaskView, task_view},
};
use crate::{
    ReportError, Run, Summary, Verdict,
    deciding::deciding,
    details,
    format::{counted, limit, list, moment},
    question::{no_reference, question},
    repeats::{asked, counted_in_answers},
    verdict::selection_words,
};
use serde::Serialize;

/// What the page shows, in words: the template only lays out.
#[derive(Serialize)]
pub(super) struct Page {
    question: String,
    suite: String,
    description: String,
    facts: Vec<String>,
    part: Option<String>,
    no_reference: Option<&'static str>,
    notes: Vec<String>,
    level: String,
    alpha: f64,
    /// Of what level the intervals are that decide, where it is another.
    deciding: Option<String>,
    one_model: bool,
    answers: Vec<Answer>,
    forest: Option<Forest>,
    parts_of_cases: Vec<PartView>,
    groups: Vec<Group>,
    /// Of what counts are, where cases were asked several times.
    repeated: Option<&'static str>,
    /// How the models stand, in a sentence.
    standing: String,
    model_names: Vec<String>,
    tasks: Vec<TaskView>,
    provenance: Provenance,
    methods: Vec<Method>,
}

/// A verdict as a word, a class and a sign.
#[derive(Clone, Serialize)]
pub(crate) struct Mark {
    pub class: &'static str,
    pub words: &'static str,
    pub sign: &'static str,
}

pub(super) fn page(run: &Run, summary: &Summary) -> Result<Page, ReportError> {
    let manifest = &run.manifest;
    let (forest, details) = (forest(run, summary), details(run, summary)?);
    let view = |(i, task)| task_view(run, task, i, forest.as_ref(), &details);
    let tasks = summary.tasks.iter().enumerate().map(view).collect();
    let cases: usize = manifest.tasks.iter().map(|task| task.cases).sum();
    let models: Vec<String> = manifest.models.iter().map(|model| model.name.clone()).collect();
    let mut facts = vec![
        moment(&manifest.started_at),
        format!("{} in {}", counted(cases as u64, "case"), counted(manifest.tasks.len() as u64, "task")),
        list(&models),
    ];
    facts.extend(asked(run));
    Ok(Page {
        question: question(manifest),
        suite: manifest.suite.name.clone(),
        description: manifest.suite.description.clone(),
        facts,
        part: selection_words(&manifest.selection),
        no_reference: no_reference(manifest),
        notes: run.notes.iter().chain(&summary.differences).cloned().collect(),
        level: limit(summary.level),
        alpha: manifest.suite.decision.alpha,
        deciding: deciding(summary),
        one_model: models.len() == 1,
        answers: summary.verdicts.iter().map(|row| answer(row, summary)).collect(),
        forest,
        parts_of_cases: part_views(summary),
        groups: groups(manifest, summary),
        repeated: counted_in_answers(summary),
        standing: standing(manifest, summary),
        model_names: models,
        tasks,
        provenance: provenance(run, summary),
        methods: methods(manifest, summary),
    })
}

pub(crate) fn mark(verdict: Verdict) -> Mark {
    let class = match verdict {
        Verdict::GoodEnough => "good",
        Verdict::NotGoodEnough => "bad",
        Verdict::NeedMoreData => "open",
        Verdict::Invalid => "invalid",
    };
    Mark { class, words: verdict.words(), sign: verdict.sign() }
}
