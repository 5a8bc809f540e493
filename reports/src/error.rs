use eval_core::log::LogError;
use std::path::PathBuf;

/// Why a run cannot be read or reported.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such folder.
    #[error("there is no run at {path}: name the folder that `eval run` printed", path = path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// `run.json` is missing or cannot be opened.
    #[error("failed to read {path}: {source}. A run folder holds run.json and records.jsonl", path = path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `run.json` is not a manifest.
    #[error("{path}: not a manifest of eval: {message}", path = path.display())]
    BadManifest {
        /// The file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// `run.json` or a record was written by another version.
    #[error("{path} has version {found} and this eval reads version {known}: use the eval that wrote it", path = path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// In the file.
        found: u64,
        /// Of this program.
        known: u32,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The run holds no record.
    #[error("the run {id} holds no records: no case was finished. Go on with `eval run --resume {id}`, or start again")]
    NoRecords {
        /// The run's id.
        id: String,
    },
    /// A record does not belong to its run.
    #[error("{path}: the record of case {case} in task {task} by {model}, repeat {repeat}: {message}", path = path.display())]
    Record {
        /// Where it stands.
        path: PathBuf,
        /// Its task.
        task: String,
        /// Its case.
        case: String,
        /// Its model.
        model: String,
        /// Its repeat.
        repeat: u32,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A baseline file cannot be read or written.
    #[error("{path}: {message}", path = path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Two runs cannot be compared.
    #[error("{message}")]
    NotComparable {
        /// Why.
        message: String,
        /// What to do.
        help: String,
    },
    /// The JUnit file could not be written.
    #[error("failed to write JUnit: {message}")]
    Junit {
        /// Why.
        message: String,
    },
    /// A table could not be written.
    #[error("failed to write the table: {0}")]
    Export(#[from] std::io::Error),
    /// A Parquet file could not be written.
    #[error("failed to write the table: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The frame engine failed.
    #[error("failed to bring the records together: {0}")]
    Frame(#[from] polars::prelude::PolarsError),
    /// The cases could not be put into the page.
    #[error("failed to write the cases of the report: {0}")]
    Cases(String),
    /// A search was told to end before it had looked at all records.
    #[error("the search was ended")]
    Ended,
    /// The page could not be rendered.
    #[error("failed to render the report: {0}")]
    Page(#[from] minijinja::Error),
}
