//! Literals of JavaScript.

use super::{Kind, fraction, guess, inner, whole};
use regex::Regex;
use serde_json::{Map, Value};
use std::sync::LazyLock;

pub(super) const TYPES: [(&str, Kind); 8] = [
    ("String", Kind::Text),
    ("integer", Kind::Whole),
    ("float", Kind::Fraction),
    ("Bigint", Kind::Whole),
    ("Boolean", Kind::Bool),
    ("dict", Kind::Object),
    ("array", Kind::List),
    ("any", Kind::Text),
];

const QUOTES: [char; 2] = ['"', '\''];

/// The value of a literal, the text itself where it is none of its type.
pub(super) fn read(text: &str, name: &str, items: Option<&str>) -> Value {
    let value = match name {
        "String" => quoted(text).then(|| inner(text).into()),
        "integer" => whole(text),
        "float" => fraction(text, false),
        "Bigint" => text.strip_suffix('n').and_then(whole),
        "Boolean" => matches!(text, "true" | "false").then(|| (text == "true").into()),
        "array" => array(text.trim(), items),
        "dict" => dict(text.trim()),
        _ => None,
    };
    let whole_text = if matches!(name, "array" | "dict") { text.trim() } else { text };
    value.unwrap_or_else(|| whole_text.into())
}

fn quoted(text: &str) -> bool {
    QUOTES.iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote))
}

fn by_looks(text: &str) -> Value {
    guess(text.trim(), &QUOTES)
}

/// `[1, 2]`, `new Array(1, 2)` or `[[1, 2], [3]]`; split at every comma, so nothing deeper is read.
fn array(text: &str, items: Option<&str>) -> Option<Value> {
    static NESTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let list = r"\s*\[.*?\]\s*(?:,\s*\[.*?\]\s*)*";
        Regex::new(&format!(r"^(?:\[{list}\]|\bnew\s+Array\({list}\))")).ok()
    });
    static INNER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[(.*?)\]").ok());
    static FLAT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^(?:\[(.*?)\]|\bnew\s+Array\((.*?)\))").ok());
    if let Some(nested) = NESTED.as_ref()?.find(text) {
        let lists = INNER.as_ref()?.captures_iter(nested.as_str()).enumerate().map(|(place, list)| {
            let inside = list.get(1).map_or("", |inside| inside.as_str().trim());
            let inside = if place == 0 { inside.strip_prefix('[').unwrap_or(inside) } else { inside };
            inside.split(',').map(by_looks).collect::<Value>()
        });
        return Some(lists.collect());
    }
    let flat = FLAT.as_ref()?.captures(text)?;
    let inside = flat.get(1).or_else(|| flat.get(2))?.as_str().trim();
    if inside.is_empty() {
        return Some(Value::Array(Vec::new()));
    }
    let item = |part: &str| items.map_or_else(|| by_looks(part), |items| read(part.trim(), items, None));
    Some(inside.split(',').map(item).collect())
}

/// `{key: value, 'other': [1, 2]}`, to the first closing brace.
fn dict(text: &str) -> Option<Value> {
    if text == "{}" {
        return Some(Value::Object(Map::new()));
    }
    let inside = text.strip_prefix('{')?;
    let inside = inside[..inside.find('\n').unwrap_or(inside.len())].split_once('}')?.0;
    let mut members = Map::new();
    let mut rest = inside;
    while let Some((key, after)) = member(rest) {
        let length = value_length(after);
        let value = after[..length].trim();
        let read = match value {
            _ if value.starts_with('[') && value.ends_with(']') => array(value, None).unwrap_or_else(|| value.into()),
            _ => by_looks(value.trim_matches(QUOTES)),
        };
        members.insert(key.trim().trim_matches(QUOTES).into(), read);
        rest = &after[length..];
        rest = rest.strip_prefix(',').map_or(rest, str::trim_start);
    }
    Some(Value::Object(members))
}

/// The next key and what comes after its colon.
fn member(text: &str) -> Option<(&str, &str)> {
    let (key, after) = text.trim_start_matches(':').split_once(':')?;
    Some((key, after.trim_start()))
}

/// Bytes up to the comma after which another key follows, else all.
fn value_length(text: &str) -> usize {
    let mut parts = text.match_indices(',').map(|(at, _)| at).peekable();
    while let Some(comma) = parts.next() {
        let next = &text[comma + 1..parts.peek().copied().unwrap_or(text.len())];
        if next.chars().skip(1).any(|c| c == ':') {
            return comma;
        }
    }
    text.len()
}
