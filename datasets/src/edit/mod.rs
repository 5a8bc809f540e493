//! Suites in a folder whose case files are written: cases are added, looked at by a person, and held out.

mod add;
mod file;
mod gold;
mod ids;
mod incoming;
mod line;
mod review;
mod rule;
mod split;
mod style;

use crate::{
    LoadedSuite, SuiteError,
    files::{self, Files},
    load::{find, load_from, named_folder},
    nearest::suggest,
    settings,
};
use eval_core::Task;
use file::CaseFile;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use add::Added;
pub use gold::{GivenAnswer, gold_given, gold_typed};
pub use review::{Finding, Review};
pub use split::TaskSplit;

/// A suite that was read from a folder, and whose case files can be written. What would not load is never written.
#[derive(Debug)]
pub struct EditableSuite {
    loaded: LoadedSuite,
    root: PathBuf,
}

impl EditableSuite {
    /// Reads a suite as [`crate::load`] does.
    ///
    /// # Errors
    /// If it cannot be used, or is part of the binary.
    pub fn open(name_or_path: &str) -> Result<Self, SuiteError> {
        let files = find(name_or_path)?;
        let Files::Folder(root) = &files else {
            let message = format!("the suite `{name_or_path}` is part of the program: its cases cannot be changed");
            return Err(SuiteError::new(message).help("name a suite of your own by its folder, such as `./my-suite`"));
        };
        Ok(Self { loaded: load_from(name_or_path, &files)?, root: root.clone() })
    }

    /// The suite as it is now.
    pub fn loaded(&self) -> &LoadedSuite {
        &self.loaded
    }

    /// Its folder, as it was named.
    pub fn folder(&self) -> &Path {
        named_folder(&self.loaded.source)
    }

    /// A task by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn task(&self, name: &str) -> Result<&Task, SuiteError> {
        let tasks = &self.loaded.suite.tasks;
        tasks.iter().find(|task| task.name == name).ok_or_else(|| {
            SuiteError::new(format!("the suite `{}` has no task `{name}`", self.loaded.suite.name)).help(suggest(
                name,
                "its tasks",
                tasks.iter().map(|task| task.name.as_str()),
            ))
        })
    }

    /// The file of a task's cases, as it is on the disk.
    fn file(&self, task: &str) -> Result<CaseFile, SuiteError> {
        self.file_named(self.loaded.case_file(task).unwrap_or_default())
    }

    /// `suite.toml`, as it is on the disk.
    fn settings(&self) -> Result<CaseFile, SuiteError> {
        self.file_named(settings::FILE)
    }

    fn file_named(&self, name: &str) -> Result<CaseFile, SuiteError> {
        let missing = || SuiteError::new(format!("the suite's folder holds no file `{name}`"));
        CaseFile::read(files::real(&self.root, name, missing)?, name)
    }

    /// The suite as it would be with these files.
    fn with(&self, files: &[CaseFile]) -> Result<LoadedSuite, SuiteError> {
        let texts: BTreeMap<_, _> = files.iter().map(|file| (file.path.clone(), file.text.as_bytes().into())).collect();
        load_from(&self.loaded.source, &Files::Edited(self.root.clone(), texts))
    }

    /// Writes the files, if the suite loads with them.
    fn save(&mut self, files: &[CaseFile]) -> Result<(), SuiteError> {
        self.loaded = self.with(files)?;
        files.iter().try_for_each(CaseFile::write)
    }
}
