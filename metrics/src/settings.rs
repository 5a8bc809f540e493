//! Reads the settings of a metric, so that every mistake in them names the metric and the keys that there are.

use crate::{MetricEntry, MetricError, text::cut};
use serde_json::{Map, Value};

/// The settings of one metric, checked for unknown keys.
pub(crate) struct Settings<'a> {
    entry: &'a MetricEntry,
    values: &'a Map<String, Value>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(entry: &'a MetricEntry, values: &'a Map<String, Value>) -> Result<Self, MetricError> {
        let settings = Self { entry, values };
        match values.keys().find(|key| entry.keys.iter().all(|known| known.name != *key)) {
            Some(key) => Err(settings.error(format!("has no setting `{key}`"))),
            None => Ok(settings),
        }
    }

    /// Completes the sentence "metric `x` …".
    pub(crate) fn error(&self, problem: impl AsRef<str>) -> MetricError {
        let name = self.entry.name;
        let help = if self.entry.keys.is_empty() {
            format!("`{name}` takes no settings")
        } else {
            let keys: Vec<_> = self.entry.keys.iter().map(|key| format!("`{}` ({})", key.name, key.summary)).collect();
            format!("settings of `{name}`: {}", keys.join(", "))
        };
        MetricError::new("metrics", format!("metric `{name}` {}", problem.as_ref()), help)
    }

    fn wrong(&self, key: &str, wanted: &str, got: &Value) -> MetricError {
        self.error(format!("wants {wanted} as `{key}`, not {}", cut(&got.to_string())))
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, MetricError> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(key, "a text that is not empty", other)),
        }
    }

    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let wrong = || self.wrong(key, "a list of texts that are not empty", value);
        let items = value.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
        let text = |item: &Value| item.as_str().filter(|text| !text.is_empty()).map(String::from);
        items.iter().map(text).collect::<Option<_>>().map(Some).ok_or_else(wrong)
    }

    pub(crate) fn count(&self, key: &str) -> Result<Option<u64>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        value.as_u64().filter(|n| *n > 0).map(Some).ok_or_else(|| self.wrong(key, "a whole number above 0", value))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(false) };
        value.as_bool().ok_or_else(|| self.wrong(key, "true or false", value))
    }
}
