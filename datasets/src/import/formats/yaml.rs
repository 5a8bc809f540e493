//! YAML as JSON, with the line of each value.

use crate::{SuiteError, import::rows};
use serde_json::{Map, Number, Value};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};
use yaml_rust2::{
    Event,
    parser::{MarkedEventReceiver, Parser},
    scanner::{Marker, TScalarStyle},
};

/// A file's value, and where in it things stand.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    /// From 1, by JSON pointer.
    lines: BTreeMap<String, u64>,
}

/// Aliases may multiply: a document has at most so many values.
const MOST: usize = 2_000_000;

/// Nothing is nested deeper.
const DEEPEST: usize = 200;

impl Document {
    /// Reads the first document of a file. JSON is YAML too.
    pub(super) fn read(path: &Path) -> Result<Self, SuiteError> {
        let name = path.display().to_string();
        Self::parse(&rows::whole(path)?, &name)
    }

    pub(super) fn parse(text: &str, name: &str) -> Result<Self, SuiteError> {
        let mut reader = Reader::default();
        let read = Parser::new_from_str(text).load(&mut reader, false);
        let failed = match read {
            Err(error) => Some((error.marker().line() as u64, error.info().to_string())),
            Ok(()) => reader.problem.take(),
        };
        match failed {
            Some((line, why)) => Err(SuiteError::new(format!("{name}:{line}: not valid YAML: {why}"))
                .help("check quotes, colons and the depth of the lines before it")),
            None => Ok(Self { value: reader.root.unwrap_or(Value::Null), lines: reader.lines }),
        }
    }

    /// A value whose lines are not known.
    pub(super) fn without_lines(value: Value) -> Self {
        Self { value, lines: BTreeMap::new() }
    }

    /// The line of the value at a pointer, or of what it stands in.
    pub(super) fn line(&self, pointer: &str) -> Option<u64> {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return Some(*line);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

#[derive(Default)]
struct Reader {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    lines: BTreeMap<String, u64>,
    values: usize,
    problem: Option<(u64, String)>,
}

/// A list or an object that is not at its end.
struct Open {
    value: Value,
    anchor: usize,
    pointer: String,
    /// Of an object: the key whose value comes next.
    key: Option<String>,
}

impl MarkedEventReceiver for Reader {
    fn on_event(&mut self, event: Event, mark: Marker) {
        if self.problem.is_some() {
            return;
        }
        let line = mark.line() as u64;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != TScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                let value = if is_text { Value::String(text) } else { plain(text) };
                self.add(value, anchor, line);
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::Array(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.begin(Value::Object(Map::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    self.put(done.value, done.anchor, line);
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(value) => {
                    self.values += size(&value);
                    self.add(value, 0, line);
                }
                None => self.problem = Some((line, "an alias of something that is not complete".into())),
            },
            _ => {}
        }
    }
}

impl Reader {
    fn begin(&mut self, value: Value, anchor: usize, line: u64) {
        let pointer = self.place(line);
        if self.open.len() == DEEPEST {
            self.problem = Some((line, format!("nested more than {DEEPEST} deep")));
        }
        self.open.push(Open { value, anchor, pointer, key: None });
    }

    /// Where the next value stands; its line is kept.
    fn place(&mut self, line: u64) -> String {
        let pointer = match self.open.last() {
            None => String::new(),
            Some(Open { value: Value::Array(items), pointer, .. }) => format!("{pointer}/{}", items.len()),
            Some(Open { key: Some(key), pointer, .. }) => format!("{pointer}/{}", crate::json::segment(key)),
            Some(Open { pointer, .. }) => pointer.clone(),
        };
        self.lines.entry(pointer.clone()).or_insert(line);
        pointer
    }

    fn add(&mut self, value: Value, anchor: usize, line: u64) {
        self.place(line);
        self.put(value, anchor, line);
    }

    fn put(&mut self, value: Value, anchor: usize, line: u64) {
        self.values += 1;
        if self.values > MOST {
            self.problem = Some((line, "its aliases make it too large".into()));
            return;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(value);
            }
            Some(Open { value: Value::Array(items), .. }) => items.push(value),
            Some(Open { value: Value::Object(map), key, .. }) => match key.take() {
                None => *key = Some(text(&value)),
                Some(name) if name == "<<" => merge(map, value),
                Some(name) => {
                    map.insert(name, value);
                }
            },
            Some(_) => {}
        }
    }
}

/// What an object takes over from another, without what it has itself.
fn merge(map: &mut Map<String, Value>, from: Value) {
    let sources = match from {
        Value::Array(items) => items,
        one => vec![one],
    };
    for (key, value) in sources.into_iter().filter_map(|source| source.as_object().cloned()).flatten() {
        map.entry(key).or_insert(value);
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// A scalar without quotes, by YAML's core schema.
fn plain(text: String) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.contains(|c: char| c.is_ascii_digit());
    let number = numeric.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten();
    number.map_or(Value::String(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_those_of_the_core_schema() {
        let text = "a: 1\nb: [1.5, '1', yes, ~, true, 1.2.3, a-, 1e3]\nc: |\n  two\n  lines\n1: x\n";
        let document = Document::parse(text, "t.yaml").unwrap();
        let b = json!([1.5, "1", "yes", null, true, "1.2.3", "a-", 1000.0]);
        assert_eq!(document.value, json!({"a": 1, "b": b, "c": "two\nlines\n", "1": "x"}));
    }

    #[test]
    fn aliases_and_merges_are_resolved_and_lines_are_known() {
        let text = "base: &b\n  x: 1\n  y: 2\ntests:\n  - <<: *b\n    y: 3\n  - *b\n";
        let document = Document::parse(text, "t.yaml").unwrap();
        assert_eq!(document.value["tests"], json!([{"x": 1, "y": 3}, {"x": 1, "y": 2}]));
        assert_eq!(document.line("/tests/0/y"), Some(6));
        assert_eq!(document.line("/tests/1/x"), Some(7));
    }

    #[test]
    fn mistakes_are_placed_and_bombs_end() {
        let error = Document::parse("a: [1\nb: 2\n", "t.yaml").unwrap_err();
        assert!(error.to_string().starts_with("t.yaml:"), "{error}");
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_string();
        for n in 1..12 {
            let before = format!("*a{},", n - 1).repeat(9);
            bomb.push_str(&format!("a{n}: &a{n} [{before}*a{}]\n", n - 1));
        }
        let error = Document::parse(&bomb, "t.yaml").unwrap_err();
        assert!(error.to_string().contains("too large"), "{error}");
    }
}
