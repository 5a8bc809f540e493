//! Where the explorer reads records whole.

use crate::{ReportError, source::Source};
use eval_core::{
    Judgement, Record,
    log::{Log, Place},
};

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
    pub fn order(self) -> usize {
        match self {
            Self::Line(place) => place.line,
            Self::Row(row) => row,
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

    /// What a model is called here, by its name in the source; `None` where it is not wanted.
    pub fn name_here<'a>(&'a self, model: &'a str) -> Option<&'a str> {
        self.source.name_here(model)
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
    pub fn each(&self, mut each: impl FnMut(&Record, Spot) -> Result<(), ReportError>) -> Result<(), ReportError> {
        let mut row = 0;
        self.source.each(|record, place| {
            let spot = place.map_or(Spot::Row(row), Spot::Line);
            row += 1;
            each(&record, spot)
        })
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
