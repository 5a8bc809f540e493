//! Reads a label from an answer.

use super::named::Names;
use crate::MetricError;
use serde::de::IgnoredAny;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// The labels of a task.
pub(super) struct LabelSet {
    labels: Vec<String>,
    /// From a label's normal form to its place; a label without a normal form (`+`, say) is only read exactly.
    by_normal: HashMap<String, usize>,
    names: Names,
    /// Only a label as the set writes it is read.
    strict: bool,
}

/// How an answer was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// It is a label, outer blanks aside.
    Exact(&'a str),
    /// It is a label after [`normal`]isation.
    Normalised(&'a str),
    /// It names one label of the set, and no other.
    Named(&'a str),
    /// It is something else.
    Outside,
    /// There is no text.
    None,
}

impl<'a> Reading<'a> {
    pub(super) fn label(&self) -> Option<&'a str> {
        match self {
            Self::Exact(label) | Self::Normalised(label) | Self::Named(label) => Some(label),
            Self::Outside | Self::None => None,
        }
    }

    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Normalised(_) => "normalised",
            Self::Named(_) => "named",
            Self::Outside => "outside",
            Self::None => "none",
        }
    }
}

impl LabelSet {
    pub(super) fn new(labels: &[String], strict: bool) -> Result<Self, MetricError> {
        let mut by_normal: HashMap<String, usize> = HashMap::new();
        for (place, label) in labels.iter().enumerate() {
            let form = normal(label);
            if form.is_empty() {
                continue;
            }
            if let Some(earlier) = by_normal.insert(form, place) {
                return Err(MetricError::new(
                    "labels",
                    format!("labels `{}` and `{label}` are read as the same", labels[earlier]),
                    "labels must differ in more than case, blanks, `-`, `_` and surrounding punctuation",
                ));
            }
        }
        let names = Names::new(by_normal.iter().map(|(form, place)| (form.as_str(), *place)));
        Ok(Self { labels: labels.to_vec(), by_normal, names, strict })
    }

    pub(super) fn read(&self, text: &str) -> Reading<'_> {
        let text = text.trim();
        if text.is_empty() {
            return Reading::None;
        }
        if let Some(label) = self.labels.iter().find(|label| label.trim() == text) {
            return Reading::Exact(label);
        }
        if self.strict {
            return Reading::Outside;
        }
        // `["billing"]` is JSON and not a label in brackets: it names one.
        let is_list = serde_json::from_str::<Vec<IgnoredAny>>(text).is_ok();
        if let Some(place) = self.by_normal.get(&normal(text)).filter(|_| !is_list) {
            return Reading::Normalised(&self.labels[*place]);
        }
        match self.names.only(&folded(text)) {
            Some(place) => Reading::Named(&self.labels[place]),
            None => Reading::Outside,
        }
    }
}

