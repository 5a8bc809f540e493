use crate::{SuiteError, place::Text};
use std::{collections::BTreeMap, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where the settings of each task stand in `suite.toml`, for errors that are found later.
#[derive(Debug, Default)]
pub(crate) struct Places {
    text: Option<Text>,
    /// By task, by dotted path (`metrics`, `metrics.1`, `bars.accuracy.min`); the task's header under the empty path.
    tasks: BTreeMap<String, BTreeMap<String, Range<usize>>>,
}

impl Places {
    pub(super) fn new(text: Text, suite: &DeTable<'_>) -> Self {
        let mut tasks = BTreeMap::new();
        for task in suite.get("task").and_then(|task| task.get_ref().as_array()).into_iter().flat_map(|all| all.iter())
        {
            if let Some(name) = task.get_ref().get("name").and_then(|name| name.get_ref().as_str()) {
                let mut places = BTreeMap::new();
                collect("", task, &mut places);
                tasks.insert(name.to_string(), places);
            }
        }
        Self { text: Some(text), tasks }
    }

    /// A problem shown at a key of a task, or at the nearest place above it that is written.
    pub(crate) fn show(&self, task: &str, key: &str, problem: SuiteError) -> SuiteError {
        let places = self.tasks.get(task);
        let mut key = key;
        let span = loop {
            match places.and_then(|places| places.get(key)) {
                Some(span) => break Some(span.clone()),
                None if key.is_empty() => break None,
                None => key = key.rsplit_once('.').map_or("", |(above, _)| above),
            }
        };
        match (&self.text, span) {
            (Some(text), Some(span)) => text.show(span, problem),
            _ => problem,
        }
    }

    /// A problem at bytes of the file.
    pub(crate) fn at(&self, span: Range<usize>, message: String) -> SuiteError {
        match &self.text {
            Some(text) => text.problem(span, message),
            None => SuiteError::new(message),
        }
    }
}

fn collect(path: &str, value: &Spanned<DeValue<'_>>, places: &mut BTreeMap<String, Range<usize>>) {
    places.insert(path.to_string(), value.span());
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                collect(&below(key.get_ref()), value, places);
            }
        }
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(&below(&index.to_string()), item, places);
            }
        }
        _ => {}
    }
}
