use crate::files::Files;
use include_dir::{Dir, include_dir};

static SUITES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/suites");

/// A suite that is part of the binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltInInfo {
    /// What `--suite` takes.
    pub name: String,
    /// A sentence on what it covers.
    pub description: String,
}

/// The suites that are part of the binary, by name.
pub fn built_in() -> Vec<BuiltInInfo> {
    names()
        .into_iter()
        .map(|name| {
            let text = files(name).and_then(|files| files.read("suite.toml").ok()).unwrap_or_default();
            let table: toml::Table = text.parse().unwrap_or_default();
            let description = table.get("description").and_then(|d| d.as_str()).unwrap_or_default();
            BuiltInInfo { name: name.into(), description: description.into() }
        })
        .collect()
}

/// The names of the built-in suites.
pub(crate) fn names() -> Vec<&'static str> {
    SUITES.dirs().filter_map(|dir| dir.path().to_str()).collect()
}

/// The files of a built-in suite.
pub(crate) fn files(name: &str) -> Option<Files> {
    SUITES.dirs().find(|dir| dir.path().to_str() == Some(name)).map(Files::Embedded)
}
