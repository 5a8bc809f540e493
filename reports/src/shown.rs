//! Which cases of a task the page shows in full, picked while the log is read.

use crate::breakdown::Fate;
use eval_core::{Record, Role, engine::order_key, log::Place};

/// Failing cases of a task that are shown whole.
const MOST_FAILING: usize = 200;
/// Passing cases of a task that are shown.
const PASSING_SAMPLE: usize = 20;

/// The records of one task that the page shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// The system turn, where it is the same for all.
    pub instruction: Option<String>,
    /// The first ones of the log.
    pub failing: Vec<(Place, Fate)>,
    pub failing_total: usize,
    /// A seeded sample.
    pub passing: Vec<Place>,
    pub passing_total: usize,
    /// Records of cases that are held out, which are none of the others.
    pub held_out: usize,
}

/// Picks while the records come.
#[derive(Default)]
pub(crate) struct Picks {
    shown: Shown,
    /// Whether there was a record: the first one sets the instruction.
    begun: bool,
    /// Passing records by their place in the seeded order, equal ones in the order of the log; never many.
    passing: Vec<(u64, Place)>,
}

impl Picks {
    /// Considers the next record of the log.
    pub fn add(&mut self, record: &Record, place: Place, seed: u64) {
        if record.held_out {
            self.shown.held_out += 1;
            return;
        }
        let mut messages = record.prompt.iter();
        let system = messages.find(|message| message.role == Role::System).map(|message| message.content.as_str());
        if !self.begun {
            self.shown.instruction = system.map(String::from);
        } else if self.shown.instruction.as_deref() != system {
            self.shown.instruction = None;
        }
        self.begun = true;
        match Fate::of(record) {
            Fate::Skipped => {}
            fate if fate.is_correct() => self.pass(order_key(seed, &record.case_hash, record.repeat), place),
            fate => {
                self.shown.failing_total += 1;
                if self.shown.failing.len() < MOST_FAILING {
                    self.shown.failing.push((place, fate));
                }
            }
        }
    }

    fn pass(&mut self, key: u64, place: Place) {
        self.shown.passing_total += 1;
        let at = self.passing.partition_point(|(known, _)| *known <= key);
        if at < PASSING_SAMPLE {
            self.passing.insert(at, (key, place));
            self.passing.truncate(PASSING_SAMPLE);
        }
    }

    pub fn into_shown(self) -> Shown {
        Shown { passing: self.passing.into_iter().map(|(_, place)| place).collect(), ..self.shown }
    }
}
