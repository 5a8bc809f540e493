//! Where the explorer takes records from: outlines of all of them once, and some of them whole later.

use crate::{ReportError, breakdown::Fate, source::Source};
use eval_core::{
    Behaviour, FinishReason, Judgement, Outcome, Record,
    log::{Log, Place},
};
use serde::{Deserialize, de::IgnoredAny};

/// What the list of cases needs of a record; the rest of its line is passed over. That the line is a whole record was
/// seen when the run was read.
#[derive(Debug, Deserialize)]
pub(super) struct Outline {
    pub task: String,
    pub case: String,
    pub case_hash: String,
    pub model: String,
    pub repeat: u32,
    outcome: Outcome,
    correct: Option<bool>,
    behaviour: Option<Behaviour>,
    should_decline: bool,
    finish_reason: Option<FinishReason>,
    #[serde(default)]
    unsupported: Vec<IgnoredAny>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub held_out: bool,
}

impl Outline {
    pub fn fate(&self) -> Fate {
        Fate::from_parts(self.outcome, self.behaviour, self.correct, self.should_decline)
    }

    pub fn is_cut(&self) -> bool {
        self.finish_reason == Some(FinishReason::Length)
    }

    pub fn has_unsupported(&self) -> bool {
        !self.unsupported.is_empty()
    }
}

impl From<&Record> for Outline {
    fn from(record: &Record) -> Self {
        Self {
            task: record.task.clone(),
            case: record.case.clone(),
            case_hash: record.case_hash.clone(),
            model: record.model.clone(),
            repeat: record.repeat,
            outcome: record.outcome,
            correct: record.correct,
            behaviour: record.behaviour,
            should_decline: record.should_decline,
            finish_reason: record.finish_reason.clone(),
            unsupported: record.unsupported.iter().map(|_| IgnoredAny).collect(),
            tags: record.tags.clone(),
            held_out: record.held_out,
        }
    }
}

/// Where a record can be read again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spot {
    /// In a log.
    Line(Place),
    /// Among the records of a baseline.
    Row(usize),
}

impl Spot {
    /// A number that no other spot of the shelf has.
    pub fn order(self) -> u64 {
        match self {
            Self::Line(place) => place.line as u64,
            Self::Row(row) => row as u64,
        }
    }
}

/// The records of one source.
#[derive(Debug)]
pub(super) struct Shelf {
    source: Source,
    /// Those of a baseline, which is small.
    kept: Vec<Record>,
}

impl Shelf {
    pub fn open(source: &Source) -> Result<Self, ReportError> {
        let mut kept = Vec::new();
        if !source.is_log() {
            source.each(|record, _| {
                kept.push(record);
                Ok(())
            })?;
        }
        Ok(Self { source: source.clone(), kept })
    }

    /// Hands the outline of each wanted record over.
    pub fn outlines(&self, mut each: impl FnMut(Outline, Spot)) -> Result<(), ReportError> {
        self.kept.iter().enumerate().for_each(|(row, record)| each(record.into(), Spot::Row(row)));
        if self.source.is_log() {
            Log::read_lines(self.source.path(), |mut outline: Outline, place| {
                if let Some(name) = self.source.name_here(&outline.model) {
                    outline.model = name.into();
                    each(outline, Spot::Line(place));
                }
                Ok::<_, ReportError>(())
            })?;
        }
        Ok(())
    }

    /// Reads these records whole, with what judges said of each.
    pub fn read(&self, spots: &[Spot]) -> Result<Vec<(Record, Vec<Judgement>)>, ReportError> {
        let rows = spots.iter().filter_map(|spot| match spot {
            Spot::Row(row) => self.kept.get(*row).cloned(),
            Spot::Line(_) => None,
        });
        let places: Vec<Place> = spots
            .iter()
            .filter_map(|spot| match spot {
                Spot::Line(place) => Some(*place),
                Spot::Row(_) => None,
            })
            .collect();
        let mut found: Vec<_> = rows.map(|record| (record, Vec::new())).collect();
        for record in if places.is_empty() { Vec::new() } else { Log::read_at(self.source.path(), &places)? } {
            found.push(self.judged(record)?);
        }
        Ok(found)
    }

    /// Hands every wanted record over, whole.
    pub fn each(&self, mut each: impl FnMut(&Record, Spot)) -> Result<(), ReportError> {
        let mut row = 0;
        self.source.each(|record, place| {
            each(&record, place.map_or(Spot::Row(row), Spot::Line));
            row += 1;
            Ok(())
        })?;
        Ok(())
    }

    /// A record of the log as it is known here. Judges know it by the name that it has there.
    fn judged(&self, mut record: Record) -> Result<(Record, Vec<Judgement>), ReportError> {
        let said = self.source.judgements.said(&record)?;
        self.source.judgements.apply(&mut record);
        if let Some(name) = self.source.name_here(&record.model) {
            record.model = name.into();
        }
        Ok((record, said))
    }
}
