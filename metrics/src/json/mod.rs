//! Reads a JSON object from an answer, and digs one out where the answer is more or less than that.
//!
//! Recovered are, by the rules of [`Repair`] and no others: the content of a ```` ``` ```` fence; the first balanced `{…}` in
//! prose that reads as an object; and in both trailing commas, single-quoted strings, and Python's `None`, `True`, `False`.
//! Everything is one pass over the text, without recursion; an object that is nested too deeply is none. The last of equal keys
//! wins.

mod repair;

pub(crate) use repair::{Repair, Repairs};

use eval_core::too_deep;
use repair::repaired;
use serde_json::{Number, Value};

/// How a JSON object was found in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// The whole answer, outer blanks aside, is a JSON object.
    AsGiven,
    /// An object could be dug out, by these repairs.
    Recovered(Repairs),
    /// There is no object, or the whole answer is other JSON (a list, say).
    None,
}

impl JsonForm {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AsGiven => "as_given",
            Self::Recovered(_) => "recovered",
            Self::None => "none",
        }
    }
}

/// The object in an answer and how it was found; the value is an object whenever there is one.
pub(crate) fn read_object(text: &str) -> (JsonForm, Option<Value>) {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(object @ Value::Object(_)) if !too_deep(&object) => (JsonForm::AsGiven, Some(object)),
        Ok(_) => (JsonForm::None, None),
        Err(_) => match recovered(text) {
            Some((object, repairs)) => (JsonForm::Recovered(repairs), Some(object)),
            None => (JsonForm::None, None),
        },
    }
}

fn recovered(text: &str) -> Option<(Value, Repairs)> {
    let around_fences = text.split("```").step_by(2).any(|part| !part.trim().is_empty());
    let from_fence = Repairs::default().with(Repair::Fence, true).with(Repair::Prose, around_fences);
    let of_fence = fenced(text).map(|block| (block, from_fence));
    let of_prose = balanced(text).map(|region| {
        let is_part = region.len() < text.trim().len();
        (region, Repairs::default().with(Repair::Prose, is_part))
    });
    of_fence.chain(of_prose).find_map(|(region, found)| lenient(region, found))
}

/// Whether two numbers have the same value: whole numbers exactly, others as the floating-point numbers they are.
pub(crate) fn same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}

fn lenient(text: &str, found: Repairs) -> Option<(Value, Repairs)> {
    let object =
        |text: &str| serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() && !too_deep(value));
    if let Some(object) = object(text) {
        return Some((object, found));
    }
    let (text, repairs) = repaired(text, found);
    Some((object(&text)?, repairs))
}

/// The contents of fences that look like an object, a language name left out; the last fence may be open.
pub(crate) fn fenced(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim())
        .filter(|block| block.starts_with('{'))
}

/// The outermost balanced `{…}` regions, left to right. Braces in strings do not count.
fn balanced(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find('{')?;
        let length = balanced_length(&rest[start..])?;
        let region = &rest[start..start + length];
        rest = &rest[start + length..];
        Some(region)
    })
}

