//! How a case file writes its JSON, so that what is added looks like what is there.

use serde_json::{Serializer, Value, ser::Formatter};
use std::io::{self, Write};

/// Blanks after colons and commas, and whether letters beyond ASCII are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    after_colon: bool,
    after_comma: bool,
    ascii: bool,
}

impl Style {
    /// That of lines of JSON.
    pub(super) fn of(text: &str) -> Self {
        let (colon, comma) = separators(text);
        let escaped = || text.match_indices("\\u").any(|(at, _)| text.get(at + 2..at + 6).is_some_and(is_beyond_ascii));
        Self {
            after_colon: colon.unwrap_or(true),
            after_comma: comma.unwrap_or(true),
            ascii: text.is_ascii() && escaped(),
        }
    }

    /// A value, on one line.
    pub(super) fn write(self, value: &Value) -> String {
        let mut out = Vec::new();
        // A value that was read can be written, and memory takes it.
        let written = serde::Serialize::serialize(value, &mut Serializer::with_formatter(&mut out, self));
        debug_assert!(written.is_ok());
        String::from_utf8(out).unwrap_or_default()
    }

    /// A member of an object.
    pub(super) fn member(self, key: &str, value: &Value) -> String {
        let blank = if self.after_colon { " " } else { "" };
        format!("{}:{blank}{}", self.write(&key.into()), self.write(value))
    }

    /// Between two members.
    pub(super) fn comma(self) -> &'static str {
        if self.after_comma { ", " } else { "," }
    }
}

/// Whether a blank stands after the first colon and after the first comma that are no part of a string.
fn separators(text: &str) -> (Option<bool>, Option<bool>) {
    let (mut colon, mut comma, mut in_string, mut escaped) = (None, None, false, false);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let blank = || bytes.get(at + 1) == Some(&b' ');
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b':' if !in_string => _ = colon.get_or_insert_with(blank),
            b',' if !in_string => _ = comma.get_or_insert_with(blank),
            _ => {}
        }
        if colon.is_some() && comma.is_some() {
            break;
        }
    }
    (colon, comma)
}

fn is_beyond_ascii(digits: &str) -> bool {
    u16::from_str_radix(digits, 16).is_ok_and(|unit| unit > 0x7f)
}

impl Formatter for Style {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(self.comma().as_bytes()) }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(self.comma().as_bytes()) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.after_colon { b": " } else { b":" })
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if !self.ascii {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if c.is_ascii() {
                write!(writer, "{c}")?;
            } else {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_written_as_the_file_writes_it() {
        let value = json!({"id": "ü👍", "tags": ["a,b", "c"], "n": 1.5});
        let like = |text: &str| Style::of(text).write(&value);
        assert_eq!(like(r#"{"a": ":,", "b": 1}"#), r#"{"id": "ü👍", "tags": ["a,b", "c"], "n": 1.5}"#);
        assert_eq!(like(r#"{"a":": , ","b":1}"#), r#"{"id":"ü👍","tags":["a,b","c"],"n":1.5}"#);
        let escaped = r#"{"id": "\u00fc\ud83d\udc4d", "tags": ["a,b", "c"], "n": 1.5}"#;
        assert_eq!(like(r#"{"a": "na\u00efve", "b": 1}"#), escaped);
        // A quotation mark is no letter, and the file has one that is not escaped.
        assert_eq!(like(r#"{"a": "\u0007 ü \u00fc", "b": 1}"#), like("{\"a\": 1, \"b\": 2}"));
    }
}
