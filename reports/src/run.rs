use crate::ReportError;
use eval_core::{
    MANIFEST_VERSION, Manifest, RECORD_VERSION, Record,
    log::{Log, RECORDS_FILE},
};
use serde_json::Value;
use std::{collections::HashMap, path::Path};

const MANIFEST_FILE: &str = "run.json";

/// A run folder, read.
#[derive(Debug, Clone)]
pub struct Run {
    /// What went into it.
    pub manifest: Manifest,
    /// Its records, in the order they were written.
    pub records: Vec<Record>,
    /// What a reader of the report must know of the reading, such as a last line that was cut off.
    pub notes: Vec<String>,
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
    let log = Log::read(&path)?;
    if let Some(record) = log.records.iter().find(|record| record.v != RECORD_VERSION) {
        return Err(ReportError::Version { path, found: record.v.into(), known: RECORD_VERSION });
    }
    if log.records.is_empty() {
        return Err(ReportError::NoRecords { id: manifest.id });
    }
    let notes = log.torn_line.map(|line| {
        format!("{RECORDS_FILE}, line {line}: the last line was cut off while being written and is left out.")
    });
    let run = Run { manifest, records: log.records, notes: notes.into_iter().collect() };
    check(&run)?;
    Ok(run)
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

/// Checks that every record belongs to a task and a model of the run, and that none is there twice.
pub(crate) fn check(run: &Run) -> Result<(), ReportError> {
    let mut seen = HashMap::new();
    for (record, line) in run.records.iter().zip(1..) {
        let key = (&record.task, &record.case, &record.model, record.repeat);
        let problem = if !run.manifest.tasks.iter().any(|task| task.name == record.task) {
            Some("run.json has no such task".to_string())
        } else if !run.manifest.models.iter().any(|model| model.name == record.model) {
            Some("run.json has no such model".into())
        } else {
            seen.insert(key, line).map(|first: usize| {
                format!("it is there twice, in lines {first} and {line} (empty lines not counted): remove one of them")
            })
        };
        if let Some(message) = problem {
            return Err(ReportError::Record {
                task: record.task.clone(),
                case: record.case.clone(),
                model: record.model.clone(),
                repeat: record.repeat,
                message,
            });
        }
    }
    Ok(())
}
