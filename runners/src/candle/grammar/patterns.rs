//! Patterns of JSON Schema, which are ECMA-262's, in the words of the grammar's own regular expressions.

use serde_json::{Map, Value};

/// ECMA-262's classes; ours are Unicode's, which have other members.
const CLASSES: [(char, &str); 3] = [
    ('d', "0-9"),
    ('w', "0-9A-Z_a-z"),
    ('s', r"\t\n\x0b\x0c\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}"),
];

/// Rewrites the patterns of a schema's own keywords.
pub fn translate(schema: &mut Map<String, Value>) {
    if let Some(Value::String(pattern)) = schema.get_mut("pattern") {
        *pattern = translated(pattern);
    }
    if let Some(Value::Object(named)) = schema.get_mut("patternProperties") {
        *named = std::mem::take(named).into_iter().map(|(pattern, inner)| (translated(&pattern), inner)).collect();
    }
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        let class = |name: char| CLASSES.iter().find(|(known, _)| *known == name).map(|(_, members)| *members);
        match escaped {
            None => out.push(c),
            // A class within a class is their union, here and there.
            Some(name) => match (class(name), class(name.to_ascii_lowercase())) {
                (Some(members), _) => out.push_str(&format!("[{members}]")),
                (None, Some(others)) => out.push_str(&format!("[^{others}]")),
                (None, None) => out.extend(['\\', name]),
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn classes_have_the_members_that_ecma_gives_them() {
        assert_eq!(translated(r"^\d+\.\\d[\w.-]\D$"), r"^[0-9]+\.\\d[[0-9A-Z_a-z].-][^0-9]$");
        assert!(translated(r"\s").contains("feff") && !translated(r"\s").contains("85"));
        assert_eq!(translated(r"a\"), r"a\");
    }
}