/// The normal form of a label or of an answer that names one.
///
/// Unicode NFKC and lower case; surrounding blanks, quotes, backticks, asterisks, brackets and a final period or
/// exclamation mark removed; one prefix `label:`, `answer:`, `category:` or `queue:` dropped, with what surrounds the
/// rest; blanks, `-` and `_` inside are the same, however many.
fn normal(text: &str) -> String {
    let folded = folded(text);
    let bare = unwrapped(&folded);
    let bare = without_prefix(bare).map_or(bare, unwrapped);
    let words = bare.split(|c: char| c.is_whitespace() || c == '-' || c == '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

fn unwrapped(mut text: &str) -> &str {
    loop {
        let inner = text.trim_matches(is_wrapping).trim_end_matches(['.', '!', '。']);
        if inner.len() == text.len() {
            return text;
        }
        text = inner;
    }
}

fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || "\"'`´*[]()<>“”„‘’‚«»‹›".contains(c)
}

fn without_prefix(text: &str) -> Option<&str> {
    ["label", "answer", "category", "queue"]
        .iter()
        .find_map(|word| text.strip_prefix(word)?.trim_start_matches(is_wrapping).strip_prefix(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels() -> LabelSet {
        let names = ["billing", "order-change", "Rückgabe", "C++", "+", "undetermined"];
        LabelSet::new(&names.map(String::from), false).unwrap()
    }

    #[test]
    fn answers_are_read_as_documented() {
        let exact = ["billing", " billing\n", "+", "C++"];
        for text in exact {
            assert_eq!(labels().read(text), Reading::Exact(labels().read(text).label().unwrap()), "{text}");
        }
        let normalised = [
            ("Billing", "billing"),
            ("BILLING.", "billing"),
            ("\"billing\"", "billing"),
            ("`billing`!", "billing"),
            ("**billing**.", "billing"),
            ("**Label:** billing", "billing"),
            ("Answer: \"billing.\"", "billing"),
            ("queue : billing", "billing"),
            ("category:\n[billing]", "billing"),
            ("<billing>", "billing"),
            ("„billing“", "billing"),
            ("ｂｉｌｌｉｎｇ", "billing"),
            ("order change", "order-change"),
            ("Order_Change", "order-change"),
            ("order - change", "order-change"),
            ("_order-change_", "order-change"),
            ("ru\u{308}ckgabe", "Rückgabe"),
            ("RÜCKGABE", "Rückgabe"),
            ("c++.", "C++"),
        ];
        for (text, label) in normalised {
            assert_eq!(labels().read(text), Reading::Normalised(label), "{text}");
        }
        let named = [
            "The label is billing",
            "billing\n\nThe customer asks about an invoice.",
            "{\"label\": \"billing\"}",
            "[\"billing\"]",
            "```json\n{\"queue\": \"billing\"}\n```",
            "label: answer: billing",
        ];
        for text in named {
            assert_eq!(labels().read(text), Reading::Named("billing"), "{text}");
        }
        assert_eq!(labels().read("I would say: an order change."), Reading::Named("order-change"));
        let outside = ["billing or undetermined", "This is not billing.", "orderchange", "invoice", "...", "-", "C"];
        for text in outside {
            assert_eq!(labels().read(text), Reading::Outside, "{text}");
        }
        assert_eq!(labels().read(" \n"), Reading::None);
    }

    #[test]
    fn strictly_a_label_is_only_itself() {
        let labels = LabelSet::new(&["billing".into(), "other".into()], true).unwrap();
        assert_eq!(labels.read(" billing\n"), Reading::Exact("billing"));
        for text in ["Billing", "billing.", "**billing**", "The label is billing"] {
            assert_eq!(labels.read(text), Reading::Outside, "{text}");
        }
        assert_eq!(labels.read(""), Reading::None);
    }

    #[test]
    fn labels_that_read_the_same_are_refused() {
        let error = LabelSet::new(&["order-change".into(), "Order change!".into()], false).err().unwrap();
        assert_eq!(error.key, "labels");
        assert_eq!(error.message, "labels `order-change` and `Order change!` are read as the same");
    }

    proptest! {
        #[test]
        fn every_label_of_a_set_reads_as_itself(
            names in prop::collection::hash_set("\\PC{1,12}", 1..6),
            strict in any::<bool>(),
        ) {
            let names: Vec<String> = names.into_iter().filter(|name| !name.trim().is_empty()).collect();
            if let Ok(labels) = LabelSet::new(&names, strict) {
                for name in &names {
                    prop_assert_eq!(labels.read(name).label().map(str::trim), Some(name.trim()));
                }
            }
        }

        #[test]
        fn a_plain_label_is_read_through_every_wrapping(
            name in "[a-z]{3,9}([-_ ][a-z]{3,9})?",
            prefix in prop::sample::select(vec!["", "label: ", "Answer:", "**Category:** "]),
            around in prop::sample::select(vec!["", "\"", "**", "`", "'"]),
            end in prop::sample::select(vec!["", ".", "!", ".\n"]),
        ) {
            prop_assume!(!["label", "answer", "category", "queue"].contains(&name.as_str()));
            let labels = LabelSet::new(std::slice::from_ref(&name), false).unwrap();
            let text = format!("{prefix}{around}{}{around}{end}", name.to_uppercase());
            prop_assert_eq!(labels.read(&text).label(), Some(name.as_str()));
        }
    }
}
