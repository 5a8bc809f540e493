//! The files of a suite's folder that its metrics run.

use crate::files::Files;
use eval_core::{Home, MetricConfig, hash_json};
use serde_json::Value;
use std::{collections::BTreeMap, io::Read};

/// Where a suite of the user's own lies, with the digests of the files that its metrics name in a `command`: a changed
/// program is a changed suite.
pub(crate) fn home(files: &Files, metrics: &[MetricConfig]) -> Option<Home> {
    let (Files::Folder(folder) | Files::Edited(folder, _)) = files else { return None };
    let mut words = Vec::new();
    metrics.iter().flat_map(|metric| metric.settings.iter()).for_each(|(key, value)| collect(key, value, &mut words));
    // A word that is no file of the folder, such as `python3`, belongs to the machine.
    let digest = |word: &&str| Some(((*word).to_string(), digest(files, word)?));
    let programs: BTreeMap<String, String> = words.iter().filter_map(digest).collect();
    Some(Home { folder: folder.clone(), programs })
}

/// `None`: it is no file of the folder.
fn digest(files: &Files, name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    files.open(name).ok()?.read_to_end(&mut bytes).ok()?;
    Some(hash_json(&Value::from(String::from_utf8_lossy(&bytes))))
}

/// The words of every `command`, also in the parts of a metric made of others.
fn collect<'a>(key: &str, value: &'a Value, words: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) if key == "command" => words.extend(items.iter().filter_map(Value::as_str)),
        Value::Array(items) => items.iter().for_each(|item| collect(key, item, words)),
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(key, value, words)),
        _ => {}
    }
}
