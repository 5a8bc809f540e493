//! Answers in words: whether they are the labels of a set, and checks of those that are not.

use serde_json::{Value, json};
use std::collections::HashSet;

/// What the rows of a source expect, seen before the first is written.
#[derive(Debug, Default)]
pub(super) struct Survey {
    rows: usize,
    /// Some row accepts several answers, or one that is no label.
    unfit: bool,
    spellings: HashSet<String>,
    forms: HashSet<String>,
}

/// No longer, in characters, and no more.
const LONGEST: usize = 40;
const MOST: usize = 50;

impl Survey {
    pub(super) fn add(&mut self, answers: &[String]) {
        self.rows += 1;
        let [answer] = answers else {
            self.unfit = true;
            return;
        };
        let spelling = answer.trim().to_lowercase();
        let form: String = spelling.chars().filter(|c| c.is_alphanumeric()).collect();
        let number = spelling.parse::<f64>().is_ok();
        self.unfit |= form.is_empty() || number || spelling.chars().count() > LONGEST || spelling.contains('\n');
        if self.spellings.len() <= MOST {
            self.spellings.insert(spelling);
            self.forms.insert(form);
        }
    }

    /// Whether the answers are labels: few, short, repeated, and told apart by more than punctuation.
    pub(super) fn are_labels(&self) -> bool {
        let count = self.spellings.len();
        !self.unfit && (2..=MOST).contains(&count) && count * 2 <= self.rows && self.forms.len() == count
    }
}

/// The texts of one answer or of a list of them, without those that are blank.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_string()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let found: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    };
    let mut seen = HashSet::new();
    found.into_iter().filter(|text| !text.is_empty() && seen.insert(text.clone())).collect()
}

/// Passed by an answer that begins with one of the texts.
pub(super) fn begins(texts: &[String]) -> Value {
    let texts: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
    let pattern = match texts.as_slice() {
        [one] => format!("^\\s*{one}"),
        _ => format!("^\\s*(?:{})", texts.join("|")),
    };
    json!({"name": "regex", "pattern": pattern})
}

/// Passed by an answer that holds one of the texts.
pub(super) fn holds(texts: &[String], ignore_case: bool) -> Value {
    let mut check = match texts {
        [one] => json!({"name": "contains", "text": one}),
        _ => json!({"name": "contains", "any_of": texts}),
    };
    if ignore_case {
        check["ignore_case"] = true.into();
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(answers: &[&str]) -> bool {
        let mut survey = Survey::default();
        answers.iter().for_each(|answer| survey.add(&[(*answer).to_string()]));
        survey.are_labels()
    }

    #[test]
    fn labels_are_few_and_repeated_and_no_numbers() {
        assert!(labels(&["Yes", "No", "yes", "No"]));
        assert!(!labels(&["Yes", "Yes", "Yes"]));
        assert!(!labels(&["4", "5", "4", "5"]));
        assert!(!labels(&["Oslo", "Rome", "Bern", "Oslo"]));
        assert!(!labels(&["Yes", "Yes.", "No", "No", "No", "No"]));
    }

    #[test]
    fn a_text_is_matched_as_it_stands() {
        let check = begins(&["$5 (net)".into(), "a|b".into()]);
        assert_eq!(check["pattern"], "^\\s*(?:\\$5 \\(net\\)|a\\|b)");
    }
}
