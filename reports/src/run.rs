use crate::{
    JudgedRow, Look, ReportError, baseline,
    cost::Terms,
    evidence::Evidence,
    gather::gather,
    outline::Outline,
    rows::{CaseKey, Gatherer, Rows},
    source::Source,
    unscored::Unscored,
    work::Work,
};
use eval_core::{DataPolicy, Digest, MANIFEST_VERSION, Manifest, ModelInfo, RECORD_VERSION, Record, log::RECORDS_FILE};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

const MANIFEST_FILE: &str = "run.json";

/// A run, read: of each record what the summary needs.
#[derive(Debug, Clone)]
pub struct Run {
    /// What went into it.
    pub manifest: Manifest,
    /// How many records there are.
    pub records: usize,
    /// Failed calls and scorers by model and kind.
    pub failures: BTreeMap<(String, String), Failures>,
    /// Whether prompts, passages, expected outcomes and outputs are left out of all that is shown; ids, scores and slices
    /// stay. It begins as the suite's data policy has it.
    pub redact: bool,
    /// What a reader of the report must know of the reading, such as a last line that was cut off.
    pub notes: Vec<String>,
    /// How models are paid for, where it was given or changed since they ran; by name.
    pub terms: BTreeMap<String, Terms>,
    /// Earlier looks at the suite, of whatever runs.
    pub looks: Vec<Look>,
    /// How two runs that were brought together differ, in sentences.
    pub(crate) differences: Vec<String>,
    /// Tasks that the reference's run holds and the candidate's whole suite does not.
    pub(crate) missing_tasks: Vec<String>,
    /// By task and model, in the manifest's order.
    pub(crate) evidence: Vec<Vec<Evidence>>,
    /// Where the records are.
    pub(crate) sources: Vec<Source>,
    /// The records of each source, by their numbers.
    pub(crate) rows: Vec<Arc<Rows>>,
    /// The contents of the cases of which reports show totals alone.
    pub(crate) held_out: HashSet<Digest>,
}

impl Run {
    /// How a model is paid for: as it was given since, else as it was when it ran.
    pub(crate) fn terms_of(&self, model: &ModelInfo) -> Terms {
        self.terms.get(&model.name).cloned().unwrap_or_else(|| Terms::of(model))
    }

    /// Whether the record's case is one of which reports show totals alone.
    pub(crate) fn is_held_out(&self, record: &Record) -> bool {
        record.held_out || Digest::parse(&record.case_hash).is_some_and(|hash| self.held_out.contains(&hash))
    }
}

/// Failures of one model and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: usize,
    /// What the first one said; empty where each is of a case that is held out.
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
    let run = {
        let source = Source::log(path, &manifest)?;
        read_records(manifest, source)
    }?;
    if run.records == 0 {
        return Err(ReportError::NoRecords { id: run.manifest.id });
    }
    Ok(run)
}

/// Reads a baseline file as the run of one model that it was.
pub fn read_baseline(path: &Path) -> Result<Run, ReportError> {
    let manifest = baseline::read(path)?.manifest;
    check_decision(&manifest, path)?;
    read_records(manifest, Source::baseline(path.into()))
}

