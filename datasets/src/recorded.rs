use crate::{SuiteError, files::Files, lines::LONGEST, load::find, nearest::suggest};
use eval_core::Manifest;
use flate2::{Compression, GzBuilder, read::GzDecoder};
use std::{
    fs,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

/// Answers of a model that lie beside a suite, with the manifest of the run that they come from: files of the suite's
/// folder `recorded`.
pub struct Recorded {
    /// What made them; its one model is the recorded one.
    pub manifest: Manifest,
    /// A replay file, a JSON object a line.
    pub lines: Box<dyn Read>,
}

impl Recorded {
    /// The folder below the suite's.
    pub const FOLDER: &str = "recorded";
    /// What the name of a recording ends in for its answers.
    pub const ANSWERS: &str = "jsonl.gz";
    /// What the name of a recording ends in for its manifest.
    pub const MANIFEST: &str = "json";

    /// Opens a recording of a suite, by the words that name the suite and by its own name.
    ///
    /// # Errors
    /// If there is no such recording, or its manifest cannot be read.
    pub fn open(suite: &str, name: &str) -> Result<Self, SuiteError> {
        let files = find(suite)?;
        let known = names(&files);
        if !known.iter().any(|known| known == name) {
            let help = if known.is_empty() {
                "`eval suites record RUN` keeps the answers of a run beside its suite".to_string()
            } else {
                suggest(name, "recordings of the suite", known.iter().map(String::as_str))
            };
            return Err(SuiteError::new(format!("the suite `{suite}` has no recording `{name}`")).help(help));
        }
        let path = format!("{}/{name}.{}", Self::FOLDER, Self::MANIFEST);
        let manifest: Manifest = serde_json::from_str(&files.read(&path)?).map_err(|error| {
            SuiteError::new(format!("`{path}` is no manifest that this version of eval reads: {error}"))
        })?;
        if manifest.models.len() != 1 {
            return Err(SuiteError::new(format!("`{path}` names {} models, not one", manifest.models.len())));
        }
        let answers = files.open(&format!("{}/{name}.{}", Self::FOLDER, Self::ANSWERS))?;
        // A small file may hold any number of bytes.
        let lines = Box::new(BufReader::new(GzDecoder::new(answers).take(100 * LONGEST as u64)));
        Ok(Self { manifest, lines })
    }

    /// Writes a recording into a suite's folder, and gives the path of its answers. The same answers are the same file:
    /// it holds no time.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write<'a>(
        suite: &Path,
        name: &str,
        manifest: &Manifest,
        lines: impl Iterator<Item = &'a String>,
    ) -> Result<PathBuf, SuiteError> {
        let folder = suite.join(Self::FOLDER);
        let path = |ending| folder.join(format!("{name}.{ending}"));
        let (answers, about) = (path(Self::ANSWERS), path(Self::MANIFEST));
        let written = || {
            let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
            for line in lines {
                writeln!(encoder, "{line}")?;
            }
            fs::create_dir_all(&folder)?;
            fs::write(&about, serde_json::to_string_pretty(manifest)? + "\n")?;
            fs::write(&answers, encoder.finish()?)
        };
        written().map_err(|error: io::Error| {
            SuiteError::new(format!("failed to write the recording {}: {error}", answers.display()))
        })?;
        Ok(answers)
    }

    /// The names of a suite's recordings, in order.
    ///
    /// # Errors
    /// If there is no such suite.
    pub fn names(suite: &str) -> Result<Vec<String>, SuiteError> {
        Ok(names(&find(suite)?))
    }
}

fn names(files: &Files) -> Vec<String> {
    let ending = format!(".{}", Recorded::ANSWERS);
    let mut names: Vec<String> =
        files.names_in(Recorded::FOLDER).iter().filter_map(|name| Some(name.strip_suffix(&ending)?.into())).collect();
    names.sort();
    names
}
