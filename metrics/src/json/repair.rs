/// Rewrites what is nearly JSON: single-quoted strings, trailing commas, Python's `None`, `True` and `False`.
///
/// Anything else stays as it is, for the parser to judge.
pub(super) fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' | '\'' => string(rest, c, &mut out),
            '}' | ']' => {
                without_comma(&mut out);
                out.push(c);
                1
            }
            _ if c.is_alphabetic() => word(rest, &mut out),
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
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
fn word(text: &str, out: &mut String) -> usize {
    let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    out.push_str(match &text[..length] {
        "None" => "null",
        "True" => "true",
        "False" => "false",
        other => other,
    });
    length
}

/// Drops a comma at the end. A comma inside a string is safe: a string ends with its quote.
fn without_comma(out: &mut String) {
    let end = out.trim_end().len();
    if out[..end].ends_with(',') {
        out.truncate(end - 1);
    }
}
