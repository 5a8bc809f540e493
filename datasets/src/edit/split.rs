//! Which cases are held out, so that prompts are not tuned to all that they are measured by.

use super::{EditableSuite, file::CaseFile, line, rule};
use crate::{SuiteError, settings::SplitRule};
use eval_core::{Case, Expected, Task, engine::order_key, hash_json};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

/// No label, and neither declining nor answering, gets less than this part of its share when a task is split first.
const LEAST: f64 = 0.8;

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
    /// the name of its cluster: who is drawn does not depend on the other cases, and not on the expected outcome. Share and
    /// seed are written into `suite.toml`. So a suite that grew is split again and nobody moves; a case that was held out
    /// once stays so.
    ///
    /// # Errors
    /// If the suite was split by another share or seed, or its files cannot be written.
    pub fn split(&mut self, share: f64, seed: u64) -> Result<Vec<TaskSplit>, SuiteError> {
        let rule = SplitRule { share, seed };
        let mut settings = self.settings()?;
        match self.loaded.split {
            Some(known) if known != rule => return Err(other_rule(known)),
            Some(_) => {}
            None if self.held_out() > 0 => return Err(no_rule(self.held_out())),
            None => settings.text = rule::with(&settings.text, rule),
        }
        let mut marks: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut splits = Vec::new();
        for task in &self.loaded.suite.tasks {
            let held_out = draw(task, share, seed);
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
        self.save_split(settings, files, Some(rule))?;
        Ok(splits)
    }

    /// Ends the split: no case is held out. Gives how many were.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn clear_split(&mut self) -> Result<usize, SuiteError> {
        let held_out = self.held_out();
        let mut settings = self.settings()?;
        settings.text = rule::without(&settings.text);
        let mut files = BTreeMap::new();
        for task in &self.loaded.suite.tasks {
            rewrite(self.shared_file(&mut files, &task.name)?, |_, text, _| Some(line::without(text, "held_out")));
        }
        self.save_split(settings, files, None)?;
        Ok(held_out)
    }

    /// How many cases are held out.
    fn held_out(&self) -> usize {
        let cases = self.loaded.suite.tasks.iter().flat_map(|task| &task.cases);
        cases.filter(|case| case.held_out).count()
    }

    /// Writes the files, and the settings first: cases that are marked are never without their rule.
    fn save_split(
        &mut self,
        settings: CaseFile,
        files: BTreeMap<PathBuf, CaseFile>,
        rule: Option<SplitRule>,
    ) -> Result<(), SuiteError> {
        let files: Vec<CaseFile> = std::iter::once(settings).chain(files.into_values()).collect();
        if self.with(&files)?.split != rule {
            return Err(SuiteError::new("`[held_out]` cannot be changed in suite.toml as it is written there")
                .help("write it as a table of its own: `[held_out]`, and below it `share = …` and `seed = …`"));
        }
        self.save(&files)
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

fn other_rule(known: SplitRule) -> SuiteError {
    let SplitRule { share, seed } = known;
    SuiteError::new(format!("the suite is split already, by the share {share} and the seed {seed}")).help(format!(
        "with these a part of what is new is held out: eval split SUITE --share {share} --seed {seed}; others need an end of that split first: eval split SUITE --clear"
    ))
}

fn no_rule(cases: usize) -> SuiteError {
    SuiteError::new(format!("cases are held out already ({cases}), and suite.toml does not say by which share and seed"))
        .help("say it there below `[held_out]`: `share = …` and `seed = …`; or end that split first: eval split SUITE --clear")
}

/// The ids of the cases of a task that are held out, by now or from now on.
fn draw(task: &Task, share: f64, seed: u64) -> HashSet<&str> {
    let units = units(task, seed);
    let is_held_out = |unit: &Unit<'_>| unit.cases.iter().any(|case| case.held_out);
    let mut chosen: Vec<&Unit<'_>> = units.iter().filter(|unit| unit.drawn < share || is_held_out(unit)).collect();
    // The task is new to the split.
    if !units.iter().any(is_held_out) {
        chosen.extend(topped_up(&units, share));
        if chosen.is_empty() && units.len() > 1 {
            chosen.extend(units.iter().min_by(|a, b| a.drawn.total_cmp(&b.drawn)));
        }
    }
    chosen.into_iter().flat_map(|unit| &unit.cases).map(|case| &*case.id).collect()
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
        let least = (LEAST * share * cases as f64).round() as usize;
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
