/// What was done to dig an object out of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repair {
    /// It was taken from a fence.
    Fence,
    /// It was taken from other text.
    Prose,
    /// A comma before a closing bracket was dropped.
    TrailingComma,
    /// Strings in single quotes were put in double ones.
    SingleQuotes,
    /// Python's `None`, `True` or `False` were put in JSON's spelling.
    PythonWords,
}

impl Repair {
    pub(crate) const ALL: [Self; 5] =
        [Self::Fence, Self::Prose, Self::TrailingComma, Self::SingleQuotes, Self::PythonWords];
}

/// Which repairs were needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Repairs(u8);

impl Repairs {
    #[must_use]
    pub(crate) fn with(self, repair: Repair, needed: bool) -> Self {
        Self(self.0 | (u8::from(needed) << repair as u8))
    }

    pub(crate) fn has(self, repair: Repair) -> bool {
        self.0 & (1 << repair as u8) != 0
    }
}

/// Rewrites what is nearly JSON: single-quoted strings, trailing commas, Python's `None`, `True` and `False`.
///
/// Anything else stays as it is, for the parser to judge.
pub(super) fn repaired(text: &str, mut repairs: Repairs) -> (String, Repairs) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, repair) = match c {
            '"' | '\'' => (string(rest, c, &mut out), (c == '\'').then_some(Repair::SingleQuotes)),
            '}' | ']' => {
                let dropped = without_comma(&mut out);
                out.push(c);
                (1, dropped.then_some(Repair::TrailingComma))
            }
            _ if c.is_alphabetic() => word(rest, &mut out),
            _ => {
                out.push(c);
                (c.len_utf8(), None)
            }
        };
        if let Some(repair) = repair {
            repairs = repairs.with(repair, true);
        }
        rest = &rest[length..];
    }
    (out, repairs)
}

/// Copies the string literal at the start as a double-quoted one; returns its length in bytes.
fn string(text: &str, quote: char, out: &mut String) -> usize {
    out.push('"');
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => {
                out.push('"');
                return at + 1;
            }
            '"' => out.push_str("\\\""),
            '\\' => match chars.next() {
                Some((_, '\'')) => out.push('\''),
                Some((_, escaped)) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            _ => out.push(c),
        }
    }
    text.len()
}

/// Copies the word at the start, in JSON's spelling where it is one of Python's; returns its length in bytes.
fn word(text: &str, out: &mut String) -> (usize, Option<Repair>) {
    let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let json = match &text[..length] {
        "None" => Some("null"),
        "True" => Some("true"),
        "False" => Some("false"),
        _ => None,
    };
    out.push_str(json.unwrap_or(&text[..length]));
    (length, json.map(|_| Repair::PythonWords))
}

/// Drops a comma at the end, and says whether there was one. A comma inside a string is safe: a string ends with its quote.
fn without_comma(out: &mut String) -> bool {
    let end = out.trim_end().len();
    let dropped = out[..end].ends_with(',');
    if dropped {
        out.truncate(end - 1);
    }
    dropped
}