/// Reads the records of a run, one by one.
pub(crate) fn read_records(manifest: Manifest, source: Source) -> Result<Run, ReportError> {
    let mut rows = Gatherer::default();
    let mut failures = BTreeMap::new();
    let mut work = vec![vec![Work::default(); manifest.models.len()]; manifest.tasks.len()];
    let mut judged: Vec<Vec<Vec<JudgedRow>>> = vec![vec![Vec::new(); manifest.models.len()]; manifest.tasks.len()];
    let mut unscored = vec![vec![Unscored::default(); manifest.models.len()]; manifest.tasks.len()];
    let (mut other_version, mut stray, mut records) = (None, None, 0);
    let mut held_out = HashSet::new();
    // A line that cannot be read is told before all else, so that the reading goes on to the end.
    let torn_line = source.outlines(|outline, place| {
        records += 1;
        let task = manifest.tasks.iter().position(|task| task.name == outline.task);
        let model = manifest.models.iter().position(|model| model.name == outline.model);
        match (task, model, CaseKey::new(&outline.case, &outline.case_hash)) {
            _ if outline.v != RECORD_VERSION => other_version = other_version.or(Some(outline.v)),
            _ if stray.is_some() => {}
            (Some(task), Some(model), Some(case)) => {
                rows.add(&outline, place, case, task, manifest.tasks[task].kind, model);
                work[task][model].add(&outline);
                source.judgements.count(&outline, &mut judged[task][model]);
                if outline.held_out {
                    held_out.insert(case.content);
                }
                unscored[task][model].add(&outline, &manifest, &manifest.tasks[task]);
                count_failure(&mut failures, outline);
            }
            (None, ..) => stray = Some(problem(&source, &outline, "the run has no such task".into())),
            (_, None, _) => stray = Some(problem(&source, &outline, "the run has no such model".into())),
            (.., None) => {
                stray = Some(problem(&source, &outline, "its `case_hash` is not 32 hexadecimal digits".into()));
            }
        }
        Ok(())
    })?;
    if let Some(found) = other_version {
        return Err(ReportError::Version { path: source.path().into(), found: found.into(), known: RECORD_VERSION });
    }
    let rows = rows.into_rows(&manifest);
    if let Some(error) = twice(&source, &rows).or(stray) {
        return Err(error);
    }
    let torn =
        |line| format!("{RECORDS_FILE}, line {line}: the last line was cut off while being written and is left out.");
    let notes = torn_line.map(torn).into_iter().chain(manifest.notes.iter().cloned()).collect();
    let mut evidence = gather(&rows, &manifest)?;
    evidence.iter_mut().flatten().zip(work.into_iter().flatten()).for_each(|(found, work)| found.work = work);
    evidence.iter_mut().flatten().zip(judged.into_iter().flatten()).for_each(|(found, rows)| found.judged = rows);
    let unscored = unscored.into_iter().flatten().map(Unscored::into_rows);
    evidence.iter_mut().flatten().zip(unscored).for_each(|(found, rows)| found.unscored = rows);
    let (looks, differences, sources) = (Vec::new(), Vec::new(), vec![source]);
    Ok(Run {
        redact: manifest.suite.data_policy == DataPolicy::LocalOnly,
        manifest,
        records,
        failures,
        notes,
        terms: BTreeMap::new(),
        looks,
        differences,
        missing_tasks: Vec::new(),
        evidence,
        sources,
        rows: vec![Arc::new(rows.without_numbers())],
        held_out,
    })
}

fn count_failure(failures: &mut BTreeMap<(String, String), Failures>, outline: Outline) {
    let Some(error) = outline.error else { return };
    let found = failures.entry((outline.model, error.kind)).or_insert(Failures { count: 0, message: String::new() });
    found.count += 1;
    if found.message.is_empty() && !outline.held_out {
        found.message = error.message;
    }
}

/// A record that is there twice, if any; its row is its place among the records.
fn twice(source: &Source, rows: &Rows) -> Option<ReportError> {
    let (first, second) = rows.twice()?;
    let key = rows.keys[second];
    Some(ReportError::Record {
        path: source.path().into(),
        task: rows.tasks[key.task as usize].clone(),
        case: rows.ids[rows.facts[second].id as usize].clone(),
        model: rows.models[key.model as usize].clone(),
        repeat: key.repeat,
        message: format!(
            "it is there twice, as records {} and {} of the file: remove one of them",
            first + 1,
            second + 1
        ),
    })
}

fn problem(source: &Source, outline: &Outline, message: String) -> ReportError {
    ReportError::Record {
        path: source.path().into(),
        task: outline.task.clone(),
        case: outline.case.clone(),
        model: outline.model.clone(),
        repeat: outline.repeat,
        message,
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, ReportError> {
    let text = std::fs::read(path).map_err(|source| ReportError::Manifest { path: path.into(), source })?;
    let bad = |error: serde_json::Error| ReportError::BadManifest { path: path.into(), message: error.to_string() };
    // The version first: another version may have other keys, and that message must not hide this one.
    let value: Value = serde_json::from_slice(&text).map_err(bad)?;
    let manifest = match value["v"].as_u64() {
        Some(v) if v == u64::from(MANIFEST_VERSION) => serde_json::from_value(value).map_err(bad)?,
        Some(found) => return Err(ReportError::Version { path: path.into(), found, known: MANIFEST_VERSION }),
        None => return Err(ReportError::BadManifest { path: path.into(), message: "it has no version `v`".into() }),
    };
    check_decision(&manifest, path)?;
    Ok(manifest)
}

/// Rules and numbers that could pass anything must not come in by a file that was edited.
fn check_decision(manifest: &Manifest, path: &Path) -> Result<(), ReportError> {
    match manifest.problem() {
        None => Ok(()),
        Some(message) => Err(ReportError::BadManifest { path: path.into(), message }),
    }
}
