//! Texts that share wording, found in almost linear time.

use crate::words::{self, Word, shingles};
use eval_core::Task;

/// Up to so many cases every pair that shares a run of words is looked at.
const ALL: usize = 5000;

/// Above that, a run of words is followed to so many of the cases after it that hold it too. Whoever shares more than
/// stock phrases with a case is found by the runs that few hold; of texts made from one pattern each has the next.
const NEXT: usize = 8;

/// From where on two inputs are called alike. Both count runs of four words, all numbers alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// The runs of words that both hold, as a share of those that either holds.
    pub jaccard: f64,
    /// The same as a share of those of the shorter one.
    pub containment: f64,
    /// Shared runs below which containment says nothing.
    pub shared: usize,
}

impl Alike {
    /// What `eval suites check` warns of: one text again, with some words changed.
    pub const WARNED: Self = Self { jaccard: 0.5, containment: 0.8, shared: 6 };
    /// What the built-in suites keep to: no two of their cases have a skeleton in common.
    pub const BUILT_IN: Self = Self { jaccard: 0.15, containment: 0.3, shared: 6 };
}

/// Two cases of a task with inputs that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearPair {
    /// The place of the earlier one among the task's cases.
    pub first: usize,
    /// The place of the later one.
    pub second: usize,
    /// The share of runs of words that they have in common.
    pub jaccard: f64,
    /// The same as a share of the shorter one.
    pub containment: f64,
}

/// The cases of a task whose inputs are alike, by place; those of one cluster may be. Above 5,000 cases not every pair of
/// a large group is named, but each of its cases is in one.
pub fn near_duplicates(task: &Task, limits: &Alike) -> Vec<NearPair> {
    pairs(task, &words::of(task), limits)
}

/// The same, where the words of the cases are known.
pub(crate) fn pairs(task: &Task, words: &[Vec<Word>], limits: &Alike) -> Vec<NearPair> {
    let texts: Vec<Vec<u64>> = words.iter().map(|words| shingles(words)).collect();
    let sizes: Vec<usize> = texts.iter().map(Vec::len).collect();
    let exact = texts.len() <= ALL;
    let index = Index::of(texts);
    let mut shared = Shared { counts: vec![0; sizes.len()], texts: Vec::new() };
    let mut pairs = Vec::new();
    for first in 0..sizes.len() {
        index.count(first, if exact { usize::MAX } else { NEXT }, &mut shared);
        for (second, counted) in shared.drain() {
            let smaller = sizes[first].min(sizes[second]);
            // A run that many hold was not followed to all of them, so the pair may share more: it is counted anew
            // where it may be enough.
            let common = match counted {
                counted if exact => counted,
                counted if 4.0 * counted as f64 >= limits.least() * smaller as f64 => index.common(first, second),
                _ => continue,
            };
            let jaccard = common as f64 / (sizes[first] + sizes[second] - common) as f64;
            let pair = NearPair { first, second, jaccard, containment: common as f64 / smaller as f64 };
            if limits.passed_by(&pair, common) && !related(task, &pair) {
                pairs.push(pair);
            }
        }
    }
    pairs.sort_unstable_by_key(|pair| (pair.first, pair.second));
    pairs
}

impl Alike {
    fn least(&self) -> f64 {
        self.jaccard.min(self.containment)
    }

    fn passed_by(&self, pair: &NearPair, shared: usize) -> bool {
        pair.jaccard > self.jaccard || (pair.containment > self.containment && shared >= self.shared)
    }
}

fn related(task: &Task, pair: &NearPair) -> bool {
    let cluster = |place: usize| task.cases[place].cluster.as_deref();
    cluster(pair.first).is_some() && cluster(pair.first) == cluster(pair.second)
}

/// How many runs of words one text shares with others.
struct Shared {
    /// By text.
    counts: Vec<u32>,
    /// Those with a count.
    texts: Vec<u32>,
}

impl Shared {
    fn add(&mut self, text: u32) {
        let count = &mut self.counts[text as usize];
        if *count == 0 {
            self.texts.push(text);
        }
        *count += 1;
    }

    fn drain(&mut self) -> impl Iterator<Item = (usize, usize)> {
        let counts = &mut self.counts;
        self.texts.drain(..).map(|text| (text as usize, std::mem::take(&mut counts[text as usize]) as usize))
    }
}

/// The runs of words that more than one text holds.
struct Index {
    /// By digest and then by text.
    entries: Vec<(u64, u32)>,
    /// Of each text, where in `entries` its own are.
    places: Vec<Vec<u32>>,
}

impl Index {
    fn of(texts: Vec<Vec<u64>>) -> Self {
        let mut places = vec![Vec::new(); texts.len()];
        let mut held = Held::by(&texts);
        let numbered = texts.into_iter().zip(0u32..);
        let several = numbered.flat_map(|(text, number)| text.into_iter().map(move |run| (run, number)));
        let mut entries: Vec<(u64, u32)> = several.filter(|(run, _)| held.several(*run)).collect();
        entries.sort_unstable();
        for ((_, text), place) in entries.iter().zip(0u32..) {
            places[*text as usize].push(place);
        }
        Self { entries, places }
    }

    /// How many runs a text shares with each later one, of those that are among the next to hold one.
    fn count(&self, text: usize, next: usize, shared: &mut Shared) {
        for place in &self.places[text] {
            let place = *place as usize;
            let run = self.entries[place].0;
            let later = self.entries[place + 1..].iter().take(next).take_while(|(other, _)| *other == run);
            later.for_each(|(_, second)| shared.add(*second));
        }
    }

    /// How many runs two texts share.
    fn common(&self, first: usize, second: usize) -> usize {
        let run = |place: &u32| self.entries[*place as usize].0;
        let (mut a, mut b) = (self.places[first].iter().map(run).peekable(), self.places[second].iter().map(run));
        let mut common = 0;
        let mut other = b.next();
        while let (Some(one), Some(two)) = (a.peek(), other) {
            match one.cmp(&two) {
                std::cmp::Ordering::Less => {
                    a.next();
                }
                std::cmp::Ordering::Greater => other = b.next(),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    a.next();
                    other = b.next();
                }
            }
        }
        common
    }
}

/// Which runs may be held by more than one text: most are held by one, and need not be sorted.
struct Held {
    counts: Vec<u8>,
}

impl Held {
    /// A place for every few runs: two that share one are both taken for held twice.
    fn by(texts: &[Vec<u64>]) -> Self {
        let runs: usize = texts.iter().map(Vec::len).sum();
        let mut held = Self { counts: vec![0; (4 * runs).next_power_of_two()] };
        for run in texts.iter().flatten() {
            let count = held.count(*run);
            *count = count.saturating_add(1);
        }
        held
    }

    fn several(&mut self, run: u64) -> bool {
        *self.count(run) > 1
    }

    fn count(&mut self, run: u64) -> &mut u8 {
        let place = run as usize & (self.counts.len() - 1);
        &mut self.counts[place]
    }
}
