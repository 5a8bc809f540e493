//! Which cases are held out, so that prompts are not tuned to all that they are measured by.

use super::{EditableSuite, file::CaseFile, line};
use crate::SuiteError;
use eval_core::{Case, Expected, Task, engine::order_key, hash_json};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

/// No label, and neither declining nor answering, gets less than this part of its share when a task is split first.
const LEAST: f64 = 0.8;
/// Fewer held-out units than this do not show how they were drawn.
const TELLING: usize = 5;

/// The parts of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSplit {
    /// The task's name.
    pub task: String,
    /// All cases.
    pub cases: usize,
    /// Those that are held out.
    pub held_out: usize,
    /// By label, or by whether declining is right: held out, and all.
    pub strata: BTreeMap<String, (usize, usize)>,
    /// Those that were not held out before.
    pub new: usize,
}

/// Cases that are drawn together: those of one cluster, or one case.
struct Unit<'a> {
    cases: Vec<&'a Case>,
    /// Its place in the draw, from 0 to 1.
    drawn: f64,
    stratum: &'a str,
}

impl EditableSuite {
    /// Holds out about this share of each task. The draw rests on the seed and on what the model is shown of a case, or on
    /// the name of its cluster: who is drawn does not depend on the other cases, and not on the expected outcome. So a
    /// suite that grew is split again and nobody moves; a case that was held out once stays so.
    ///
    /// # Errors
    /// If the suite was split by another share or seed, or its files cannot be written.
    pub fn split(&mut self, share: f64, seed: u64) -> Result<Vec<TaskSplit>, SuiteError> {
        let mut marks: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut splits = Vec::new();
        for task in &self.loaded.suite.tasks {
            let held_out = draw(task, share, seed)?;
            splits.push(count(task, &held_out));
            marks.insert(&task.name, held_out);
        }
        let mut files = BTreeMap::new();
        for task in &self.loaded.suite.tasks {
            let held_out = &marks[task.name.as_str()];
            // Two tasks may share a file.
            let file = self.shared_file(&mut files, &task.name)?;
            rewrite(file, |id, text, style| {
                held_out.contains(id).then(|| line::with(text, style, "held_out", &Value::Bool(true)))
            });
        }
        self.save(&files.into_values().collect::<Vec<_>>())?;
        Ok(splits)
    }

    /// Ends the split: no case is held out. Gives how many were.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn clear_split(&mut self) -> Result<usize, SuiteError> {
        let cases = self.loaded.suite.tasks.iter().flat_map(|task| &task.cases);
        let held_out = cases.filter(|case| case.held_out).count();
        let mut files = BTreeMap::new();
        for task in &self.loaded.suite.tasks {
            rewrite(self.shared_file(&mut files, &task.name)?, |_, text, _| Some(line::without(text, "held_out")));
        }
        self.save(&files.into_values().collect::<Vec<_>>())?;
        Ok(held_out)
    }

    fn shared_file<'a>(
        &self,
        files: &'a mut BTreeMap<PathBuf, CaseFile>,
        task: &str,
    ) -> Result<&'a mut CaseFile, SuiteError> {
        let file = self.file(task)?;
        Ok(files.entry(file.path.clone()).or_insert(file))
    }
}

/// Changes lines by the ids of their cases; what is `None` stays.
fn rewrite(file: &mut CaseFile, change: impl Fn(&str, &str, super::style::Style) -> Option<String>) {
    let (style, mut text, mut end) = (file.style(), String::with_capacity(file.text.len()), 0);
    for found in file.lines() {
        let line = &file.text[found.place.clone()];
        text.push_str(&file.text[end..found.place.start]);
        text.push_str(&change(&found.id, line, style).unwrap_or_else(|| line.to_string()));
        end = found.place.end;
    }
    text.push_str(&file.text[end..]);
    file.text = text;
}

/// The ids of the cases of a task that are held out, by now or from now on.
fn draw(task: &Task, share: f64, seed: u64) -> Result<HashSet<&str>, SuiteError> {
    let units = units(task, seed);
    let is_held_out = |unit: &Unit<'_>| unit.cases.iter().any(|case| case.held_out);
    let before = units.iter().filter(|unit| is_held_out(unit)).count();
    let as_drawn = units.iter().filter(|unit| is_held_out(unit) && unit.drawn < share).count();
    if before >= TELLING && (as_drawn as f64) < (1.0 + share) / 2.0 * before as f64 {
        return Err(SuiteError::new(format!("the task `{}` is split already, by another share or seed", task.name))
            .help("split it by those, or end that split first: eval split SUITE --clear"));
    }
    let mut chosen: Vec<&Unit<'_>> = units.iter().filter(|unit| unit.drawn < share || is_held_out(unit)).collect();
    if before == 0 {
        chosen.extend(topped_up(&units, share));
    }
    Ok(chosen.into_iter().flat_map(|unit| &unit.cases).map(|case| &*case.id).collect())
}

/// Units that are held out as well where chance gave a stratum too few: those that come next in the draw. Later there are
/// no more of these: it would move cases that prompts were tuned to.
fn topped_up<'a, 'b>(units: &'b [Unit<'a>], share: f64) -> Vec<&'b Unit<'a>> {
    let mut strata: BTreeMap<&str, Vec<&Unit<'_>>> = BTreeMap::new();
    units.iter().for_each(|unit| strata.entry(unit.stratum).or_default().push(unit));
    let mut more = Vec::new();
    for mut units in strata.into_values() {
        units.sort_by(|a, b| a.drawn.total_cmp(&b.drawn));
        let cases: usize = units.iter().map(|unit| unit.cases.len()).sum();
        let least = (LEAST * share * cases as f64).floor() as usize;
        let mut held_out = 0;
        for unit in units {
            if unit.drawn >= share {
                if held_out >= least {
                    break;
                }
                more.push(unit);
            }
            held_out += unit.cases.len();
        }
    }
    more
}

/// The units of a task, in the order of their first cases.
fn units(task: &Task, seed: u64) -> Vec<Unit<'_>> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut clusters: HashMap<&str, usize> = HashMap::new();
    for case in &task.cases {
        let cluster = case.cluster.as_deref();
        if let Some(place) = cluster.and_then(|name| clusters.get(name)) {
            units[*place].cases.push(case);
            continue;
        }
        if let Some(name) = cluster {
            clusters.insert(name, units.len());
        }
        // The same input is on the same side in every task.
        let content = match cluster {
            Some(name) => json!({"cluster": name}),
            None => json!({"input": case.input, "context": case.context}),
        };
        let drawn = order_key(seed, &hash_json(&content), 0) as f64 / 2f64.powi(64);
        units.push(Unit { cases: vec![case], drawn, stratum: stratum(case) });
    }
    units
}

fn stratum(case: &Case) -> &str {
    match &case.expected {
        Expected::Label(label) => label,
        _ if case.should_decline => "to decline",
        _ => "to answer",
    }
}

fn count(task: &Task, held_out: &HashSet<&str>) -> TaskSplit {
    let mut split = TaskSplit {
        task: task.name.clone(),
        cases: task.cases.len(),
        held_out: held_out.len(),
        strata: BTreeMap::new(),
        new: 0,
    };
    for case in &task.cases {
        let is_held_out = held_out.contains(&*case.id);
        let found = split.strata.entry(stratum(case).to_string()).or_default();
        *found = (found.0 + usize::from(is_held_out), found.1 + 1);
        split.new += usize::from(is_held_out && !case.held_out);
    }
    split
}
