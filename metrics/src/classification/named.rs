//! Finds the only label that an answer names.

use std::collections::HashMap;

/// Words that say that what follows is not it, in four languages.
const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "non",
    "nor",
    "neither",
    "never",
    "without",
    "cannot",
    "except",
    "excluding",
    "excludes",
    "unlike",
    "hardly",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keinem",
    "keiner",
    "keines",
    "weder",
    "ohne",
    "statt",
    "anstatt",
    "außer",
    "niemals",
    "nie",
    "pas",
    "ni",
    "sans",
    "jamais",
    "aucun",
    "aucune",
    "sauf",
    "hormis",
    "excepté",
    "sin",
    "nunca",
    "ningún",
    "ninguna",
    "tampoco",
    "jamás",
    "excepto",
    "salvo",
];

/// Runs of words that say the same, though no word of them does.
const PHRASES: &[&[&str]] = &[
    &["anything", "but"],
    &["rather", "than"],
    &["other", "than"],
    &["instead", "of"],
    &["apart", "from"],
    &["aside", "from"],
    &["far", "from"],
    &["unrelated", "to"],
    &["nothing", "to", "do", "with"],
    &["rules", "out"],
    &["alles", "andere", "als"],
    &["anstelle", "von"],
    &["plutôt", "que"],
    &["autre", "que"],
    &["au", "lieu", "de"],
    &["tout", "sauf"],
    &["en", "vez", "de"],
    &["en", "lugar", "de"],
    &["nada", "que", "ver", "con"],
];

/// How many words before a label a negation holds.
const REACH: usize = 3;

/// Labels by the first word of their normal form.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Vec<Name>>);

#[derive(Debug)]
struct Name {
    words: Vec<String>,
    place: usize,
}

impl Names {
    /// Of labels in normal form, with their places.
    pub fn new<'a>(labels: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let mut names: HashMap<String, Vec<Name>> = HashMap::new();
        for (label, place) in labels {
            let words: Vec<String> = words(label).map(String::from).collect();
            if let Some(first) = words.first() {
                names.entry(first.clone()).or_default().push(Name { words, place });
            }
        }
        // Longest first: `card payment` is not `card`.
        names.values_mut().for_each(|names| names.sort_by_key(|name| usize::MAX - name.words.len()));
        Self(names)
    }

    /// The place of the only label that a text names, however often; `None` where it names none, several, or says that it
    /// is not this one.
    pub fn only(&self, folded: &str) -> Option<usize> {
        let text: Vec<&str> = words(folded).collect();
        let (mut found, mut at, mut last_name) = (None, 0, 0);
        while at < text.len() {
            let Some(name) = self.at(&text[at..]) else {
                at += 1;
                continue;
            };
            // A label may itself be such a word: "no".
            let before = &text[last_name..at];
            if is_denied(before) || found.is_some_and(|place| place != name.place) {
                return None;
            }
            found = Some(name.place);
            at += name.words.len();
            last_name = at;
        }
        found
    }

    fn at(&self, text: &[&str]) -> Option<&Name> {
        let fits = |name: &&Name| text.len() >= name.words.len() && name.words.iter().zip(text).all(|(a, b)| a == b);
        self.0.get(*text.first()?)?.iter().find(fits)
    }
}

/// Whether the words before a label say that it is not this one.
fn is_denied(before: &[&str]) -> bool {
    let near = before.len().saturating_sub(REACH);
    let ends_near = |phrase: &&[&str]| {
        let mut runs = before.windows(phrase.len()).enumerate();
        runs.any(|(start, run)| run == *phrase && start + phrase.len() > near)
    };
    before[near..].iter().any(|word| denies(word)) || PHRASES.iter().any(ends_near)
}

/// Whether a word is a negation: one of the list, or an English verb with "n't", by whichever apostrophe.
fn denies(word: &str) -> bool {
    let plain = word.replace(['’', 'ʼ', '‘'], "'");
    NEGATIONS.contains(&&*plain) || plain.ends_with("n't")
}

/// Runs of letters, digits and the marks that are part of words and labels (`can't`, `c++`).
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_mark = |c: char| "'’ʼ‘+#&/".contains(c);
    text.split(move |c: char| !(c.is_alphanumeric() || is_mark(c)))
        .map(|word| word.trim_matches(['\'', '’', 'ʼ', '‘', '/']))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_label_is_named() {
        let labels = ["card", "card payment", "billing", "no", "c++", "größe"];
        let names = Names::new(labels.iter().enumerate().map(|(place, label)| (*label, place)));
        for (text, label) in [
            ("the label is billing.", Some("billing")),
            ("billing, because the bill is wrong", Some("billing")),
            ("billing. again: billing", Some("billing")),
            ("it is about a card payment", Some("card payment")),
            ("it is about a card", Some("card")),
            ("a card and a card-payment", None),
            ("{\"label\": \"billing\"}", Some("billing")),
            ("billing or card", None),
            ("this is not billing", None),
            ("it's not about billing", None),
            ("it isn’t billing", None),
            ("this doesn’t look like billing", None),
            ("it won't be billing", None),
            ("that couldnʼt be billing", None),
            ("das ist keine billing", None),
            ("anything but billing", None),
            ("it is anything but a billing matter", None),
            ("rather than billing", None),
            ("card rather than billing", None),
            ("non billing", None),
            ("non-billing", None),
            ("instead of billing", None),
            ("something other than billing", None),
            ("it has nothing to do with billing", None),
            ("alles andere als billing", None),
            ("plutôt que billing", None),
            ("en vez de billing", None),
            ("außer billing", None),
            ("nothing but billing", Some("billing")),
            ("rather billing than anything else", Some("billing")),
            ("a matter of billing", Some("billing")),
            ("the answer is no.", Some("no")),
            ("prebilling", None),
            ("written in c++", Some("c++")),
            ("die größe", Some("größe")),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(names.only(text).map(|place| labels[place]), label, "{text}");
        }
    }
}
