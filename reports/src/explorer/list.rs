//! All cases of a run, each with its records: who was right, and where to read what was said.

use super::shelf::{Shelf, Spot};
use crate::{
    Run,
    breakdown::Fate,
    names::Names,
    rows::{CaseKey, Rows},
};
use eval_core::Digest;
use std::{collections::HashMap, ops::Range};

/// What an answer is marked with beside its fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Unsupported,
    Cut,
    RepeatsDiffer,
}

impl Flag {
    pub const ALL: [Self; 3] = [Self::Unsupported, Self::Cut, Self::RepeatsDiffer];

    /// The words for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported claims",
            Self::Cut => "cut at the token limit",
            Self::RepeatsDiffer => "repeats differ",
        }
    }
}

/// How much a case tells, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The models differ.
    Discordant,
    /// Alike, and not right.
    Failing,
    /// The rest: right, or not asked.
    Rest,
}

impl Rank {
    pub const ALL: [Self; 3] = [Self::Discordant, Self::Failing, Self::Rest];
}

/// One record.
#[derive(Debug)]
pub(super) struct Row {
    content: Digest,
    task: u32,
    /// The number of the case's id.
    id: u32,
    tags: u32,
    /// Which of the cases of this content it is of; nearly always 0.
    twin: u32,
    pub model: u32,
    pub repeat: u32,
    pub fate: Fate,
    unsupported: bool,
    cut: bool,
    pub shelf: u8,
    pub spot: Spot,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub content: Digest,
    pub task: u32,
    pub id: u32,
    pub tags: u32,
    /// Which of the cases of its task and id it is, counted from 1; nearly always the only one.
    pub nth: u32,
    pub rank: Rank,
    /// Its records, by model and repeat.
    pub rows: Range<usize>,
}

/// The cases that tell most first, then by task and id.
#[derive(Debug)]
pub(super) struct List {
    pub cases: Vec<Case>,
    pub rows: Vec<Row>,
    pub ids: Vec<String>,
    pub tag_sets: Vec<Vec<String>>,
    /// Cases of which totals alone are told.
    pub held_out: usize,
}

/// What one model made of a case.
pub(super) struct Stand<'a> {
    rows: &'a [Row],
}

impl Stand<'_> {
    /// Of repeats the first that is not right, else the first.
    pub fn fate(&self) -> Option<Fate> {
        let fates = || self.rows.iter().map(|row| row.fate);
        let failing = fates().find(|fate| !fate.is_correct() && *fate != Fate::Skipped);
        failing.or_else(|| fates().find(|fate| *fate != Fate::Skipped)).or_else(|| fates().next())
    }

    pub fn asked(&self) -> usize {
        self.rows.iter().filter(|row| row.fate != Fate::Skipped).count()
    }

    pub fn right(&self) -> usize {
        self.rows.iter().filter(|row| row.fate.is_correct()).count()
    }

    pub fn has(&self, flag: Flag) -> bool {
        match flag {
            Flag::Unsupported => self.rows.iter().any(|row| row.unsupported),
            Flag::Cut => self.rows.iter().any(|row| row.cut),
            Flag::RepeatsDiffer => (1..self.asked()).contains(&self.right()),
        }
    }
}

impl List {
    /// Lists all records; each shelf is of the source at its place.
    pub fn new(run: &Run, shelves: &[Shelf]) -> Self {
        let mut gathered = Gathered::default();
        for ((number, shelf), rows) in (0..).zip(shelves).zip(&run.rows) {
            gathered.add(run, number, shelf, rows);
        }
        gathered.into_list()
    }

    /// What a model made of a case.
    pub fn stand(&self, case: &Case, model: u32) -> Stand<'_> {
        let rows = &self.rows[case.rows.clone()];
        let from = rows.partition_point(|row| row.model < model);
        let to = rows.partition_point(|row| row.model <= model);
        Stand { rows: &rows[from..to] }
    }
}

#[derive(Default)]
struct Gathered {
    rows: Vec<Row>,
    ids: Names,
    tag_sets: HashMap<Vec<String>, u32>,
    /// What ids sort by where contents are equal, by number: that of [`CaseKey`].
    orders: Vec<u64>,
    held_out: Vec<HeldOut>,
}

/// Task, content, model and id of a record.
type HeldOut = (u32, Digest, u32, u64);

