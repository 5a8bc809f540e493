//! Where records come from: the log of a run, or a baseline file.

use crate::{ReportError, baseline, judged::Judgements, outline::Outline};
use eval_core::{
    Manifest, Record,
    log::{Log, Place},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The records of one run.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    path: PathBuf,
    kind: Kind,
    /// Which of its models are wanted, and what they are called here; `None`: all, by their own names.
    models: Option<Vec<Renamed>>,
    /// What judges said of them.
    pub judgements: Arc<Judgements>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Log,
    Baseline,
}

/// A model's name in the source, and here.
#[derive(Debug, Clone)]
pub(crate) struct Renamed {
    pub there: String,
    pub here: String,
}

impl Source {
    /// A record log, and the judgements beside it.
    pub fn log(path: PathBuf, manifest: &Manifest) -> Result<Self, ReportError> {
        let judgements = Arc::new(Judgements::beside(&path, manifest)?);
        Ok(Self { path, kind: Kind::Log, models: None, judgements })
    }

    pub fn baseline(path: PathBuf) -> Self {
        Self { path, kind: Kind::Baseline, models: None, judgements: Arc::default() }
    }

    /// The same source, of which only some models are wanted.
    pub fn with_models(self, models: Vec<Renamed>) -> Self {
        Self { models: Some(models), ..self }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its records can be read again one by one.
    pub fn is_log(&self) -> bool {
        self.kind == Kind::Log
    }

    /// What a model of the source is called here; `None` where it is not wanted.
    pub fn name_here<'a>(&'a self, model: &'a str) -> Option<&'a str> {
        let Some(models) = &self.models else { return Some(model) };
        models.iter().find(|known| known.there == model).map(|known| known.here.as_str())
    }

    /// Hands each wanted record over, with its place where it can be read again.
    pub fn each(
        &self,
        mut each: impl FnMut(Record, Option<Place>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut wanted = |record: Record, place| self.wanted(record).map_or(Ok(()), |record| each(record, place));
        let judged = |mut record: Record| {
            self.judgements.apply(&mut record);
            record
        };
        match self.kind {
            Kind::Log => Log::read_as(&self.path, judged, |record, place| wanted(record, Some(place))).map(drop),
            Kind::Baseline => baseline::read(&self.path)?.records().try_for_each(|record| wanted(record, None)),
        }
    }

    /// The same of their outlines; gives the number of a line that was cut off, if any.
    pub fn outlines(
        &self,
        mut each: impl FnMut(Outline, Option<Place>) -> Result<(), ReportError>,
    ) -> Result<Option<usize>, ReportError> {
        let mut wanted = |mut outline: Outline, place| match self.rename(&mut outline.model) {
            true => each(outline, place),
            false => Ok(()),
        };
        let judged = |mut outline: Outline| {
            self.judgements.apply_to_outline(&mut outline);
            outline
        };
        match self.kind {
            Kind::Log => Ok(Log::read_as(&self.path, judged, |outline, place| wanted(outline, Some(place)))?.torn_line),
            Kind::Baseline => {
                baseline::read(&self.path)?.records().try_for_each(|record| wanted(record.into(), None))?;
                Ok(None)
            }
        }
    }

    /// Hands the wanted ones of these records over; of a baseline, which is small, all.
    pub fn each_at(
        &self,
        places: &[Place],
        mut each: impl FnMut(Record, Option<Place>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        if self.kind == Kind::Baseline {
            return self.each(each).map(drop);
        }
        for (mut record, place) in Log::read_at(&self.path, places)?.into_iter().zip(places) {
            self.judgements.apply(&mut record);
            if let Some(record) = self.wanted(record) {
                each(record, Some(*place))?;
            }
        }
        Ok(())
    }

    /// The record by its model's name here; `None` where that is not wanted.
    fn wanted(&self, mut record: Record) -> Option<Record> {
        self.rename(&mut record.model).then_some(record)
    }

    /// Gives a model its name here, where it has another; false where it is not wanted.
    fn rename(&self, model: &mut String) -> bool {
        let Some(models) = &self.models else { return true };
        let known = models.iter().find(|known| known.there == *model);
        known.map(|known| model.clone_from(&known.here)).is_some()
    }

    /// Whether a model's records are here, by its name here.
    pub fn holds(&self, model: &str) -> bool {
        self.models.as_ref().is_none_or(|models| models.iter().any(|known| known.here == model))
    }
}
