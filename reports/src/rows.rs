//! What the summary needs of each record, gathered while the log is read: the records of a large run do not fit in memory.

mod facts;

pub(crate) use facts::Facts;

use crate::{breakdown::Fate, names::Names, outline::Outline};
use eval_core::{Digest, FieldCounts, Manifest, TaskKind, log::Place};
use facts::{counted, small};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Task, model, case and repeat of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Its place in the manifest.
    pub task: u32,
    /// Its place in the manifest.
    pub model: u32,
    pub case: CaseKey,
    pub repeat: u32,
}

/// A case by its content, and by its id where two cases have the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CaseKey {
    pub content: Digest,
    pub id: u64,
}

impl CaseKey {
    /// `None` where `case_hash` is no digest.
    pub fn new(case: &str, case_hash: &str) -> Option<Self> {
        let mut id = DefaultHasher::new();
        case.hash(&mut id);
        Some(Self { content: Digest::parse(case_hash)?, id: id.finish() })
    }
}

/// A metric has no score here.
const ABSENT: f64 = f64::NAN;
/// A metric failed here.
const FAILED: f64 = f64::INFINITY;

/// Sums over the records of a task and a model, by their places in the manifest, and by field.
pub(crate) type FieldSums = BTreeMap<(u64, u64), BTreeMap<String, FieldCounts>>;

/// Gathers rows in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    keys: Vec<Key>,
    facts: Vec<Facts>,
    places: Vec<Place>,
    scores: BTreeMap<String, Vec<f64>>,
    fields: FieldSums,
    ids: Names,
    tags: HashMap<Vec<String>, u32>,
    clusters: Names,
    labels: Names,
    error_kinds: Names,
}

/// One row a record. Clusters are numbers that sort as their names.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The tasks that keys name by their places.
    pub tasks: Vec<String>,
    /// The models that keys name by their places.
    pub models: Vec<String>,
    pub keys: Vec<Key>,
    pub facts: Vec<Facts>,
    /// Where each record can be read again; none of a baseline.
    pub places: Vec<Place>,
    /// By metric, then by row: a finite number, [`ABSENT`] or [`FAILED`]; rows at the end that lack it are left out.
    pub scores: BTreeMap<String, Vec<f64>>,
    /// What became of each field of extractions.
    pub fields: FieldSums,
    /// The ids of cases by number.
    pub ids: Vec<String>,
    /// The sets of tags by number.
    pub tags: Vec<Vec<String>>,
    /// The labels by number.
    pub labels: Vec<String>,
    /// The kinds of error by number.
    pub error_kinds: Vec<String>,
    /// The rows by key; those of one key in the order of the log.
    order: Vec<u32>,
}

impl Gatherer {
    /// Adds a record of a case, a task and a model, these by their places in the manifest.
    pub fn add(
        &mut self,
        outline: &Outline,
        place: Option<Place>,
        case: CaseKey,
        task: usize,
        kind: TaskKind,
        model: usize,
    ) {
        let row = self.keys.len();
        self.places.extend(place);
        self.keys.push(Key { task: task as u32, model: model as u32, case, repeat: outline.repeat });
        let facts = self.facts_of(outline, kind);
        self.facts.push(facts);
        if !outline.fields.is_empty() {
            let sums = self.fields.entry((task as u64, model as u64)).or_default();
            for (name, counts) in &outline.fields {
                match sums.get_mut(name) {
                    Some(sum) => *sum += *counts,
                    None => _ = sums.insert(name.clone(), *counts),
                }
            }
        }
        for (name, score) in &outline.scores {
            let score = score.filter(|x| x.is_finite()).unwrap_or(FAILED);
            match self.scores.get_mut(name) {
                Some(column) => {
                    column.resize(row, ABSENT);
                    column.push(score);
                }
                None => {
                    let column = (0..row).map(|_| ABSENT).chain([score]).collect();
                    self.scores.insert(name.clone(), column);
                }
            }
        }
    }

