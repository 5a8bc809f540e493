//! A suite over time. What changed from run to run is told from their logs, and kept while these are as they were.

use super::shelf::{Kept, Refusal, Shelf, Stamp, locked, stamp};
use crate::{evidence::told, run_folder::RunFolder};
use eval_reports::{History, Past, add_changes, history, read_run, trend_page};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Runs of a trend, counted from the newest.
const MOST_RUNS: usize = 40;

/// By suite.
#[derive(Default)]
pub(super) struct Trends(Mutex<HashMap<String, Kept<Arc<History>>>>);

impl Trends {
    /// The history of these runs, oldest first.
    fn of(&self, suite: &str, runs: &[Past], folders: &[RunFolder]) -> Result<Arc<History>, Refusal> {
        let folder = |id: &str| folders.iter().find(|folder| folder.id() == id);
        let found = runs.iter().filter_map(|past| folder(&past.run));
        let now: Stamp = found.flat_map(|folder| stamp(folder.path())).collect();
        let names = || runs.iter().map(|past| &past.run);
        // One is made at a time, so that a page that is asked for twice reads the logs once.
        let mut kept = locked(&self.0);
        if let Some(known) = kept.get(suite).filter(|known| known.stamp == now && names().eq(&known.value.runs)) {
            return Ok(known.value.clone());
        }
        let mut history = history(suite, runs);
        add_changes(&mut history, |id| read_run(folder(id)?.path()).ok().map(Arc::new)).map_err(told)?;
        let value = Arc::new(history);
        kept.insert(suite.into(), Kept { stamp: now, value: value.clone() });
        Ok(value)
    }
}

impl Shelf {
    /// The page of a suite over time.
    pub fn trend(&self, suite: &str) -> Result<String, Refusal> {
        let (mut runs, mut left_out) = (Vec::new(), Vec::new());
        for listed in self.list() {
            match listed.found {
                Ok(past) if past.manifest.suite.name == suite => runs.push(past),
                Ok(_) => {}
                Err(why) => left_out.push((listed.run, why)),
            }
        }
        if runs.is_empty() {
            return Err(Refusal::Missing(format!("There is no run of the suite {suite:?} in {}.", self.folder())));
        }
        runs.truncate(MOST_RUNS);
        let runs: Vec<Past> = runs.iter().rev().map(|past| Past::clone(past)).collect();
        let history = self.trends.of(suite, &runs, &self.folders())?;
        Ok(trend_page(&history, &left_out)?)
    }
}
