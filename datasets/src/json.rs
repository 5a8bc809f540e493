//! JSON that is read strictly, and places in its text.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{fmt, ops::Range};

/// Why a text is not JSON, and where.
#[derive(Debug)]
pub(crate) struct NotJson {
    pub(crate) message: String,
    pub(crate) at: usize,
}

/// Parses JSON; a key that stands twice in one object is an error, since readers differ on which one counts.
pub(crate) fn parse(text: &str) -> Result<Value, NotJson> {
    serde_json::from_str::<Strict>(text).map(|strict| strict.0).map_err(|error| {
        let full = error.to_string();
        let message = full.split(" at line ").next().unwrap_or(&full).to_string();
        let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = (line_start + error.column().saturating_sub(1)).min(text.len());
        NotJson { message, at: text.floor_char_boundary(at) }
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{key}` stands twice in one object")));
            }
            let Strict(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// The bytes of the value that a JSON pointer names, in a text that is valid JSON; of its nearest ancestor where the
/// text does not hold it.
pub(crate) fn place(text: &str, pointer: &str) -> Range<usize> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    scanner.blanks();
    let mut found = scanner.span();
    for segment in pointer.split('/').skip(1) {
        scanner.at = found.start;
        match scanner.child(&segment.replace("~1", "/").replace("~0", "~")) {
            Some(child) => found = child,
            None => break,
        }
    }
    found
}

/// The bytes of a member of the outermost object, key and value, in a text that is valid JSON.
pub(crate) fn member(text: &str, key: &str) -> Option<Range<usize>> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    scanner.blanks();
    let (key, value) = scanner.member(key)?;
    Some(key.start..value.end)
}

/// One segment of a JSON pointer, escaped.
pub(crate) fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Walks over JSON that is known to be valid.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// Passes over the value that begins here.
    fn span(&mut self) -> Range<usize> {
        let start = self.at;
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            match self.peek() {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b'}' | b']' if depth == 0 => break,
                byte if depth == 0 && byte.is_ascii_whitespace() => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                break;
            }
        }
        start..self.at
    }

    fn string(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len() && self.peek() != b'"' {
            self.at += 1 + usize::from(self.peek() == b'\\');
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// The value under a key or an index of the object or array that begins here.
    fn child(&mut self, name: &str) -> Option<Range<usize>> {
        self.member(name).map(|(_, value)| value)
    }

    /// The same with its key before it; items of an array have none, and an empty range stands there.
    fn member(&mut self, name: &str) -> Option<(Range<usize>, Range<usize>)> {
        let object = match self.peek() {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        for index in 0usize.. {
            self.blanks();
            if self.at >= self.bytes.len() || matches!(self.peek(), b'}' | b']') {
                return None;
            }
            let mut hit = !object && name.parse() == Ok(index);
            let mut key = self.at..self.at;
            if object {
                key = self.span();
                hit = serde_json::from_slice::<String>(&self.bytes[key.clone()]).is_ok_and(|key| key == name);
                self.blanks();
                self.at += 1; // the colon
                self.blanks();
            }
            let value = self.span();
            if hit {
                return Some((key, value));
            }
            self.blanks();
            if self.peek() != b',' {
                return None;
            }
            self.at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_an_error_at_any_depth() {
        let error = parse("{\"a\": {\"b\": 1,\n \"b\": 2}}").unwrap_err();
        assert_eq!(error.message, "the key `b` stands twice in one object");
        assert_eq!(parse("{\"a\": [1, -2, 2.5, \"ü\", null, true]}").unwrap()["a"][2], 2.5);
    }

    #[test]
    fn places_of_values() {
        let text = r#" {"a" : [1, {"x": "}\"]"}, [ ]], "b/c": -1.5e3 , "d": null}"#;
        let at = |pointer| &text[place(text, pointer)];
        assert_eq!(at("/a/1/x"), r#""}\"]""#);
        assert_eq!(at("/a/2"), "[ ]");
        assert_eq!(at("/b~1c"), "-1.5e3");
        assert_eq!(at("/d"), "null");
        assert_eq!(at("/a/7"), r#"[1, {"x": "}\"]"}, [ ]]"#);
        assert_eq!(at(""), text.trim());
    }

    proptest::proptest! {
        #[test]
        fn places_of_any_text_are_within_it(text in "\\PC*", pointer in "(/[a-z0-9~]{0,3}){0,3}") {
            let place = place(&text, &pointer);
            proptest::prop_assert!(place.end <= text.len());
        }
    }
}
