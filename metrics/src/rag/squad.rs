//! Answers compared as SQuAD's official evaluation does (Rajpurkar et al. 2016, 2018).

use ::regex::Regex;
use std::{collections::HashMap, sync::LazyLock};

#[expect(clippy::expect_used, reason = "the expression is a constant, and every test of this file compiles it")]
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+").expect("a constant expression"));

/// An answer in a normal form: lower case, ASCII punctuation and the articles a, an, the removed, blanks collapsed.
///
/// This is SQuAD's but for a point between two digits, which stays, because 1.5 is not 15.
pub(super) fn normalise(text: &str) -> String {
    words(&with_points(&text.to_lowercase()))
}

/// SQuAD's exact match and F1: whether the answer is an accepted one, and the best F1 of its words against those of one.
pub(super) fn exact_and_f1(answer: &str, accepted: &[String]) -> (bool, f64) {
    let (answer, golds) = (official(answer), golds(accepted));
    (golds.contains(&answer), golds.iter().map(|gold| f1(&answer, gold)).fold(0.0, f64::max))
}

/// As version 2.0 has it: what is nothing but articles and punctuation is no answer, and without one only silence is right.
fn golds(accepted: &[String]) -> Vec<String> {
    let golds: Vec<_> = accepted.iter().map(|gold| official(gold)).filter(|gold| !gold.is_empty()).collect();
    if golds.is_empty() { vec![String::new()] } else { golds }
}

fn f1(answer: &str, gold: &str) -> f64 {
    if answer.is_empty() || gold.is_empty() {
        return f64::from(u8::from(answer == gold));
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    gold.split(' ').for_each(|word| *left.entry(word).or_default() += 1);
    let (mut shared, mut given) = (0usize, 0usize);
    for word in answer.split(' ') {
        given += 1;
        if let Some(n) = left.get_mut(word).filter(|n| **n > 0) {
            *n -= 1;
            shared += 1;
        }
    }
    2.0 * shared as f64 / (given + gold.split(' ').count()) as f64
}

/// SQuAD's normal form.
fn official(text: &str) -> String {
    words(&text.to_lowercase().chars().filter(|c| !c.is_ascii_punctuation()).collect::<String>())
}

/// The words with one blank between them, articles left out. Blanks are those of Python's `str.split`.
fn words(text: &str) -> String {
    let mut without_articles = String::with_capacity(text.len());
    let mut done = 0;
    for article in WORD.find_iter(text).filter(|word| matches!(word.as_str(), "a" | "an" | "the")) {
        without_articles.push_str(&text[done..article.start()]);
        without_articles.push(' ');
        done = article.end();
    }
    without_articles.push_str(&text[done..]);
    let is_blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let mut words = String::with_capacity(without_articles.len());
    for word in without_articles.split(is_blank).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    words
}

/// Without ASCII punctuation but for points between two digits.
fn with_points(text: &str) -> String {
    let mut previous = None;
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let decimal = c == '.' && is_digit(previous) && is_digit(chars.peek().copied());
        if decimal || !c.is_ascii_punctuation() {
            out.push(c);
        }
        previous = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[test]
    fn normal_forms() {
        for (text, normal) in [
            ("The Eiffel Tower!", "eiffel tower"),
            ("  an   apple,\ta day ", "apple day"),
            ("Denver Broncos.", "denver broncos"),
            ("Levi's Stadium", "levis stadium"),
            ("10-11", "1011"),
            ("$1,000", "1000"),
            ("a.m.", "am"),
            ("theatre and another", "theatre and another"),
            ("The the", ""),
            ("£4.50", "£4.50"),
            ("1.5 kg", "1.5 kg"),
            ("14 days.", "14 days"),
        ] {
            assert_eq!(normalise(text), normal, "{text}");
        }
        assert_ne!(normalise("1.5 kg"), normalise("15 kg"));
        assert!(exact_and_f1("1.5 kg", &["15 kg".into()]).0, "as SQuAD has it");
    }

    /// See tests/oracles/squad.
    #[derive(Deserialize)]
    struct Oracle {
        texts: Vec<String>,
        normal: Vec<String>,
        /// Answer, accepted, exact match and F1 of version 2.0, the same of 1.1.
        rows: Vec<(usize, Vec<usize>, u8, f64, u8, f64)>,
        unanswerable: Vec<(u8, f64)>,
    }

    #[test]
    fn the_official_scripts_agree() {
        let oracle: Oracle = serde_json::from_str(include_str!("../../tests/oracles/squad/squad.json")).unwrap();
        for (text, normal) in oracle.texts.iter().zip(&oracle.normal) {
            assert_eq!(official(text), *normal, "{text:?}");
        }
        let found = |answer: &str, accepted: &[String]| {
            let (exact, f1) = exact_and_f1(answer, accepted);
            (u8::from(exact), f1)
        };
        let same = |ours: (u8, f64), theirs: (u8, f64)| ours.0 == theirs.0 && (ours.1 - theirs.1).abs() < 1e-12;
        for (answer, accepted, exact, f1, exact_1, f1_1) in &oracle.rows {
            let texts: Vec<String> = accepted.iter().map(|place| oracle.texts[*place].clone()).collect();
            let ours = found(&oracle.texts[*answer], &texts);
            assert!(same(ours, (*exact, *f1)), "{:?} of {texts:?}: {ours:?}", oracle.texts[*answer]);
            if accepted.iter().all(|place| !oracle.normal[*place].is_empty()) {
                assert!(same(ours, (*exact_1, *f1_1)), "{:?} of {texts:?}: {ours:?}", oracle.texts[*answer]);
            }
        }
        for (text, theirs) in oracle.texts.iter().zip(&oracle.unanswerable) {
            assert!(same(found(text, &[]), *theirs), "{text:?}");
        }
    }
}
