//! Writes values as source text.

use crate::cases::Language;
use serde_json::Value;

/// A value as a program would write it; a text that stands for a variable stays as it is.
pub fn write(value: &Value, parameter: &Value, language: Language) -> Value {
    let kind = parameter["type"].as_str().unwrap_or_default();
    let items = parameter["items"]["type"].as_str().unwrap_or("any");
    let text = match (language, value) {
        (Language::Python, value) => return value.clone(),
        (_, Value::String(text)) => text.clone(),
        (Language::Java, Value::Array(list)) => {
            let list = list.iter().map(|item| leaf(item, items, language)).collect::<Vec<_>>().join(", ");
            match kind {
                "Array" => format!("new {items}[]{{{list}}}"),
                _ if list.is_empty() => "new ArrayList<>()".into(),
                _ => format!("new ArrayList<{items}>(Arrays.asList({list}))"),
            }
        }
        (Language::Java, Value::Object(map)) => {
            let puts = map.iter().map(|(key, value)| format!("put(\"{key}\", {});", leaf(value, "any", language)));
            format!("new HashMap<String, Object>() {{{{ {} }}}}", puts.collect::<Vec<_>>().join(" "))
        }
        (Language::JavaScript, Value::Array(_) | Value::Object(_)) => written(value),
        (_, other) => leaf(other, kind, language),
    };
    text.into()
}

fn leaf(value: &Value, kind: &str, language: Language) -> String {
    let suffix = match (language, kind) {
        (Language::Java, "long") => "L",
        (Language::Java, "float") => "f",
        (Language::JavaScript, "Bigint") => "n",
        _ => "",
    };
    match value {
        Value::Number(_) => format!("{value}{suffix}"),
        _ => value.to_string(),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| format!("\"{key}\": {}", written(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
