//! JSON as Python's `json.dumps` writes it: models saw that spelling in training.

use serde_json::{Map, Value};
use std::fmt::Write;

/// The arguments of `json.dumps`.
pub(super) struct Style {
    /// With it every item has its own line, indented once more by this text at each level.
    pub indent: Option<String>,
    /// Between items.
    pub comma: String,
    /// Between a key and its value.
    pub colon: String,
    /// Writes `\uXXXX` for all that is not ASCII.
    pub ensure_ascii: bool,
    /// Writes the keys of an object in order.
    pub sort_keys: bool,
}

impl Style {
    /// What `json.dumps` does with this `indent` and no separators.
    pub fn new(indent: Option<String>) -> Self {
        let comma = if indent.is_some() { "," } else { ", " };
        Self { indent, comma: comma.into(), colon: ": ".into(), ensure_ascii: false, sort_keys: false }
    }

    pub fn dumps(&self, value: &Value) -> String {
        let mut out = String::new();
        self.value(value, 0, &mut out);
        out
    }

    fn value(&self, value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::String(text) => self.string(text, out),
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(real) => out.push_str(&float(real)),
                None => out.push_str(&number.to_string()),
            },
            Value::Array(items) => {
                self.items('[', ']', items, depth, out, |item, out| self.value(item, depth + 1, out));
            }
            Value::Object(object) => {
                self.items('{', '}', self.keys(object), depth, out, |key, out| {
                    self.string(key, out);
                    out.push_str(&self.colon);
                    self.value(&object[key.as_str()], depth + 1, out);
                });
            }
            word => out.push_str(&word.to_string()),
        }
    }

    fn keys<'a>(&self, object: &'a Map<String, Value>) -> Vec<&'a String> {
        let mut keys: Vec<_> = object.keys().collect();
        if self.sort_keys {
            keys.sort();
        }
        keys
    }

    fn items<T>(
        &self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = T>,
        depth: usize,
        out: &mut String,
        write: impl Fn(T, &mut String),
    ) {
        out.push(open);
        let mut items = items.into_iter().peekable();
        let lines = self.indent.as_deref().filter(|_| items.peek().is_some());
        while let Some(item) = items.next() {
            new_line(lines, depth + 1, out);
            write(item, out);
            if items.peek().is_some() {
                out.push_str(&self.comma);
            }
        }
        new_line(lines, depth, out);
        out.push(close);
    }

    fn string(&self, text: &str, out: &mut String) {
        for c in Value::from(text).to_string().chars() {
            if self.ensure_ascii && !(' '..='~').contains(&c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            } else {
                out.push(c);
            }
        }
    }
}

fn new_line(indent: Option<&str>, depth: usize, out: &mut String) {
    if let Some(indent) = indent {
        out.push('\n');
        out.push_str(&indent.repeat(depth));
    }
}

/// Python's `repr` of a finite float: the shortest digits, in scientific form below 1e-4 and from 1e16 on.
fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    match scientific.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
        Some((digits, Ok(n))) if !(-4..16).contains(&n) => {
            format!("{digits}e{}{:02}", if n < 0 { '-' } else { '+' }, n.abs())
        }
        _ => {
            let plain = value.to_string();
            if plain.contains('.') { plain } else { plain + ".0" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // Expected texts: json.dumps(value, ensure_ascii=False[, indent=2]) of Python 3.
    #[test]
    fn strings_numbers_and_separators_are_pythons() {
        let numbers = json!([1, 2.0, 1e16, 1e-5, 0.0001, 123456789012345680.0, -0.0, 1.5e300, 1e15, u64::MAX]);
        let value = json!({"b": numbers, "a": {"s": "é<&'\u{7f}\u{1}\n\"\\/"}, "e": [], "n": null, "t": true});
        assert_eq!(
            Style::new(None).dumps(&value),
            "{\"b\": [1, 2.0, 1e+16, 1e-05, 0.0001, 1.2345678901234568e+17, -0.0, 1.5e+300, 1000000000000000.0, \
             18446744073709551615], \"a\": {\"s\": \"é<&'\u{7f}\\u0001\\n\\\"\\\\/\"}, \"e\": [], \"n\": null, \"t\": true}"
        );
        assert_eq!(
            Style::new(Some("  ".into())).dumps(&json!({"a": [1, {"b": 2.5}], "e": {}, "f": []})),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2.5\n    }\n  ],\n  \"e\": {},\n  \"f\": []\n}"
        );
    }
}
