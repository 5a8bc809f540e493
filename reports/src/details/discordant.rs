//! The cases on which two models differ: some of them are read again from the log and shown.

use super::{Discordant, Said, TaskDetails};
use crate::{breakdown::Fate, comparison::pairs::Places, evidence::Evidence, rows::CaseKey};
use eval_core::{Digest, Record, log::Place};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Cases that are shown for each task and side.
const MOST_CASES: usize = 100;

/// Those of one task.
pub(super) struct Differing {
    details: TaskDetails,
    shown: Vec<Shown>,
    /// Where a case stands in `shown`, for the candidate's case and the reference's. Cases of one content have pairs of
    /// their own.
    known: [HashMap<CaseKey, usize>; 2],
}

/// A case that is shown.
struct Shown {
    /// Of right answers, candidate minus reference.
    difference: f64,
    /// Where the candidate's records and the reference's are.
    places: [Vec<Place>; 2],
    kept: Option<Kept>,
}

/// A case that is shown, and which records of the reference and of the candidate are: what does not tell the two apart
/// comes last, and later repeats after earlier ones.
struct Kept {
    case: Discordant,
    shown: [Option<(bool, u32)>; 2],
}

impl Kept {
    fn new(record: &Record) -> Self {
        let case = Discordant {
            case: record.case.clone(),
            case_hash: record.case_hash.clone(),
            tags: record.tags.clone(),
            expected: Value::Null,
            candidate: None,
            reference: None,
        };
        Self { case, shown: [None; 2] }
    }
}

impl Differing {
    /// Of the pairs on which the two differ, with the difference.
    pub fn new(task: &str, sides: [&Evidence; 2], pairs: &[(Places, f64)], held_out: &HashSet<Digest>) -> Self {
        let key = |side: usize, places: &Places| sides[side].cases[places[side]].key;
        // By content, so that those that are shown are a sample.
        let differing = |is: fn(f64) -> bool| pairs.iter().filter(move |(_, difference)| is(*difference));
        let (lost, won) = (|| differing(|difference| difference < 0.0), || differing(|difference| difference > 0.0));
        // Of cases that are held out the totals alone are told.
        let open = |(places, _): &&(Places, f64)| (0..2).all(|side| !held_out.contains(&key(side, places).content));
        let shown: Vec<_> = lost().filter(open).take(MOST_CASES).chain(won().filter(open).take(MOST_CASES)).collect();
        let known = |side: usize| (0..).zip(&shown).map(|(place, (places, _))| (key(side, places), place)).collect();
        let records = |side: usize, places: &Places| sides[side].places.of(places[side]).to_vec();
        let show = |(places, difference): &(Places, f64)| Shown {
            difference: *difference,
            places: [records(0, places), records(1, places)],
            kept: None,
        };
        Self {
            details: TaskDetails {
                task: task.into(),
                lost_total: lost().count(),
                won_total: won().count(),
                ..TaskDetails::default()
            },
            known: [known(0), known(1)],
            shown: shown.into_iter().map(show).collect(),
        }
    }

    pub fn name(&self) -> &str {
        &self.details.task
    }

    /// Where the records of one side are, which is 0 for the candidate.
    pub fn places(&self, side: usize) -> impl Iterator<Item = Place> {
        self.shown.iter().flat_map(move |shown| shown.places[side].iter().copied())
    }

    /// Takes a record of either model; it need not be one that is shown.
    pub fn add(&mut self, record: Record, is_candidate: bool, redacted: bool) {
        let Some(key) = CaseKey::new(&record.case, &record.case_hash) else { return };
        let Some(place) = self.known[usize::from(!is_candidate)].get(&key) else { return };
        let Shown { difference, kept, .. } = &mut self.shown[*place];
        let Kept { case, shown } = kept.get_or_insert_with(|| Kept::new(&record));
        // Of repeats the first is shown that tells the two apart.
        let tells = Fate::of(&record).is_correct() == (is_candidate == (*difference > 0.0));
        let rank = (!tells, record.repeat);
        let kept = &mut shown[usize::from(is_candidate)];
        if kept.is_some_and(|kept| kept <= rank) {
            return;
        }
        *kept = Some(rank);
        if is_candidate {
            case.case.clone_from(&record.case);
            case.tags.clone_from(&record.tags);
        }
        if !redacted && !record.expected.is_null() {
            case.expected = record.expected.clone();
        }
        let said = Some(Said::of(record, redacted));
        if is_candidate { case.candidate = said } else { case.reference = said }
    }

    pub fn finish(mut self) -> TaskDetails {
        let (mut lost, mut won) = (Vec::new(), Vec::new());
        for Shown { difference, kept, .. } in self.shown {
            let Some(Kept { case, .. }) = kept else { continue };
            if difference < 0.0 { lost.push(case) } else { won.push(case) }
        }
        for cases in [&mut lost, &mut won] {
            cases.sort_by(|a, b| (&a.case, &a.case_hash).cmp(&(&b.case, &b.case_hash)));
        }
        (self.details.lost, self.details.won) = (lost, won);
        self.details
    }
}
