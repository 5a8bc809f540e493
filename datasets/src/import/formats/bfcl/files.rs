//! Question files, and the answers beside them.

use crate::{
    SuiteError,
    import::{
        ImportFormat,
        rows::{self, Meter, TableOptions},
    },
};
use serde_json::Value;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

const ANSWERS: &str = "possible_answer";

/// A file of questions.
pub(super) struct File {
    pub(super) path: PathBuf,
    /// `simple_java` of `BFCL_v4_simple_java.json`; empty where the name tells none.
    pub(super) category: String,
}

/// The file itself, or the question files of a folder.
pub(super) fn find(source: &Path) -> Result<Vec<File>, SuiteError> {
    let file = |path: PathBuf| File { category: category(&path), path };
    if !source.is_dir() {
        return Ok(vec![file(source.to_path_buf())]);
    }
    let name = source.display();
    let entries = fs::read_dir(source).map_err(|error| SuiteError::new(format!("failed to read `{name}`: {error}")))?;
    let mut files: Vec<File> = entries.flatten().map(|entry| file(entry.path())).collect();
    files.retain(|file| file.path.is_file() && !file.category.is_empty());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() {
        return Err(SuiteError::new(format!("the folder `{name}` holds no file BFCL_v4_….json"))
            .help("name the folder with the questions; their answers are in its folder `possible_answer`"));
    }
    Ok(files)
}

fn category(path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut parts = stem.splitn(3, '_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("BFCL"), Some(version), Some(category)) if version.starts_with('v') => category.to_string(),
        _ => String::new(),
    }
}

/// Why a category is not read; `None`: it is.
pub(super) fn unfit(category: &str) -> Option<&'static str> {
    let part = |word: &str| category.contains(word);
    match () {
        () if part("multi_turn") => Some("its tools are programs in Python that keep a state"),
        () if part("memory") || part("web_search") => {
            Some("its tools are a store or a search engine that must be there")
        }
        () if part("format_sensitivity") => Some("it names cases of the other files"),
        () if part("exec") || category == "rest" => Some("its answers are found by running the calls"),
        () if part("chatable") || part("sql") => Some("it has no answers to calls"),
        () => None,
    }
}

/// The answers to a file's questions by id, from `possible_answer` beside it.
pub(super) fn answers(file: &File) -> Result<HashMap<String, Value>, SuiteError> {
    let name = file.path.file_name().unwrap_or_default();
    let path = file.path.with_file_name(ANSWERS).join(name);
    let mut answers = HashMap::new();
    if !path.is_file() {
        return Ok(answers);
    }
    let table = TableOptions { format: ImportFormat::Jsonl, at: None };
    let mut rows = rows::open(std::slice::from_ref(&path), &table, &Meter::default())?;
    while let Some(row) = rows.next()? {
        // A broken line leaves its question without an answer, which is said there.
        let Ok(columns) = row.columns else { continue };
        if let (Some(id), Some(truth)) = (columns.get("id").and_then(super::super::id), columns.get("ground_truth")) {
            answers.insert(id, truth.clone());
        }
    }
    Ok(answers)
}
