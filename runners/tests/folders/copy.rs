use crate::{fixture, settings};
use eval_runners::candle::CandleRunner;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A copy to break.
pub struct Copy(TempDir);

impl Copy {
    pub fn of(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(fixture(name)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes keys of a JSON file; `null` takes a key out.
    pub fn set(self, file: &str, changes: Value) -> Self {
        let mut values: Value = serde_json::from_str(&fs::read_to_string(self.path(file)).unwrap()).unwrap();
        let map = values.as_object_mut().unwrap();
        for (key, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(map.remove(key)),
                value => drop(map.insert(key.clone(), value.clone())),
            }
        }
        fs::write(self.path(file), values.to_string()).unwrap();
        self
    }

    pub fn without(self, file: &str) -> Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    pub fn with(self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(file), bytes).unwrap();
        self
    }

    /// Why it cannot be loaded; the path of the copy is left out.
    pub fn error(&self) -> String {
        let error = CandleRunner::load(self.0.path(), &settings()).err().expect("an error");
        error.to_string().replace(&self.0.path().display().to_string(), "DIR")
    }
}