/// Bytes up to the brace that closes the one at the start; `None` where it stays open.
fn balanced_length(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, byte) in text.bytes().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, byte) {
            (Some(_), b'\\') => escaped = true,
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use eval_core::DEEPEST;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn objects_as_given() {
        let read = |text| read_object(text);
        assert_eq!(read(" {\"a\": 1}\n"), (JsonForm::AsGiven, Some(json!({"a": 1}))));
        assert_eq!(read(r#"{"a": 1, "a": 2}"#), (JsonForm::AsGiven, Some(json!({"a": 2}))));
    }

    #[test]
    fn objects_that_are_recovered() {
        let found = json!({"total": 12.5, "note": null});
        for text in [
            "```json\n{\"total\": 12.5, \"note\": null}\n```",
            "Here you are:\n\n```\n{\"total\": 12.5, \"note\": null}\n```\nAnything else?",
            "```json {\"total\": 12.5, \"note\": null}```",
            "```json\n{\"total\": 12.5, \"note\": null}",
            "The result is {\"total\": 12.5, \"note\": null}. It's complete.",
            "For the {mail} above: {\"total\": 12.5, \"note\": null}",
            "{\"total\": 12.5, \"note\": null}\n{\"total\": 1, \"note\": null}",
            "{\"total\": 12.5, \"note\": null,}",
            "{\n  \"total\": 12.5,\n  \"note\": null,\n}",
            "{'total': 12.5, 'note': None}",
            "{'total': 12.5, \"note\": null}",
        ] {
            let (form, object) = read_object(text);
            assert_eq!((form.as_str(), object), ("recovered", Some(found.clone())), "{text}");
        }
        let strings = [
            (r#"Sure: {"a": "a } brace", "b": [1, 2,],}"#, json!({"a": "a } brace", "b": [1, 2]})),
            (r#"{'a': 'it\'s "new"', 'b': "it's"}"#, json!({"a": "it's \"new\"", "b": "it's"})),
            (r#"{'a': [True, False, None], 'b': 'None'}"#, json!({"a": [true, false, null], "b": "None"})),
            (r#"so: {"a": "x, }", "b": "True"}"#, json!({"a": "x, }", "b": "True"})),
            (r#"{'a': 'tab\tü \u00e9 \\'}"#, json!({"a": "tab\tü é \\"})),
        ];
        for (text, object) in strings {
            let (form, found) = read_object(text);
            assert_eq!((form.as_str(), found), ("recovered", Some(object)), "{text}");
        }
    }

    #[test]
    fn every_repair_is_named() {
        use Repair::{Fence, Prose, PythonWords, SingleQuotes, TrailingComma};
        let cases: [(&str, &[Repair]); 9] = [
            ("```json\n{\"a\": 1}\n```", &[Fence]),
            ("```\n{\"a\": 1}", &[Fence]),
            ("Here:\n```\n{\"a\": 1,}\n```", &[Fence, Prose, TrailingComma]),
            ("Here: {\"a\": 1}", &[Prose]),
            ("{\"a\": 1}.", &[Prose]),
            ("{\"a\": [1, 2,]}", &[TrailingComma]),
            ("{'a': \"x\"}", &[SingleQuotes]),
            ("{\"a\": None}", &[PythonWords]),
            ("So {'a': True,}", &[Prose, TrailingComma, SingleQuotes, PythonWords]),
        ];
        for (text, wanted) in cases {
            let (JsonForm::Recovered(repairs), Some(_)) = read_object(text) else { panic!("{text}") };
            let made: Vec<_> = Repair::ALL.into_iter().filter(|repair| repairs.has(*repair)).collect();
            assert_eq!(made, wanted, "{text}");
        }
    }

    /// What models wrap around an object.
    fn wrapped() -> impl Strategy<Value = (String, Value)> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-zA-Z ',}`\"\\\\é]{0,12}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(Value::from_iter),
            ]
        });
        let object = prop::collection::btree_map("[a-z]{1,4}", value, 0..4).prop_map(Value::from_iter);
        (object, 0usize..4).prop_map(|(object, form)| {
            let text = match form {
                0 => format!("{object}"),
                1 => format!("{object:#}"),
                2 => format!("The object is {object}, as asked."),
                _ => format!("```json\n{object:#}\n```"),
            };
            (text, object)
        })
    }

    proptest! {
        #[test]
        fn an_object_is_read_back_through_what_is_around_it((text, object) in wrapped()) {
            // A fence's end inside a string ends the fence.
            prop_assume!(!object.to_string().contains("```"));
            prop_assert_eq!(read_object(&text).1, Some(object));
        }

        #[test]
        fn valid_json_is_never_mended(text in "\\PC{0,40}") {
            if let (JsonForm::Recovered(repairs), _) = read_object(&text) {
                prop_assert!(Repair::ALL.into_iter().any(|repair| repairs.has(repair)), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_no_object() {
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(read_object(&nested(DEEPEST)).1.is_some());
        let all_deep = [DEEPEST + 1, 100, 127, 128, 10_000].map(nested);
        let fenced = format!("```json\n{}\n```", nested(100));
        for text in [
            "",
            "no JSON here",
            "[{\"a\": 1}]",
            "\"{\\\"a\\\": 1}\"",
            "null",
            "{\"a\": 1",
            "{\"a\": NaN}",
            "{\"a\": Infinity}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": 1e999}",
            "{a: 1}",
            "{\"a\": 1 \"b\": 2}",
            "{'a': 'it's'}",
            "```json\n[1, 2]\n```",
            fenced.as_str(),
        ]
        .into_iter()
        .chain(all_deep.iter().map(String::as_str))
        {
            assert_eq!(read_object(text), (JsonForm::None, None), "{}", &text[..text.len().min(40)]);
        }
    }
}
