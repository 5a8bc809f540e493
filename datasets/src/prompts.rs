use crate::{SuiteError, place::Text, template::Templates};
use eval_core::{Case, Message, Task, TaskKind};
use std::collections::BTreeMap;

/// The prompts of tasks, compiled: the suite's, or a model's own.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    templates: Templates,
    /// The template of each task, by the task's name.
    texts: BTreeMap<String, Text>,
}

impl Prompts {
    /// Compiles the template of a task, and checks its variables.
    pub(crate) fn add(&mut self, task: &str, kind: TaskKind, text: Text) -> Result<(), SuiteError> {
        self.templates.add(&text)?;
        self.templates.check_variables(&text.name, kind)?;
        self.texts.insert(task.to_string(), text);
        Ok(())
    }

    /// The template of a task as it is written; `None`: it has none here.
    pub(crate) fn source(&self, task: &str) -> Option<&str> {
        self.texts.get(task).map(|text| &*text.text)
    }

    /// The turns of a case; `None`: its task has no template here.
    pub(crate) fn render(&self, task: &Task, case: &Case) -> Option<Result<Vec<Message>, SuiteError>> {
        let text = self.texts.get(&task.name)?;
        Some(self.templates.render(&text.name, task, case))
    }

    /// The first case of a task whose prompt does not render: the others would mostly say the same.
    pub(crate) fn problem(&self, task: &Task) -> Option<SuiteError> {
        task.cases.iter().find_map(|case| self.render(task, case)?.err())
    }
}
