use serde_json::Value;
use std::fmt;

/// The first 128 bits of the BLAKE3 digest of a value's [`canonical_json`]; shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of a value.
    pub fn of(value: &Value) -> Self {
        Self::of_text(&canonical_json(value))
    }

    fn of_text(text: &str) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
        Self(first)
    }

    /// Reads 32 hexadecimal digits, as it is shown.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        u128::from_str_radix(text, 16).ok().filter(|_| digits).map(|number| Self(number.to_be_bytes()))
    }

    /// The digest as a number: digests sort as their numbers do.
    pub fn number(&self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

/// The [`Digest`] of the object of these members, which are in the order of their names.
pub(crate) fn digest<'a>(members: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Digest {
    let mut out = String::new();
    write_object(members, &mut out);
    Digest::of_text(&out)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.number())
    }
}

/// JSON with object keys sorted at every depth and no blanks: equal values give equal text.
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The [`Digest`] of a value as text.
pub fn hash_json(value: &Value) -> String {
    Digest::of(value).to_string()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
            members.sort_by_key(|(key, _)| *key);
            write_object(members, out);
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        // Writing to a string cannot fail.
        leaf => drop(fmt::Write::write_fmt(out, format_args!("{leaf}"))),
    }
}

fn write_object<'a>(members: impl IntoIterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('{');
    for (i, (key, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(&key.into(), out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_does_not_change_the_text_but_item_order_does() {
        let a: Value = serde_json::from_str(r#"{"b": [1, {"y": 1, "x": 2}], "a": "ü\n"}"#).unwrap();
        let b = json!({"a": "ü\n", "b": [1, {"x": 2, "y": 1}]});
        assert_eq!(canonical_json(&a), r#"{"a":"ü\n","b":[1,{"x":2,"y":1}]}"#);
        assert_eq!(hash_json(&a), hash_json(&b));
        assert_eq!(hash_json(&b), blake3::hash(canonical_json(&b).as_bytes()).to_hex()[..32]);
        assert_ne!(hash_json(&json!([1, 2])), hash_json(&json!([2, 1])));
        assert_eq!(Digest::parse(&hash_json(&a)), Some(Digest::of(&a)));
        assert_eq!([Digest::parse("+123"), Digest::parse(&"+".repeat(32))], [None, None]);
    }
}
