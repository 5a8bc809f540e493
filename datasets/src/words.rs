//! The words of a case's input, for what looks at wording alone.

use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Words that a text is looked at for, at most: nobody's cases differ only after so many.
const MOST: usize = 5000;

/// The texts of a value, in their order: its strings, and numbers as they are written.
pub(crate) fn texts(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Number(number) => each(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Object(members) => members.values().for_each(|member| texts(member, each)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// In lower case, with one blank for any run of blanks.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        word.chars().flat_map(char::to_lowercase).for_each(|c| out.push(c));
    }
    out
}

/// The words of an input in lower case: runs of letters, and runs of digits. Where a script has no blanks, each of its
/// characters is one.
pub(crate) fn words(input: &Value) -> Vec<String> {
    let mut words = Vec::new();
    texts(input, &mut |text| split(text, &mut words));
    words.truncate(MOST);
    words
}

fn split(text: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    let mut digits = false;
    for c in text.chars() {
        if words.len() >= MOST {
            return;
        }
        let number = c.is_numeric();
        let goes_on = c.is_alphanumeric() && number == digits && !stands_alone(c);
        if !goes_on && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            digits = number;
            word.extend(c.to_lowercase());
            if stands_alone(c) {
                words.push(std::mem::take(&mut word));
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// Chinese, Japanese and Thai write no blanks between words.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Digests of the runs of four words in a text, each once and sorted. All numbers are alike, and a run of mostly numbers
/// is left out; a text shorter than that is one run.
pub(crate) fn shingles(words: &[String]) -> Vec<u64> {
    const LENGTH: usize = 4;
    let number = |word: &String| word.starts_with(char::is_numeric);
    let digest = |word: &String| if number(word) { 0 } else { hash(word) };
    let words: Vec<u64> = words.iter().map(digest).collect();
    let runs = words.windows(LENGTH.min(words.len()).max(1));
    let mostly_words = |run: &&[u64]| run.iter().filter(|word| **word == 0).count() < 2;
    let mut shingles: Vec<u64> = runs.filter(mostly_words).map(hash).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// A digest that is the same in every run.
pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_any_input() {
        let input = json!({"subject": "Où est  FM-12a?", "lines": ["ÜBER", 3.5, null], "body": "我要退货 now"});
        assert_eq!(words(&input), ["où", "est", "fm", "12", "a", "über", "3", "5", "我", "要", "退", "货", "now"]);
        assert_eq!(folded("  Où\n est"), "où est");
    }

    #[test]
    fn numbers_are_alike_in_shingles() {
        let of = |text: &str| shingles(&words(&json!(text)));
        assert_eq!(of("please send back 12 mugs"), of("please send back 7 mugs"));
        assert_eq!(of("a b c d e").len(), 2);
        assert_eq!(of("one two").len(), 1);
        assert!(of("on 3 4 2026").is_empty() && of("").is_empty());
    }
}
