//! Literals of Java.

use super::{Kind, fraction, guess, inner, whole};
use regex::Regex;
use serde_json::{Map, Value};
use std::sync::LazyLock;

pub(super) const TYPES: [(&str, Kind); 13] = [
    ("byte", Kind::Whole),
    ("short", Kind::Whole),
    ("integer", Kind::Whole),
    ("long", Kind::Whole),
    ("float", Kind::Fraction),
    ("double", Kind::Fraction),
    ("boolean", Kind::Bool),
    ("char", Kind::Text),
    ("String", Kind::Text),
    ("any", Kind::Text),
    ("Array", Kind::List),
    ("ArrayList", Kind::List),
    ("HashMap", Kind::Object),
];

/// The value of a literal, the text itself where it is none of its type.
pub(super) fn read(text: &str, name: &str, items: Option<&str>) -> Value {
    let value = match name {
        "byte" | "short" | "integer" => whole(text),
        "long" => text.strip_suffix(['l', 'L']).and_then(whole),
        "float" => text.strip_suffix(['f', 'F']).and_then(|number| fraction(number, true)),
        "double" => fraction(text, true),
        "boolean" => matches!(text, "true" | "false").then(|| (text == "true").into()),
        "Array" => array(text, items),
        "ArrayList" => array_list(text, items),
        "HashMap" => hash_map(text),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

/// `new int[]{1, 2}`.
fn array(text: &str, items: Option<&str>) -> Option<Value> {
    static ARRAY: Pattern = Pattern::new(|| Regex::new(r"new\s+\w+\[\]\s*\{(.*?)\}").ok());
    let inside = ARRAY.group(text)?;
    let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    Some(parts.map(|part| items.map_or_else(|| by_looks(part), |items| read(part, items, None))).collect())
}

/// `new ArrayList<>(Arrays.asList(1, 2))`, `new ArrayList<>() {{ add(1); }}` or `new ArrayList<>()`.
fn array_list(text: &str, items: Option<&str>) -> Option<Value> {
    static AS_LIST: Pattern = Pattern::new(|| Regex::new(r"new\s+ArrayList<\w*>\(Arrays\.asList\((.+?)\)\)").ok());
    static ADDED: Pattern = Pattern::new(|| Regex::new(r"(?s)new\s+ArrayList<\w*>\(\)\s*\{\{\s*(.+?)\s*\}\}").ok());
    static ADD: Pattern = Pattern::new(|| Regex::new(r"add\((.+?)\)").ok());
    static EMPTY: Pattern = Pattern::new(|| Regex::new(r"(new\s+ArrayList<\w*>\(\))").ok());
    let item = |part: &str| match items {
        Some("char" | "String") => inner(part.trim()).into(),
        Some(items) => read(part.trim(), items, None),
        None => by_looks(part.trim()),
    };
    if let Some(inside) = AS_LIST.group(text) {
        return Some(inside.split(',').map(item).collect());
    }
    if let Some(inside) = ADDED.group(text) {
        return Some(ADD.groups(inside).map(item).collect());
    }
    EMPTY.group(text).map(|_| Value::Array(Vec::new()))
}

/// `new HashMap<>() {{ put("key", value); }}`.
fn hash_map(text: &str) -> Option<Value> {
    static MAP: Pattern =
        Pattern::new(|| Regex::new(r"(?s)new\s+HashMap<.*?>\s*\(\)\s*\{\s*\{?\s*(.*?)\s*\}?\s*\}").ok());
    static PUT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"put\("(.*?)",\s*(.*?)\)"#).ok());
    static EMPTY: Pattern = Pattern::new(|| Regex::new(r"(?s)(new\s+HashMap<.*?>\s*\(\))").ok());
    let Some(inside) = MAP.group(text) else { return EMPTY.group(text).map(|_| Value::Object(Map::new())) };
    let puts = PUT.iter().flat_map(|put| put.captures_iter(inside));
    Some(puts.map(|put| (put[1].to_string(), by_looks(put[2].trim()))).collect())
}

/// A value whose type nobody says.
fn by_looks(text: &str) -> Value {
    let quoted = text.starts_with('"') && text.ends_with('"');
    let suffixed = || {
        let long = text.strip_suffix(['l', 'L']).and_then(whole);
        long.or_else(|| text.strip_suffix(['f', 'F']).and_then(|number| fraction(number, true)))
    };
    let value = if quoted { None } else { suffixed() };
    value.unwrap_or_else(|| guess(text, &['"']))
}

/// A pattern with one group, compiled when it is first asked for.
struct Pattern(LazyLock<Option<Regex>, fn() -> Option<Regex>>);

impl Pattern {
    const fn new(compile: fn() -> Option<Regex>) -> Self {
        Self(LazyLock::new(compile))
    }

    /// What the group holds where the pattern first matches.
    fn group<'t>(&self, text: &'t str) -> Option<&'t str> {
        Some(self.0.as_ref()?.captures(text)?.get(1)?.as_str())
    }

    /// What it holds at every match.
    fn groups<'t>(&'static self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let found = self.0.iter().flat_map(move |pattern| pattern.captures_iter(text));
        found.filter_map(|found| found.get(1)).map(|group| group.as_str())
    }
}
