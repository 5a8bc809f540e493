/// Why a task's scorer cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MetricError {
    /// The key of the task's table that is wrong: `metrics`, `bars`, `schema`, `fields`, `labels` or `tools`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The case that does not fit, by its place among the task's cases; `None`: it is the setting.
    pub case: Option<usize>,
}

impl MetricError {
    pub(crate) fn new(key: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into(), help: help.into(), case: None }
    }

    pub(crate) fn of_case(self, place: usize) -> Self {
        Self { case: Some(place), ..self }
    }
}

/// Names in backticks, for "there is …" lists.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