    fn facts_of(&mut self, outline: &Outline, kind: TaskKind) -> Facts {
        let (fate, tags) = (outline.fate(), self.tags_of(outline));
        // A failed call gave no label, a failed scorer says nothing.
        let counts = kind == TaskKind::Classification && !matches!(fate, Fate::FailedScore | Fate::Skipped);
        let mut label =
            |label: &Option<String>| label.as_deref().filter(|_| counts).map(|label| self.labels.number(label));
        let finite = |x: Option<f64>| x.filter(|x| x.is_finite()).unwrap_or(f64::NAN);
        Facts {
            id: self.ids.number(&outline.case),
            fate,
            should_decline: outline.should_decline,
            length_cut: fate.is_answer() && outline.is_cut,
            cached: fate.is_answer() && outline.cached,
            unsupported: outline.has_unsupported(),
            held_out: outline.held_out,
            tags,
            expected_label: small(label(&outline.expected)),
            given_label: small(label(&outline.answer)),
            cluster: small(outline.cluster.as_deref().map(|name| self.clusters.number(name))),
            error_kind: small(outline.error.as_ref().map(|error| self.error_kinds.number(&error.kind))),
            cost_usd: finite(outline.cost_usd),
            // A cached answer took no time of the model's: its latency is of another moment.
            latency_ms: finite(outline.latency_ms.filter(|_| !outline.cached)),
            tokens_per_second: finite(outline.speed.tokens_per_second.filter(|_| !outline.cached)),
            confidence: finite(outline.confidence),
            input_tokens: counted(outline.usage.input_tokens),
            cached_input_tokens: counted(outline.usage.cached_input_tokens),
            output_tokens: counted(outline.usage.output_tokens),
        }
    }

    fn tags_of(&mut self, outline: &Outline) -> u32 {
        if let Some(number) = self.tags.get(outline.tags.as_slice()) {
            return *number;
        }
        let number = self.tags.len() as u32;
        self.tags.insert(outline.tags.clone(), number);
        number
    }

    /// The rows of a run of these tasks and models.
    pub fn into_rows(self, of: &Manifest) -> Rows {
        let Self { keys, mut facts, places, scores, fields, ids, tags: known_tags, clusters, labels, error_kinds } =
            self;
        let mut tags = vec![Vec::new(); known_tags.len()];
        known_tags.into_iter().for_each(|(set, number)| tags[number as usize] = set);
        let clusters = clusters.into_ranks();
        facts
            .iter_mut()
            .for_each(|facts| facts.cluster = small(facts.cluster().map(|number| clusters[number as usize])));
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_unstable_by_key(|row| (keys[*row as usize], *row));
        Rows {
            tasks: of.tasks.iter().map(|task| task.name.clone()).collect(),
            models: of.models.iter().map(|model| model.name.clone()).collect(),
            keys,
            facts,
            places,
            scores,
            fields,
            ids: ids.into_texts(),
            tags,
            labels: labels.into_texts(),
            error_kinds: error_kinds.into_texts(),
            order,
        }
    }
}

impl Rows {
    /// What a list of its records needs; their numbers were gathered.
    pub fn without_numbers(self) -> Self {
        Self { scores: BTreeMap::new(), fields: BTreeMap::new(), order: Vec::new(), ..self }
    }

    /// The rows of a task by model, case and repeat, so that no sum depends on the order of the log.
    pub fn of_task(&self, task: u32) -> &[u32] {
        let place = |row: &u32| self.keys[*row as usize].task;
        let from = self.order.partition_point(|row| place(row) < task);
        let to = self.order.partition_point(|row| place(row) <= task);
        &self.order[from..to]
    }

    /// Of these sorted rows those of one task, model and case together.
    pub fn by_case<'a>(&'a self, rows: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
        let case = |row: &u32| Key { repeat: 0, ..self.keys[*row as usize] };
        rows.chunk_by(move |a, b| case(a) == case(b))
    }

    /// Two rows of one key, the earlier first: those of which the second comes earliest in the log.
    pub fn twice(&self) -> Option<(usize, usize)> {
        let pairs = self.order.windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
        pairs.filter(|(a, b)| self.keys[*a] == self.keys[*b]).min_by_key(|(_, second)| *second)
    }
}
