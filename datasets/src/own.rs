//! Prompts that one model is asked by, in place of the suite's.

use crate::{SuiteError, error::combine, files, nearest::suggest, place::Text, prompts::Prompts};
use eval_core::Suite;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The prompts of a model's own, read and checked; for most models there are none.
#[derive(Debug, Default)]
pub struct OwnPrompts(pub(crate) Prompts);

impl OwnPrompts {
    pub(crate) fn read(suite: &Suite, templates: &BTreeMap<String, PathBuf>) -> Result<Self, SuiteError> {
        let mut own = Self::default();
        let read = templates.iter().filter_map(|(task, path)| own.add(suite, task, path).err());
        match combine("the model's own prompts", read.collect()) {
            Some(problem) => Err(problem),
            None => Ok(own),
        }
    }

    fn add(&mut self, suite: &Suite, name: &str, path: &Path) -> Result<(), SuiteError> {
        let names = suite.tasks.iter().map(|task| task.name.as_str());
        let task = suite.tasks.iter().find(|task| task.name == name).ok_or_else(|| {
            SuiteError::new(format!("the suite `{}` has no task `{name}`", suite.name)).help(suggest(
                name,
                "its tasks",
                names,
            ))
        })?;
        let text = Text::new(&path.display().to_string(), files::read(path)?);
        self.0.add(name, task.kind, text)?;
        self.0.problem(task).map_or(Ok(()), Err)
    }
}
