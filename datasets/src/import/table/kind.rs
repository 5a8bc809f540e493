//! What kind of task a table holds.

use super::{
    column::{self, parsed},
    mapping::{Mapping, Sample, part_name},
    names,
};
use eval_core::TaskKind;
use serde_json::Value;
use std::collections::HashSet;

/// A label is no longer than this, in characters.
const LONGEST: usize = 80;

/// More labels than this are no label set, unless the column is named as one.
const MOST: usize = 200;

/// What the expected column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Label,
    /// Objects, or columns that are put together to one.
    Object,
    /// A single value or list, the field of this name.
    Field(String),
    Answers,
    Calls,
}

impl Outcome {
    pub(super) fn kind(&self) -> TaskKind {
        match self {
            Self::Label => TaskKind::Classification,
            Self::Object | Self::Field(_) => TaskKind::Extraction,
            Self::Answers => TaskKind::Rag,
            Self::Calls => TaskKind::Tools,
        }
    }
}

/// The outcome that the sample shows, or that the given kind asks for.
pub(super) fn outcome(mapping: &Mapping, sample: &Sample, kind: Option<TaskKind>) -> Outcome {
    let whole = match mapping.expected.as_slice() {
        [(None, column)] => Some(column),
        _ => None,
    };
    let values: Vec<Value> =
        whole.into_iter().flat_map(|column| sample.values(column)).map(|value| parsed(&value).into_owned()).collect();
    let objects = whole.is_none() || !values.is_empty() && values.iter().all(Value::is_object);
    let extraction = || match whole {
        Some(column) if !objects => Outcome::Field(match part_name(column).as_str() {
            "expected" | "expected_output" | "output" | "target" | "completion" | "response" => "answer".into(),
            name => name.into(),
        }),
        _ => Outcome::Object,
    };
    match kind {
        Some(TaskKind::Classification) => Outcome::Label,
        Some(TaskKind::Extraction) => extraction(),
        Some(TaskKind::Rag) => Outcome::Answers,
        Some(TaskKind::Tools) => Outcome::Calls,
        None if objects && values.iter().any(|value| value.get("calls").is_some()) => Outcome::Calls,
        None if mapping.tools.is_some() && !values.is_empty() && values.iter().all(is_calls) => Outcome::Calls,
        None if !mapping.context.is_empty() && whole.is_some() && !values.iter().all(Value::is_boolean) => {
            Outcome::Answers
        }
        None if whole.is_some_and(|column| are_labels(column, &values)) => Outcome::Label,
        None => extraction(),
    }
}

fn is_calls(value: &Value) -> bool {
    value.as_array().is_some_and(|calls| calls.iter().all(|call| call.get("name").is_some()))
}

/// Few distinct short values; where there are many, such as a column of labels has or words without a blank.
fn are_labels(column: &str, values: &[Value]) -> bool {
    let mut distinct = HashSet::new();
    for value in values {
        let Some(text) = column::text(value) else { return false };
        if text.chars().count() > LONGEST || text.trim().contains(['\n', '\r']) {
            return false;
        }
        distinct.insert(text.trim().to_lowercase());
    }
    let named = names::LABELS.contains(&part_name(column).as_str());
    let numbers = values.iter().all(is_fraction);
    let words = distinct.iter().all(|text| !text.contains(char::is_whitespace) && text.contains(char::is_alphabetic));
    let (count, of) = (distinct.len(), values.len());
    let repeats = count * 2 <= of || words && count * 5 <= of * 4;
    of > 0 && !numbers && (named || count <= MOST && repeats)
}

fn is_fraction(value: &Value) -> bool {
    value.is_f64() || value.as_str().is_some_and(|text| text.contains('.') && text.trim().parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(column: &str, values: &[Value]) -> Outcome {
        let mut sample = Sample::default();
        for value in values {
            let row = json!({"text": "t", "context": "c", column: value});
            sample.push(row.as_object().unwrap().clone());
        }
        let mapping = Mapping { expected: vec![(None, column.into())], ..Mapping::default() };
        outcome(&mapping, &sample, None)
    }

    #[test]
    fn labels_are_few_short_and_repeated_or_named_as_such() {
        assert_eq!(told("expected", &[json!("a"), json!("b"), json!("a"), json!("b")]), Outcome::Label);
        assert_eq!(told("label", &[json!("a"), json!("b")]), Outcome::Label);
        assert_eq!(told("is_spam", &[json!(true), json!(false), json!(true)]), Outcome::Label);
        assert_eq!(told("answer", &[json!("in May"), json!("two of them")]), Outcome::Field("answer".into()));
        assert_eq!(told("price", &[json!(1.5), json!(1.5), json!(1.5)]), Outcome::Field("price".into()));
        let long = json!("word ".repeat(40));
        assert_eq!(told("label", &[long.clone(), long]), Outcome::Field("label".into()));
    }

    #[test]
    fn objects_lists_and_calls() {
        assert_eq!(told("expected", &[json!({"a": 1}), json!("{\"a\": null}")]), Outcome::Object);
        assert_eq!(told("expected", &[json!({"calls": []})]), Outcome::Calls);
        assert_eq!(told("entities", &[json!(["a", "b"]), json!([])]), Outcome::Field("entities".into()));
    }
}
