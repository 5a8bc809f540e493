use crate::{
    ReportError,
    evidence::{Evidence, gather},
    rows::{Gatherer, Rows},
    shown::{Picks, Shown},
    work::Work,
};
use eval_core::{
    MANIFEST_VERSION, Manifest, RECORD_VERSION, Record,
    log::{Log, RECORDS_FILE},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MANIFEST_FILE: &str = "run.json";

/// A run folder, read: of each record what the summary needs, and where those stand that the page shows.
#[derive(Debug, Clone)]
pub struct Run {
    /// What went into it.
    pub manifest: Manifest,
    /// How many records there are.
    pub records: usize,
    /// Failed calls and scorers by kind.
    pub failures: BTreeMap<String, Failures>,
    /// What a reader of the report must know of the reading, such as a last line that was cut off.
    pub notes: Vec<String>,
    /// By task and model, in the manifest's order.
    pub(crate) evidence: Vec<Vec<Evidence>>,
    /// By task.
    pub(crate) shown: Vec<Shown>,
    pub(crate) log: PathBuf,
    /// By task and model, in the manifest's order.
    pub(crate) work: Vec<Vec<Work>>,
}

/// Failures of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: usize,
    /// What the first one said.
    pub message: String,
}

/// Reads `run.json` and `records.jsonl` of a run folder.
pub fn read_run(dir: &Path) -> Result<Run, ReportError> {
    if !dir.is_dir() {
        return Err(ReportError::NoRun { path: dir.into() });
    }
    let manifest = read_manifest(&dir.join(MANIFEST_FILE))?;
    let path = dir.join(RECORDS_FILE);
    if !path.exists() {
        return Err(ReportError::NoRecords { id: manifest.id });
    }
    let run = read_records(manifest, path)?;
    if run.records == 0 {
        return Err(ReportError::NoRecords { id: run.manifest.id });
    }
    Ok(run)
}

/// Reads the records of a run, one by one.
pub(crate) fn read_records(manifest: Manifest, path: PathBuf) -> Result<Run, ReportError> {
    let mut rows = Gatherer::default();
    let mut picks: Vec<Picks> = manifest.tasks.iter().map(|_| Picks::default()).collect();
    let mut failures = BTreeMap::new();
    let mut work = vec![vec![Work::default(); manifest.models.len()]; manifest.tasks.len()];
    let (mut other_version, mut stray) = (None, None);
    // A line that cannot be read is told before all else, so that the reading goes on to the end.
    let log = Log::read(&path, |record, place| {
        let task = manifest.tasks.iter().position(|task| task.name == record.task);
        let model = manifest.models.iter().position(|model| model.name == record.model);
        match (task, model) {
            _ if record.v != RECORD_VERSION => other_version = other_version.or(Some(record.v)),
            _ if stray.is_some() => {}
            (Some(task), Some(model)) => {
                rows.add(&record, task, manifest.tasks[task].kind, model);
                picks[task].add(&record, place, manifest.seed);
                work[task][model].add(&record);
                count_failure(&mut failures, record);
            }
            (None, _) => stray = Some(problem(&record, "run.json has no such task".into())),
            (_, None) => stray = Some(problem(&record, "run.json has no such model".into())),
        }
        Ok::<_, ReportError>(())
    })?;
    if let Some(found) = other_version {
        return Err(ReportError::Version { path, found: found.into(), known: RECORD_VERSION });
    }
    let rows = rows.into_rows();
    if let Some(error) = twice(&path, &rows)?.or(stray) {
        return Err(error);
    }
    let notes = log.torn_line.map(|line| {
        format!("{RECORDS_FILE}, line {line}: the last line was cut off while being written and is left out.")
    });
    let evidence = gather(&rows, manifest.tasks.len(), manifest.models.len())?;
    let shown = picks.into_iter().map(Picks::into_shown).collect();
    let notes = notes.into_iter().collect();
    Ok(Run { manifest, records: log.records, failures, notes, evidence, shown, log: path, work })
}

fn count_failure(failures: &mut BTreeMap<String, Failures>, record: Record) {
    if let Some(error) = record.error {
        failures.entry(error.kind).or_insert(Failures { count: 0, message: error.message }).count += 1;
    }
}

/// A record that is there twice, if any: found by its row, which is its place among the records.
fn twice(path: &Path, rows: &Rows) -> Result<Option<ReportError>, ReportError> {
    let Some((first, second)) = rows.twice() else { return Ok(None) };
    let (first, second) = (first + 1, second + 1);
    let (mut row, mut found) = (0, None);
    Log::read(path, |record, _| {
        row += 1;
        if row == second {
            let message = format!(
                "it is there twice, in lines {first} and {second} (empty lines not counted): remove one of them"
            );
            found = Some(problem(&record, message));
        }
        Ok::<_, ReportError>(())
    })?;
    Ok(found)
}

fn problem(record: &Record, message: String) -> ReportError {
    ReportError::Record {
        task: record.task.clone(),
        case: record.case.clone(),
        model: record.model.clone(),
        repeat: record.repeat,
        message,
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, ReportError> {
    let text = std::fs::read(path).map_err(|source| ReportError::Manifest { path: path.into(), source })?;
    let bad = |error: serde_json::Error| ReportError::BadManifest { path: path.into(), message: error.to_string() };
    // The version first: another version may have other keys, and that message must not hide this one.
    let value: Value = serde_json::from_slice(&text).map_err(bad)?;
    match value["v"].as_u64() {
        Some(v) if v == u64::from(MANIFEST_VERSION) => serde_json::from_value(value).map_err(bad),
        Some(found) => Err(ReportError::Version { path: path.into(), found, known: MANIFEST_VERSION }),
        None => Err(ReportError::BadManifest { path: path.into(), message: "it has no version `v`".into() }),
    }
}