impl Gathered {
    fn add(&mut self, run: &Run, number: u8, shelf: &Shelf, known: &Rows) {
        let manifest = &run.manifest;
        let task = |name: &String| manifest.tasks.iter().position(|task| task.name == *name);
        let model = |name: &String| {
            let here = shelf.name_here(name)?;
            manifest.models.iter().position(|model| model.name == here)
        };
        let tasks: Vec<Option<usize>> = known.tasks.iter().map(task).collect();
        let models: Vec<Option<usize>> = known.models.iter().map(model).collect();
        // Those of held-out cases get no number.
        let (mut ids, mut tag_sets) = (vec![None; known.ids.len()], vec![None; known.tags.len()]);
        for (place, (key, facts)) in known.keys.iter().zip(&known.facts).enumerate() {
            // A task that only the reference's run holds is no part of this one.
            let (Some(task), Some(model)) = (tasks[key.task as usize], models[key.model as usize]) else { continue };
            let content = key.case.content;
            // A case may have been held out while the run went on.
            if facts.held_out || run.held_out.contains(&content) {
                self.held_out.push((task as u32, content, model as u32, key.case.id));
                continue;
            }
            let id = facts.id as usize;
            let tags = facts.tags as usize;
            let id = *ids[id].get_or_insert_with(|| self.id(&known.ids[id], key.case));
            self.rows.push(Row {
                content,
                task: task as u32,
                id,
                tags: *tag_sets[tags].get_or_insert_with(|| tag_set(&mut self.tag_sets, &known.tags[tags])),
                twin: 0,
                model: model as u32,
                repeat: key.repeat,
                fate: facts.fate,
                unsupported: facts.unsupported,
                cut: facts.length_cut,
                shelf: number,
                spot: known.places.get(place).map_or(Spot::Row(place), |place| Spot::Line(*place)),
            });
        }
    }

    /// The number of a case's id.
    fn id(&mut self, text: &str, key: CaseKey) -> u32 {
        let number = self.ids.number(text);
        if number as usize == self.orders.len() {
            self.orders.push(key.id);
        }
        number
    }

    fn into_list(self) -> List {
        let Self { mut rows, ids, orders, tag_sets, held_out } = self;
        number_twins(&mut rows, |id| orders[id as usize]);
        let ids = ids.into_texts();
        let mut sorted: Vec<u32> = (0..ids.len() as u32).collect();
        sorted.sort_unstable_by_key(|id| &ids[*id as usize]);
        let mut places = vec![0u32; ids.len()];
        (0..).zip(&sorted).for_each(|(place, id)| places[*id as usize] = place);
        let place = |id: u32| places[id as usize];
        let case = |row: &Row| (row.task, row.content, row.twin);
        rows.sort_unstable_by_key(|row| (case(row), row.model, row.repeat));
        let (mut cases, mut same_id) = (Vec::new(), HashMap::new());
        let mut from = 0;
        for group in rows.chunk_by(|a, b| case(a) == case(b)) {
            let first = &group[0];
            let rows = from..from + group.len();
            from = rows.end;
            let (content, task, id, tags) = (first.content, first.task, first.id, first.tags);
            // By content, so that an address stays what it is when a case is judged anew.
            let nth = same_id.entry((task, id)).and_modify(|n| *n += 1).or_insert(1);
            cases.push(Case { content, task, id, tags, nth: *nth, rank: rank(group), rows });
        }
        cases.sort_by_key(|case| (case.rank, case.task, place(case.id), case.nth));
        let mut sets = vec![Vec::new(); tag_sets.len()];
        tag_sets.into_iter().for_each(|(set, number)| sets[number as usize] = set);
        List { cases, rows, ids, tag_sets: sets, held_out: held_out_cases(held_out) }
    }
}

/// The number of a set of tags.
fn tag_set(known: &mut HashMap<Vec<String>, u32>, tags: &[String]) -> u32 {
    let next = known.len() as u32;
    *known.entry(tags.to_vec()).or_insert(next)
}

/// Where several cases of a model have one content they are paired as in the comparison: those that were asked, in the
/// order of [`CaseKey`], the first with the first of another model. Those that were not come after them.
fn number_twins(rows: &mut [Row], order: impl Fn(u32) -> u64) {
    rows.sort_unstable_by_key(|row| (row.task, row.content, row.model, order(row.id), row.id));
    for same in rows.chunk_by_mut(|a, b| (a.task, a.content, a.model) == (b.task, b.content, b.model)) {
        let (asked, skipped): (Vec<_>, Vec<_>) =
            same.chunk_by_mut(|a, b| a.id == b.id).partition(|case| Stand { rows: case }.asked() > 0);
        for (twin, case) in (0..).zip(asked.into_iter().chain(skipped)) {
            case.iter_mut().for_each(|row| row.twin = twin);
        }
    }
}

/// How many cases these are, each of however many models.
fn held_out_cases(mut records: Vec<HeldOut>) -> usize {
    records.sort_unstable();
    records.dedup();
    let of_one = |same: &[HeldOut]| same.chunk_by(|a, b| a.2 == b.2).map(<[_]>::len).max().unwrap_or_default();
    records.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(of_one).sum()
}

fn rank(rows: &[Row]) -> Rank {
    let stands = rows.chunk_by(|a, b| a.model == b.model).map(|rows| Stand { rows }).filter(|stand| stand.asked() > 0);
    let shares: Vec<(usize, usize)> = stands.map(|stand| (stand.right(), stand.asked())).collect();
    if shares.windows(2).any(|pair| pair[0].0 * pair[1].1 != pair[1].0 * pair[0].1) {
        Rank::Discordant
    } else if shares.iter().any(|(right, asked)| right < asked) {
        Rank::Failing
    } else {
        Rank::Rest
    }
}
