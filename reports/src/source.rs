//! Where records come from: the log of a run, or a baseline file.

use crate::{ReportError, baseline, judged::Judgements};
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

    /// Hands each wanted record over, with its place where it can be read again; gives the number of a line that was cut
    /// off, if any.
    pub fn each(
        &self,
        mut each: impl FnMut(Record, Option<Place>) -> Result<(), ReportError>,
    ) -> Result<Option<usize>, ReportError> {
        let mut wanted = |mut record: Record, place| {
            if let Some(models) = &self.models {
                let Some(model) = models.iter().find(|model| model.there == record.model) else { return Ok(()) };
                record.model.clone_from(&model.here);
            }
            each(record, place)
        };
        match self.kind {
            Kind::Log => {
                let log = Log::read(&self.path, |mut record, place| {
                    self.judgements.apply(&mut record);
                    wanted(record, Some(place))
                })?;
                Ok(log.torn_line)
            }
            Kind::Baseline => {
                baseline::read(&self.path)?.records().try_for_each(|record| wanted(record, None))?;
                Ok(None)
            }
        }
    }
}
