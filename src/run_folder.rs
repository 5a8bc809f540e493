//! A run's folder: `run.json`, `records.jsonl`, `summary.json`, `report.html`.

use eval_core::{
    JUDGEMENTS_FILE, Judgement, Manifest, Record,
    log::{Log, LogError, LogWriter, RECORDS_FILE},
};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::{Path, PathBuf};

const MANIFEST_FILE: &str = "run.json";

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Finds a run by its folder, its id below `runs`, or `latest`.
    pub fn find(run: &str, runs: &Path) -> miette::Result<Self> {
        if run == "latest" {
            return Self::latest(runs);
        }
        let candidates = [PathBuf::from(run), runs.join(run)];
        let found = candidates.iter().find(|path| path.join(MANIFEST_FILE).is_file());
        found.cloned().map(Self).ok_or_else(|| {
            if let Some(folder) = candidates.iter().find(|path| path.is_dir()) {
                let help =
                    "it was not written by `eval run`, or has lost its manifest, without which nothing is known of it";
                return miette!(help = help, "the folder {} is no run: it holds no {MANIFEST_FILE}", folder.display());
            }
            let near = ids(runs).into_iter().rev().take(5).collect::<Vec<_>>().join(", ");
            let known =
                if near.is_empty() { "there is no run yet".to_string() } else { format!("the latest are {near}") };
            miette!(
                help = "name a run by its id, by its folder, or as `latest`; --out says where runs lie",
                "no run {run:?} in {}: {known}",
                runs.display()
            )
        })
    }

    fn latest(runs: &Path) -> miette::Result<Self> {
        let id = ids(runs).into_iter().next_back();
        let id = id.ok_or_else(|| miette!(help = "`eval run` makes one", "there is no run in {}", runs.display()))?;
        Ok(Self(runs.join(id)))
    }

    /// The runs of a folder, oldest first.
    pub fn all(runs: &Path) -> Vec<Self> {
        ids(runs).into_iter().map(|id| Self(runs.join(id))).collect()
    }

    /// Makes a folder for a new run; the id is its name.
    pub fn create(runs: &Path, id: &str) -> miette::Result<Self> {
        let path = runs.join(id);
        std::fs::create_dir_all(runs).and_then(|()| std::fs::create_dir(&path)).map_err(|error| {
            let help = "--out names another folder for runs: one that you may write to, with room on its disk";
            miette!(help = help, "failed to make the run's folder {}: {error}", path.display())
        })?;
        Ok(Self(path))
    }

    /// An id that is not taken: the time, the suite, and a number where two runs begin in one second.
    pub fn free_id(runs: &Path, time: &str, suite: &str) -> String {
        let suite: String = suite.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let id = format!("{time}-{suite}");
        let numbered = |n: u32| if n == 1 { id.clone() } else { format!("{id}-{n}") };
        (1..).map(numbered).find(|id| !runs.join(id).exists()).unwrap_or(id)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder's name, by which it is found.
    pub fn id(&self) -> String {
        let path = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The folder of runs that it lies in.
    pub fn runs(&self) -> PathBuf {
        match self.0.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.into(),
            _ => self.0.join(".."),
        }
    }

    /// The run's manifest.
    pub fn manifest(&self) -> miette::Result<Manifest> {
        let path = self.0.join(MANIFEST_FILE);
        let text = std::fs::read_to_string(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("failed to read {}", path.display()))?;
        serde_json::from_str(&text)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} is not a manifest that this version of eval reads", path.display()))
    }

    /// Writes the manifest.
    pub fn write_manifest(&self, manifest: &Manifest) -> miette::Result<()> {
        let text = serde_json::to_string_pretty(manifest).into_diagnostic()?;
        self.write(MANIFEST_FILE, &(text + "\n")).map(drop)
    }

    /// Adds to the manifest what came up during the run.
    pub fn add_notes(&self, notes: Vec<String>) -> miette::Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let mut manifest = self.manifest()?;
        manifest.notes.extend(notes);
        self.write_manifest(&manifest)
    }

    /// Starts the record log.
    pub fn start_log(&self) -> miette::Result<LogWriter> {
        LogWriter::create(&self.0.join(RECORDS_FILE)).into_diagnostic()
    }

    /// Reads the record log, handing each record over, and goes on with it. A run that was killed before its first
    /// record has none.
    pub fn resume_log(&self, each: impl FnMut(Record)) -> miette::Result<(Log, LogWriter)> {
        let path = self.0.join(RECORDS_FILE);
        if !path.exists() {
            return Ok((Log::default(), LogWriter::create(&path).into_diagnostic()?));
        }
        LogWriter::resume(&path, each).into_diagnostic()
    }

    /// The record log.
    pub fn records(&self) -> PathBuf {
        self.0.join(RECORDS_FILE)
    }

    /// Reads the log of judgements, handing each over, and goes on with it, or begins it.
    pub fn resume_judgements(&self, each: impl FnMut(Judgement)) -> miette::Result<LogWriter> {
        let path = self.0.join(JUDGEMENTS_FILE);
        if !path.exists() {
            return LogWriter::create(&path).into_diagnostic();
        }
        LogWriter::resume(&path, each).map(|(_, writer)| writer).into_diagnostic()
    }

    /// Hands over what judges said of the run's answers, where any did.
    pub fn read_judgements(&self, mut each: impl FnMut(Judgement)) -> miette::Result<()> {
        let path = self.0.join(JUDGEMENTS_FILE);
        if path.exists() {
            Log::read_lines(&path, |judgement, _| {
                each(judgement);
                Ok::<_, LogError>(())
            })
            .into_diagnostic()?;
        }
        Ok(())
    }

    /// Writes a file of the run whole: beside its place first, then moved there.
    pub fn write(&self, name: &str, text: &str) -> miette::Result<PathBuf> {
        let path = self.0.join(name);
        let part = self.0.join(format!(".{name}.part"));
        let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &path));
        if written.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        written.into_diagnostic().wrap_err_with(|| format!("failed to write {}", path.display()))?;
        Ok(path)
    }
}

/// The ids of the runs, oldest first: they begin with the time, and end with a number where several began in one second.
fn ids(runs: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let with_manifest = entries.filter(|entry| entry.path().join(MANIFEST_FILE).is_file());
    let mut ids: Vec<String> = with_manifest.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    ids.sort_by_cached_key(|id| {
        let numbered = id.rsplit_once('-').and_then(|(start, number)| Some((start.to_string(), number.parse().ok()?)));
        numbered.unwrap_or_else(|| (id.clone(), 1_u32))
    });
    ids
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_run_of_a_second_comes_after_the_second_one() {
        let runs = tempfile::tempdir().unwrap();
        let want =
            ["20261121-101500-shop", "20261121-101500-shop-2", "20261121-101500-shop-10", "20261121-101501-shop"];
        for id in want {
            std::fs::create_dir(runs.path().join(id)).unwrap();
            std::fs::write(runs.path().join(id).join(MANIFEST_FILE), "{}").unwrap();
        }
        assert_eq!(ids(runs.path()), want);
    }
}
