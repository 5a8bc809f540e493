//! A JSON file of settings, with errors that name the file and the key.

use crate::candle::LoadError;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The object in a JSON file. A key that holds `null` counts as left out.
#[derive(Debug, Clone)]
pub struct Settings {
    path: PathBuf,
    values: Map<String, Value>,
}

impl Settings {
    /// Reads a file that has to be there.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => {
                LoadError::file(path, "is missing", "the folder has to hold it; download the model again, whole".into())
            }
            _ => LoadError::Io { path: path.into(), cause },
        })?;
        let values = serde_json::from_str(&text)
            .map_err(|e| LoadError::file(path, "is not a JSON object", format!("{e}; download it again")))?;
        Ok(Self { path: path.into(), values })
    }

    /// Settings within these: `values` stands under a key of the same file.
    pub fn within(&self, values: Map<String, Value>) -> Self {
        Self { path: self.path.clone(), values }
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    /// Whether a key is there, even as `null`.
    pub fn names(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The keys that hold something: not `null`, `false`, or what is empty.
    pub fn set(&self) -> impl Iterator<Item = &str> {
        let empty = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        self.values.iter().filter(move |(_, value)| !empty(value)).map(|(key, _)| key.as_str())
    }

    /// A required string.
    pub fn string(&self, key: &str) -> Result<&str, LoadError> {
        self.need(self.optional_string(key)?, key, "a string")
    }

    /// A string, if there.
    pub fn optional_string(&self, key: &str) -> Result<Option<&str>, LoadError> {
        self.typed(key, "a string", Value::as_str)
    }

    /// A required number above 0.
    pub fn number(&self, key: &str) -> Result<usize, LoadError> {
        self.need(self.optional_number(key)?, key, "a whole number above 0")
    }

    /// A number above 0, if there.
    pub fn optional_number(&self, key: &str) -> Result<Option<usize>, LoadError> {
        // Small enough that two of them can be multiplied.
        let read = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        let read = |value: &Value| read(value).map(|n| n as usize);
        self.typed(key, "a whole number above 0", read)
    }

    /// A required finite number.
    pub fn float(&self, key: &str) -> Result<f64, LoadError> {
        self.need(self.optional_float(key)?, key, "a number")
    }

    /// A number, if there.
    pub fn optional_float(&self, key: &str) -> Result<Option<f64>, LoadError> {
        self.typed(key, "a number", Value::as_f64)
    }

    /// A truth value; `false` where it is left out.
    pub fn flag(&self, key: &str) -> Result<bool, LoadError> {
        Ok(self.optional_flag(key)?.unwrap_or(false))
    }

    /// A truth value, if there.
    pub fn optional_flag(&self, key: &str) -> Result<Option<bool>, LoadError> {
        self.typed(key, "true or false", Value::as_bool)
    }

    /// A list of numbers, if there.
    pub fn optional_floats(&self, key: &str) -> Result<Option<Vec<f64>>, LoadError> {
        self.typed(key, "a list of numbers", |value| value.as_array()?.iter().map(Value::as_f64).collect())
    }

    /// A list of strings, if there.
    pub fn optional_strings(&self, key: &str) -> Result<Option<Vec<&str>>, LoadError> {
        self.typed(key, "a list of strings", |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    /// An object, if there.
    pub fn optional_object(&self, key: &str) -> Result<Option<&Map<String, Value>>, LoadError> {
        self.typed(key, "an object", Value::as_object)
    }

    /// An error about this file.
    pub fn fail(&self, message: String) -> LoadError {
        LoadError::file(&self.path, "cannot be used", message)
    }

    fn typed<'s, T>(
        &'s self,
        key: &str,
        what: &str,
        read: impl Fn(&'s Value) -> Option<T>,
    ) -> Result<Option<T>, LoadError> {
        let wrong = |value: &Value| {
            let found: String = value.to_string().chars().take(60).collect();
            self.fail(format!("it should hold {what} under `{key}`, it holds {found}"))
        };
        self.get(key).map(|value| read(value).ok_or_else(|| wrong(value))).transpose()
    }

    fn need<T>(&self, value: Option<T>, key: &str, what: &str) -> Result<T, LoadError> {
        value.ok_or_else(|| self.fail(format!("it should hold {what} under `{key}`, it holds nothing")))
    }
}
