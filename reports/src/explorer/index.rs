//! The index of the cases: a column for each thing that they are listed, sorted and filtered by.

use super::{
    Explorer,
    list::{Case, Flag, Stand},
};
use crate::{ReportError, breakdown::Fate, format::count};
use eval_core::{ModelInfo, ModelRole, TaskKind};
use serde::Serialize;
use std::collections::BTreeMap;

/// A model of the run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Model {
    name: String,
    role: &'static str,
}

impl Model {
    pub fn new(info: &ModelInfo) -> Self {
        let role = if info.role == ModelRole::Reference { "reference" } else { "candidate" };
        Self { name: info.name.clone(), role }
    }
}

/// In which block a case is, and at which place there.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Whereabouts {
    /// The blocks of this version hold the cases in their order.
    InOrder { block_size: usize, version: String },
    /// By case.
    Each { block: Vec<usize>, slot: Vec<usize> },
}

#[derive(Serialize)]
struct Index<'a> {
    models: &'a [Model],
    tasks: &'a [String],
    /// The kind of each task.
    kinds: &'a [TaskKind],
    fates: [FateWords; 10],
    redacted: bool,
    /// That cases are held out, and how many.
    held_out: Option<String>,
    /// Which cases are here and which not; `None`: all are.
    carried: Option<String>,
    /// The slices of cases, by number.
    tags: Vec<&'a [String]>,
    ids: Vec<&'a str>,
    /// Where a task has several cases of one id: which of them a case is, beginning with the second.
    nth: BTreeMap<usize, u32>,
    task_of: Vec<u32>,
    tags_of: Vec<u32>,
    /// For each model a letter a case: the place of its fate among `fates`, or `-` where there is no record.
    outcomes: Vec<String>,
    /// For each model how many repeats of each case were asked; without repeats nothing.
    asked: Option<Vec<Vec<usize>>>,
    /// And how many of them are right.
    right: Option<Vec<Vec<usize>>>,
    flags: [FlagColumn; 3],
    #[serde(flatten)]
    whereabouts: Whereabouts,
}

#[derive(Serialize)]
struct FateWords {
    word: &'static str,
    label: &'static str,
    sign: &'static str,
    right: bool,
    asked: bool,
}

#[derive(Serialize)]
struct FlagColumn {
    label: &'static str,
    /// For each model the cases that have it.
    cases: Vec<Vec<usize>>,
}

impl Explorer {
    /// The index of these cases alone, by the numbers of all.
    pub(super) fn index_of(
        &self,
        cases: &[usize],
        whereabouts: Whereabouts,
        carried: Option<String>,
    ) -> Result<String, ReportError> {
        let list = &self.list;
        let all = || cases.iter().map(|number| &list.cases[*number]);
        let models = || 0..self.models.len() as u32;
        let letter = |case: &Case, model| match list.stand(case, model).fate() {
            Some(fate) => char::from(b'0' + fate as u8),
            None => '-',
        };
        let flagged = |flag| {
            let of = |model| {
                let has = |(_, case): &(usize, &Case)| list.stand(case, model).has(flag);
                all().enumerate().filter(has).map(|(place, _)| place).collect()
            };
            models().map(of).collect()
        };
        let counts = |of: &dyn Fn(&Stand<'_>) -> usize| {
            models().map(|model| all().map(|case| of(&list.stand(case, model))).collect()).collect()
        };
        let asked_again = models().any(|model| all().any(|case| list.stand(case, model).asked() > 1));
        // The slices that are there, by numbers of their own.
        let mut numbers = BTreeMap::new();
        let tags_of = all().map(|case| {
            let next = numbers.len() as u32;
            *numbers.entry(case.tags).or_insert(next)
        });
        let tags_of: Vec<u32> = tags_of.collect();
        let mut tags: Vec<&[String]> = vec![&[]; numbers.len()];
        numbers.iter().for_each(|(set, number)| tags[*number as usize] = &list.tag_sets[*set as usize]);
        let index = Index {
            models: &self.models,
            tasks: &self.tasks,
            kinds: &self.kinds,
            fates: Fate::ALL.map(FateWords::new),
            redacted: self.redact,
            held_out: held_out(list.held_out as u64),
            carried,
            tags,
            ids: all().map(|case| list.ids[case.id as usize].as_str()).collect(),
            nth: all().enumerate().filter(|(_, case)| case.nth > 1).map(|(place, case)| (place, case.nth)).collect(),
            task_of: all().map(|case| case.task).collect(),
            tags_of,
            outcomes: models().map(|model| all().map(|case| letter(case, model)).collect()).collect(),
            asked: asked_again.then(|| counts(&|stand| stand.asked())),
            right: asked_again.then(|| counts(&|stand| stand.right())),
            flags: Flag::ALL.map(|flag| FlagColumn { label: flag.label(), cases: flagged(flag) }),
            whereabouts,
        };
        serde_json::to_string(&index).map_err(|error| ReportError::Cases(error.to_string()))
    }
}

fn held_out(cases: u64) -> Option<String> {
    match cases {
        0 => None,
        1 => Some("1 case is held out: it is in the totals alone.".into()),
        n => Some(format!("{} cases are held out: they are in the totals alone.", count(n))),
    }
}

impl FateWords {
    fn new(fate: Fate) -> Self {
        Self {
            word: fate.as_str(),
            label: fate.label(),
            sign: fate.sign(),
            right: fate.is_correct(),
            asked: fate != Fate::Skipped,
        }
    }
}
