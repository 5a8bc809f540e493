//! How much of a task is right by rules that read nothing: what they get, a model need not have understood.

mod keyword;
mod neighbour;
mod outcomes;

use crate::{
    soundness::TaskSoundness,
    words::{self, Word},
};
use eval_core::{Case, Task, engine::order_key};
use outcomes::Outcomes;
use serde::Serialize;
use std::collections::HashMap;

/// Cases of a task that the rules are learnt from, at most: a seeded part of more.
const LEARNT: usize = 20_000;

/// Those of them that the rules are tried on, at most.
const TRIED: usize = 2000;

/// Points by which a rule must stay below the bar; above that it is said.
const ROOM: f64 = 0.20;

/// Points by which a rule may tell better than the commonest outcome where declining is right.
const TELLING: f64 = 0.15;

/// Cases below which a share is chance.
const FEW: usize = 50;

/// What a rule foretells of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Foretold {
    /// The label of a classification.
    Label,
    /// The names of the expected calls.
    CalledNames,
    /// The expected calls, with their arguments.
    WholeCalls,
    /// Whether declining is right.
    Declining,
}

impl Foretold {
    /// Whether who foretells it is right by the task's own metric.
    pub fn is_the_answer(self) -> bool {
        matches!(self, Self::Label | Self::WholeCalls)
    }
}

/// How often three rules foretell an outcome: shares of the cases, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shortcut {
    /// The outcome.
    pub foretold: Foretold,
    /// The commonest outcome, as the cases write it.
    pub commonest: String,
    /// Always saying the commonest.
    pub majority: f64,
    /// Going by the most telling word of the input, as learnt from the other cases.
    pub keyword: f64,
    /// Saying what the other case says whose words are the nearest.
    pub neighbour: f64,
    /// Cases that it was tried on: a seeded part of a large task.
    pub tried: usize,
}

impl Shortcut {
    /// The best of the three.
    pub fn best(&self) -> f64 {
        self.majority.max(self.keyword).max(self.neighbour)
    }
}

/// The shortcuts of a task. Cases of one cluster are never learnt from for each other. Empty below two cases.
pub fn shortcuts(task: &Task) -> Vec<Shortcut> {
    of(task, &words::of(task))
}

/// The same, where the words of the cases are known.
pub(crate) fn of(task: &Task, words: &[Vec<Word>]) -> Vec<Shortcut> {
    if task.cases.len() < 2 {
        return Vec::new();
    }
    let drawn = drawn(task);
    let cases: Vec<&Case> = drawn.iter().map(|place| &*task.cases[*place]).collect();
    let texts = Texts::of(&cases, drawn.iter().map(|place| &words[*place]));
    let tried: Vec<usize> = (0..cases.len().min(TRIED)).collect();
    outcomes::of(task.kind, &cases).into_iter().map(|outcomes| shortcut(&texts, &tried, &outcomes)).collect()
}

fn shortcut(texts: &Texts, tried: &[usize], outcomes: &Outcomes) -> Shortcut {
    let (commonest, count) = outcomes.commonest();
    let right = |foretold: Vec<u32>| {
        let right = foretold.iter().zip(tried).filter(|(said, case)| **said == outcomes.by_case[**case]).count();
        right as f64 / tried.len() as f64
    };
    Shortcut {
        foretold: outcomes.foretold,
        commonest: outcomes.names[commonest as usize].clone(),
        majority: count as f64 / outcomes.by_case.len() as f64,
        keyword: right(keyword::foretell(texts, tried, outcomes)),
        neighbour: right(neighbour::foretell(texts, tried, outcomes)),
        tried: tried.len(),
    }
}

/// The cases that rules are learnt from, by place. Of a large task they are in a seeded order, so that the first are a
/// sample of them.
fn drawn(task: &Task) -> Vec<usize> {
    let mut cases: Vec<usize> = (0..task.cases.len()).collect();
    if cases.len() > TRIED {
        cases.sort_by_cached_key(|case| order_key(0, &task.cases[*case].hash.to_string(), 0));
        cases.truncate(LEARNT);
    }
    cases
}

/// The words of a task's inputs, and which cases are not independent.
struct Texts {
    /// Of each case its words by number with how often they stand there, by number.
    words: Vec<Vec<(u32, u32)>>,
    /// By word, the cases that hold it with how often, in order.
    holders: Vec<Vec<(u32, u32)>>,
    /// Of each case its cluster; one that stands alone is its own.
    cluster: Vec<u32>,
    /// Of each cluster of several its cases.
    members: HashMap<u32, Vec<u32>>,
}

impl Texts {
    fn of<'a>(cases: &[&'a Case], words: impl Iterator<Item = &'a Vec<Word>>) -> Self {
        let mut numbers: HashMap<Word, u32> = HashMap::new();
        let mut clusters: HashMap<&str, u32> = HashMap::new();
        let mut texts = Self { words: Vec::new(), holders: Vec::new(), cluster: Vec::new(), members: HashMap::new() };
        for ((place, case), words) in (0u32..).zip(cases).zip(words) {
            let mut own: Vec<u32> = Vec::new();
            for word in words {
                let next = numbers.len() as u32;
                own.push(*numbers.entry(*word).or_insert(next));
            }
            texts.holders.resize_with(numbers.len(), Vec::new);
            own.sort_unstable();
            let counted: Vec<(u32, u32)> =
                own.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect();
            counted.iter().for_each(|(word, count)| texts.holders[*word as usize].push((place, *count)));
            texts.words.push(counted);
            let cluster = case.cluster.as_deref().map(|name| *clusters.entry(name).or_insert(place));
            texts.cluster.push(cluster.unwrap_or(place));
            if let Some(cluster) = cluster {
                texts.members.entry(cluster).or_default().push(place);
            }
        }
        texts
    }

    /// Whether two cases are the same one, or not independent.
    fn related(&self, one: usize, other: usize) -> bool {
        self.cluster[one] == self.cluster[other]
    }
}

/// What is to be said of a task's shortcuts: those that come near the bar, or that tell where declining is right.
pub(crate) fn warnings(about: &TaskSoundness) -> Vec<String> {
    let percent = |share: f64| format!("{} %", (100.0 * share).round());
    let tell = |shortcut: &Shortcut| {
        let (how, best) = [
            ("always the commonest outcome", shortcut.majority),
            ("going by one word", shortcut.keyword),
            ("saying what the case with the nearest words says", shortcut.neighbour),
        ]
        .into_iter()
        .fold(("", -1.0), |best, rule| if rule.1 > best.1 { rule } else { best });
        match shortcut.foretold {
            Foretold::Label | Foretold::WholeCalls => {
                let bar = about.bar.filter(|bar| best > bar - ROOM)?;
                Some(format!(
                    "{how} is right in {}, and the bar is {}: the task hardly measures reading",
                    percent(best),
                    percent(bar)
                ))
            }
            Foretold::Declining if best > shortcut.majority + TELLING => Some(format!(
                "{how} tells in {} of the cases whether to decline, where always saying the same is right in {}: the wording gives it away",
                percent(best),
                percent(shortcut.majority)
            )),
            _ => None,
        }
    };
    if about.cases < FEW { Vec::new() } else { about.shortcuts.iter().filter_map(tell).collect() }
}
