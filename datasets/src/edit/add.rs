//! New cases at the end of a case file.

use super::{EditableSuite, ids::Ids};
use crate::{SuiteError, cases::keys};
use eval_core::{Case, Task, TaskKind};
use serde_json::{Map, Value};

/// A case that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its id.
    pub id: String,
    /// The file, as the settings name it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Another case of the same input that expects another outcome.
    pub contradicts: Option<String>,
}

impl EditableSuite {
    /// Adds cases to a task, all of them or none. A case without an id is given one.
    ///
    /// # Errors
    /// If the suite would not load with them, as loading says it; or if a case of the same content is there already.
    pub fn add(&mut self, task: &str, cases: Vec<Map<String, Value>>) -> Result<Vec<Added>, SuiteError> {
        let of = self.task(task)?;
        let (kind, mut ids) = (of.kind, Ids::new(of.cases.iter().map(|case| &*case.id), task));
        let mut file = self.file(task)?;
        let style = file.style();
        let mut added = Vec::new();
        for mut case in cases {
            // An id that is given is checked as loading checks it.
            match case.get("id") {
                Some(Value::String(id)) => ids.take(id),
                Some(_) => {}
                None => _ = case.insert("id".into(), ids.next().into()),
            }
            let id = case.get("id").and_then(Value::as_str).unwrap_or_default().to_string();
            let members: Vec<String> = ordered(case, kind).map(|(key, value)| style.member(&key, &value)).collect();
            let line = file.append(&format!("{{{}}}", members.join(style.comma())));
            added.push(Added { id, file: file.name.clone(), line, contradicts: None });
        }
        let files = [file];
        let loaded = self.with(&files)?;
        for new in &mut added {
            new.contradicts = contradicted(&loaded.suite.tasks, task, &new.id);
            if let Some(same) = same(&loaded.suite.tasks, task, &new.id) {
                let place = files[0].find(&same).map(|found| format!(" at {}:{}", files[0].name, found.number));
                let message = format!("the case is there already: `{same}`{}", place.unwrap_or_default());
                return Err(SuiteError::new(message).help("nothing was added; a case counts once"));
            }
        }
        self.save(&files)?;
        Ok(added)
    }

    /// Whether a task has a case of this id.
    pub fn has_case(&self, task: &str, id: &str) -> bool {
        self.task(task).is_ok_and(|task| task.cases.iter().any(|case| &*case.id == id))
    }
}

/// The first other case of the task with the content of this one.
fn same(tasks: &[Task], task: &str, id: &str) -> Option<String> {
    other(tasks, task, id, |case, new| case.hash == new.hash)
}

/// The first other case of the task that asks what this one asks and expects another outcome.
fn contradicted(tasks: &[Task], task: &str, id: &str) -> Option<String> {
    let asks = |case: &Case| (case.input.clone(), case.context.clone(), case.tools.clone());
    other(tasks, task, id, |case, new| case.input == new.input && case.hash != new.hash && asks(case) == asks(new))
}

fn other(tasks: &[Task], task: &str, id: &str, is: impl Fn(&Case, &Case) -> bool) -> Option<String> {
    let task = tasks.iter().find(|found| found.name == task)?;
    let new = task.cases.iter().find(|case| &*case.id == id)?;
    task.cases.iter().find(|case| &*case.id != id && is(case, new)).map(|case| case.id.to_string())
}

/// The members in the order in which case files are written; keys that no case has come last.
fn ordered(mut case: Map<String, Value>, kind: TaskKind) -> impl Iterator<Item = (String, Value)> {
    let known: Vec<_> =
        keys(kind).iter().filter_map(|key| Some((String::from(*key), case.shift_remove(*key)?))).collect();
    known.into_iter().chain(case)
}
