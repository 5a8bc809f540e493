//! Variables and templates in values.

use super::config::{Spot, file_of};
use crate::import::{Why, rows};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use serde_json::{Map, Value};
use std::path::Path;

/// Where all variables of a test are in one file.
pub(super) const FILE_OF_ALL: &str = "(file)";

/// Templates as Nunjucks has them, as far as they go: what is not there is empty.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment
}

/// The variables of a test: files read, templates in them rendered.
pub(super) fn variables(vars: &Map<String, Value>, base: &Path) -> Result<Map<String, Value>, Why> {
    let mut out = Map::new();
    for (name, value) in vars {
        let read = match value.as_str().and_then(|text| if name == FILE_OF_ALL { Some(text) } else { file_of(text) }) {
            Some(file) => file_value(&base.join(file_of(file).unwrap_or(file)))?,
            None => value.clone(),
        };
        match (name == FILE_OF_ALL, read) {
            (true, Value::Object(all)) => out.extend(all),
            (true, _) => return Err(Why::new("a file of variables that is no mapping")),
            (false, read) => {
                out.insert(name.clone(), read);
            }
        }
    }
    let plain = out.clone();
    out.values_mut().for_each(|value| *value = rendered(value, &plain));
    Ok(out)
}

/// What a file holds, as text or as a value.
pub(super) fn file_value(path: &Path) -> Result<Value, Why> {
    let failed = |error: crate::SuiteError| Why::new("a file that cannot be read").detail(error.to_string());
    match rows::ending(path).as_deref() {
        Some("yaml" | "yml" | "json") => Spot::read(path).map(|spot| spot.value().clone()).map_err(failed),
        Some("txt" | "md" | "html" | "xml" | "csv" | "sql") | None => {
            rows::whole(path).map(Value::String).map_err(failed)
        }
        _ => Err(Why::new("a value that a program, an image or another file makes")
            .detail(format!("`{}`: text, Markdown, JSON and YAML are read", path.display()))),
    }
}

/// A value with the templates in its texts rendered; what does not render stays as it is.
pub(super) fn rendered(value: &Value, vars: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") => {
            let rendered = environment().render_str(text, Serde(vars));
            Value::String(rendered.unwrap_or_else(|_| text.clone()))
        }
        Value::Array(items) => items.iter().map(|item| rendered(item, vars)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), rendered(value, vars))).collect(),
        other => other.clone(),
    }
}

/// A value as the text that a template would show.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Slices of metadata: words and numbers.
pub(super) fn tags(metadata: &Map<String, Value>) -> Vec<String> {
    let one = |key: &str, value: &Value| match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => {
            let text = text(value);
            (!text.trim().is_empty() && text.chars().count() <= 40).then(|| format!("{key}:{}", text.trim()))
        }
        _ => None,
    };
    let each = metadata.iter().flat_map(|(key, value)| match value {
        Value::Array(items) => items.iter().filter_map(|item| one(key, item)).collect::<Vec<_>>(),
        value => one(key, value).into_iter().collect(),
    });
    each.collect()
}
