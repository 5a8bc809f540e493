//! The cases of a run, to be looked at one by one: a light index of all, and blocks of whole cases that are read again
//! from the log when they are asked for. Of each record a place is kept and not the record: a large run does not fit in
//! memory.

mod carried;
mod case;
mod index;
mod list;
mod packed;
mod section;
mod shelf;
mod text;

use crate::{ReportError, Run};
use case::{Answer, CaseView};
use eval_core::TaskKind;
use index::Whereabouts;
use list::{Case, List};
use serde_json::json;
use shelf::{Shelf, Spot};
use std::{collections::BTreeMap, sync::OnceLock};
use text::{Texts, Words};

pub(crate) use section::section;

/// Cases of one block.
const BLOCK: usize = 100;

/// All cases of a run as the explorer shows them; of those that are held out it knows the number alone.
#[derive(Debug)]
pub struct Explorer {
    /// The command that shows all cases.
    shown_by: String,
    models: Vec<index::Model>,
    tasks: Vec<String>,
    kinds: Vec<TaskKind>,
    seed: u64,
    redact: bool,
    shelves: Vec<Shelf>,
    list: List,
    /// See [`Explorer::numbers`]: made for the first search.
    numbers: OnceLock<Vec<Vec<Option<u32>>>>,
}

impl Explorer {
    /// Lists the cases. Of a run that is redacted it gives ids, scores and slices, and no word of a prompt, of an expected
    /// outcome or of an output.
    pub fn new(run: &Run) -> Result<Self, ReportError> {
        let shelves: Vec<Shelf> = run.sources.iter().map(Shelf::open).collect::<Result<_, _>>()?;
        let list = List::new(run, &shelves);
        Ok(Self {
            shown_by: match run.sources.len() {
                1 => format!("eval view {}", run.manifest.id),
                _ => "eval view".into(),
            },
            models: run.manifest.models.iter().map(index::Model::new).collect(),
            tasks: run.manifest.tasks.iter().map(|task| task.name.clone()).collect(),
            kinds: run.manifest.tasks.iter().map(|task| task.kind).collect(),
            seed: run.manifest.seed,
            redact: run.redact,
            shelves,
            list,
            numbers: OnceLock::new(),
        })
    }

    /// JSON: the models, tasks and slices, and of every case its id, its task, its slices and what each model made of it.
    /// The case of number n is in block n / `block_size`, at the place of the rest. The version is whoever asks for a block
    /// to name, so that they do not get one of other cases.
    pub fn index(&self, version: &str) -> Result<String, ReportError> {
        let all: Vec<usize> = (0..self.list.cases.len()).collect();
        self.index_of(&all, Whereabouts::InOrder { block_size: BLOCK, version: version.into() }, None)
    }

    /// JSON: the cases of one block, whole; `None` where there is no such block.
    pub fn block(&self, number: usize) -> Result<Option<String>, ReportError> {
        let from = number.saturating_mul(BLOCK);
        let to = from.saturating_add(BLOCK).min(self.list.cases.len());
        if from >= to { Ok(None) } else { self.cases(&(from..to).collect::<Vec<_>>()).map(Some) }
    }

    /// The numbers of the cases that hold each of these words, in their prompt, expected outcome or outputs, or in their
    /// id; of a redacted run in their id alone. It reads all records for as long as it `goes_on`.
    pub fn search(&self, words: &str, goes_on: impl Fn() -> bool) -> Result<Vec<u32>, ReportError> {
        let words = Words::new(words);
        let id = |case: &Case| words.found([self.list.ids[case.id as usize].as_str()].into_iter());
        let mut found: Vec<u64> = self.list.cases.iter().map(id).collect();
        if !self.redact {
            for (shelf, numbers) in self.shelves.iter().zip(self.numbers()) {
                shelf.each(|record, spot| {
                    if !goes_on() {
                        return Err(ReportError::Ended);
                    }
                    if let Some(number) = numbers.get(spot.order()).copied().flatten() {
                        found[number as usize] |= words.found_in(record);
                    }
                    Ok(())
                })?;
            }
        }
        Ok((0..).zip(found).filter(|(_, bits)| *bits == words.all()).map(|(number, _)| number).collect())
    }

    /// For each shelf, by the order of each record there, the number of its case.
    fn numbers(&self) -> &[Vec<Option<u32>>] {
        self.numbers.get_or_init(|| {
            let mut numbers = vec![Vec::new(); self.shelves.len()];
            for (number, case) in (0..).zip(&self.list.cases) {
                for row in &self.list.rows[case.rows.clone()] {
                    let (shelf, place) = (&mut numbers[usize::from(row.shelf)], row.spot.order());
                    if shelf.len() <= place {
                        shelf.resize(place + 1, None);
                    }
                    shelf[place] = Some(number);
                }
            }
            numbers
        })
    }

    /// Reads these cases and writes them as a block.
    fn cases(&self, numbers: &[usize]) -> Result<String, ReportError> {
        // By shelf, so that each log is opened once.
        let mut wanted: BTreeMap<u8, Vec<(usize, u32, Spot)>> = BTreeMap::new();
        for (place, number) in numbers.iter().enumerate() {
            for row in &self.list.rows[self.list.cases[*number].rows.clone()] {
                wanted.entry(row.shelf).or_default().push((place, row.model, row.spot));
            }
        }
        let mut answers: Vec<Vec<Answer>> = numbers.iter().map(|_| Vec::new()).collect();
        for (shelf, wanted) in wanted {
            let spots: Vec<Spot> = wanted.iter().map(|(_, _, spot)| *spot).collect();
            let read = self.shelves[usize::from(shelf)].read(&spots)?;
            for ((place, model, _), (record, judged)) in wanted.into_iter().zip(read) {
                answers[place].push(Answer { record, model, judged });
            }
        }
        let mut texts = Texts::default();
        let view = |(number, mut answers): (&usize, Vec<Answer>)| {
            let case = &self.list.cases[*number];
            answers.sort_by_key(|answer| (answer.model, answer.record.repeat));
            CaseView::new(&self.list.ids[case.id as usize], case.task, &answers, &mut texts, self.redact)
        };
        let cases: Vec<CaseView> = numbers.iter().zip(answers).map(view).collect();
        Ok(json!({ "cases": cases, "texts": texts.into_texts() }).to_string())
    }
}
