//! Reads the settings of a metric, so that every mistake in them names the metric and the keys that there are.

use crate::{MetricEntry, MetricError, text::cut};
use eval_core::{MetricConfig, Task};
use serde_json::{Map, Value};

/// A setting that every metric has: the name of its scores.
const AS: &str = "as";

/// The settings of one metric, checked for unknown keys.
pub(crate) struct Settings<'a> {
    entry: &'a MetricEntry,
    values: &'a Map<String, Value>,
    /// The task that asks for the metric.
    pub(crate) task: &'a Task,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(
        entry: &'a MetricEntry,
        values: &'a Map<String, Value>,
        task: &'a Task,
    ) -> Result<Self, MetricError> {
        let settings = Self { entry, values, task };
        let known = |key: &str| key == AS || entry.keys.iter().any(|known| known.name == key);
        match values.keys().find(|key| !known(key)) {
            Some(key) => Err(settings.error(format!("has no setting `{key}`"))),
            None => Ok(settings),
        }
    }

    /// Completes the sentence "metric `x` …".
    pub(crate) fn error(&self, problem: impl AsRef<str>) -> MetricError {
        let name = self.entry.name;
        let help = if self.entry.keys.is_empty() {
            format!("`{name}` takes no settings but `as`")
        } else {
            let keys: Vec<_> = self.entry.keys.iter().map(|key| format!("`{}` ({})", key.name, key.summary)).collect();
            format!("settings of `{name}`: {}", keys.join(", "))
        };
        MetricError::new("metrics", format!("metric `{name}` {}", problem.as_ref()), help)
    }

    fn wrong(&self, key: &str, wanted: &str, got: &Value) -> MetricError {
        self.error(format!("wants {wanted} as `{key}`, not {}", cut(&got.to_string())))
    }

    /// The name that the suite gives the scores. A metric that lists `as` among its own settings sees to it itself.
    pub(crate) fn own_name(&self) -> Result<Option<String>, MetricError> {
        if self.entry.keys.iter().any(|key| key.name == AS) {
            return Ok(None);
        }
        let Some(name) = self.text(AS)? else { return Ok(None) };
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.chars().all(fits) {
            return Ok(Some(name));
        }
        Err(self.error(format!("cannot be called `{}`: names are of a-z, 0-9 and _", cut(&name))))
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'a Value> {
        self.values.get(key)
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

    /// One of these words.
    pub(crate) fn word(&self, key: &str, words: &[&'static str]) -> Result<Option<&'static str>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let found = words.iter().find(|word| value.as_str() == Some(word));
        let wanted = || words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        found.map(|word| Some(*word)).ok_or_else(|| self.wrong(key, &wanted(), value))
    }

    pub(crate) fn count(&self, key: &str) -> Result<Option<u64>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        value.as_u64().filter(|n| *n > 0).map(Some).ok_or_else(|| self.wrong(key, "a whole number above 0", value))
    }

    /// A number above 0.
    pub(crate) fn amount(&self, key: &str) -> Result<Option<f64>, MetricError> {
        self.number(key, "a number above 0", |x| x > 0.0)
    }

    /// A number above 0 that is at most 1: a limit of 0 would let everything pass.
    pub(crate) fn share(&self, key: &str) -> Result<Option<f64>, MetricError> {
        self.number(key, "a number above 0 and at most 1", |x| x > 0.0 && x <= 1.0)
    }

    fn number(&self, key: &str, wanted: &str, fits: fn(f64) -> bool) -> Result<Option<f64>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        value.as_f64().filter(|x| fits(*x)).map(Some).ok_or_else(|| self.wrong(key, wanted, value))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(false) };
        value.as_bool().ok_or_else(|| self.wrong(key, "true or false", value))
    }

    /// A list of metrics, each a table with its name, its settings, and its `weight`.
    pub(crate) fn metrics(&self, key: &str) -> Result<Option<Vec<(MetricConfig, f64)>>, MetricError> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let wrong =
            || self.wrong(key, "a list of tables such as `{ name = \"length\", max = 200, weight = 2 }`", value);
        let items = value.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
        let mut weights = items.iter().filter_map(|item| item.get("weight")?.as_f64());
        if let Some(weight) = weights.find(|weight| *weight <= 0.0) {
            return Err(self.error(format!("has a part with a `weight` of {weight}: a weight is a number above 0")));
        }
        let part = |item: &Value| {
            let mut settings = item.as_object()?.clone();
            let name = settings.remove("name")?.as_str()?.to_string();
            let weight = settings.remove("weight").map_or(Some(1.0), |weight| weight.as_f64())?;
            (weight > 0.0).then_some((MetricConfig { name, settings }, weight))
        };
        items.iter().map(part).collect::<Option<_>>().map(Some).ok_or_else(wrong)
    }
}
