//! A change of one member of a line's object; every other byte stays.

use super::style::Style;
use crate::json;
use serde_json::Value;

/// The line with the member set: in its place where it is there, else at the end.
pub(super) fn with(line: &str, style: Style, key: &str, value: &Value) -> String {
    let mut out = line.to_string();
    if json::member(line, key).is_some() {
        let place = json::place(line, &format!("/{}", json::segment(key)));
        out.replace_range(place, &style.write(value));
        return out;
    }
    let inside = &line[..json::place(line, "").end.saturating_sub(1)];
    let end = inside.trim_end().len();
    let comma = if inside.trim_end().ends_with('{') { "" } else { style.comma() };
    out.insert_str(end, &format!("{comma}{}", style.member(key, value)));
    out
}

/// The line without the member, and without the comma that parted it from the others.
pub(super) fn without(line: &str, key: &str) -> String {
    let Some(member) = json::member(line, key) else { return line.into() };
    let (before, after) = (&line[..member.start], &line[member.end..]);
    if let Some(rest) = before.trim_end().strip_suffix(',') {
        return format!("{rest}{after}");
    }
    let after = after.trim_start();
    let rest = after.strip_prefix(',').map_or(after, str::trim_start);
    format!("{before}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_comes_and_goes_and_no_other_byte_changes() {
        for line in [
            r#"{"id": "a", "n": 1.50, "t": "\u00fc , }"}"#,
            r#"{"id":"a","n":1.50}"#,
            r#" { "id" : "a" , "x" : { "held_out" : 1 } }  "#,
        ] {
            let marked = with(line, Style::of(line), "held_out", &json!(true));
            assert_eq!(serde_json::from_str::<Value>(&marked).unwrap()["held_out"], true, "{marked}");
            assert_eq!(without(&marked, "held_out"), line);
            assert_eq!(without(line, "held_out"), line);
        }
        assert_eq!(without(r#"{"held_out": true, "id": "a"}"#, "held_out"), r#"{"id": "a"}"#);
        assert_eq!(without(r#"{"id": "a" , "held_out":true ,"n":2}"#, "held_out"), r#"{"id": "a"  ,"n":2}"#);
        assert_eq!(
            with(r#"{"a":1,"b":{"x": 2},"c":3}"#, Style::of("{}"), "b", &json!("y")),
            r#"{"a":1,"b":"y","c":3}"#
        );
    }
}
