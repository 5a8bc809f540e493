//! The words of a case's input, for what looks at wording alone. They are kept as digests: there are millions of them.

use eval_core::Task;
use serde_json::Value;

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
        word.chars().for_each(|c| lower(c, |c| out.push(c)));
    }
    out
}

fn lower(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() { each(c.to_ascii_lowercase()) } else { c.to_lowercase().for_each(each) }
}

/// A digest of text, character by character, the same in every run.
#[derive(Clone, Copy)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// A text as it is, and its end.
    pub(crate) fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.add(c.into()));
        self.add(u64::MAX);
    }

    /// A text without regard to case and blanks, and its end.
    pub(crate) fn folded(&mut self, text: &str) {
        for word in text.split_whitespace() {
            word.chars().for_each(|c| lower(c, |c| self.add(c.into())));
            self.add(u64::from(b' '));
        }
        self.add(u64::MAX);
    }

    /// The digest. The high bits know more than the low ones.
    pub(crate) fn end(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }
}

/// A word by its digest; a number's is odd.
pub(crate) type Word = u64;

/// The words of each case's input.
pub(crate) fn of(task: &Task) -> Vec<Vec<Word>> {
    task.cases.iter().map(|case| words(&case.input)).collect()
}

/// The words of an input without regard to case: runs of letters, and runs of digits. Where a script has no blanks, each
/// of its characters is one.
pub(crate) fn words(input: &Value) -> Vec<Word> {
    let mut words = Vec::new();
    texts(input, &mut |text| split(text, &mut words));
    words.truncate(MOST);
    words
}

fn split(text: &str, words: &mut Vec<Word>) {
    let mut word: Option<(Hash, bool)> = None;
    let ended = |(hash, number): (Hash, bool)| if number { hash.end() | 1 } else { hash.end() & !1 };
    for c in text.chars() {
        if words.len() >= MOST {
            return;
        }
        let kind = if c.is_ascii() {
            c.is_ascii_alphanumeric().then(|| c.is_ascii_digit())
        } else {
            c.is_alphanumeric().then(|| c.is_numeric())
        };
        let alone = stands_alone(c);
        if let Some(own) = word.take_if(|(_, number)| alone || kind != Some(*number)) {
            words.push(ended(own));
        }
        let Some(number) = kind else { continue };
        let (mut hash, _) = word.take().unwrap_or((Hash::new(), number));
        lower(c, |c| hash.add(c.into()));
        if alone {
            words.push(ended((hash, number)));
        } else {
            word = Some((hash, number));
        }
    }
    words.extend(word.map(ended));
}

/// Chinese, Japanese and Thai write no blanks between words.
fn stands_alone(c: char) -> bool {
    c > '\u{dff}'
        && matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Digests of the runs of four words in a text, each once and sorted. All numbers are alike, and a run of mostly numbers
/// is left out; a text shorter than that is one run.
pub(crate) fn shingles(words: &[Word]) -> Vec<u64> {
    const LENGTH: usize = 4;
    let number = |word: &u64| word & 1 == 1;
    let runs = words.windows(LENGTH.min(words.len()).max(1));
    let mostly_words = |run: &&[u64]| run.iter().filter(|word| number(word)).count() < 2;
    let digest = |run: &[u64]| {
        let mut hash = Hash::new();
        run.iter().for_each(|word| hash.add(if number(word) { 1 } else { *word }));
        hash.end()
    };
    let mut shingles: Vec<u64> = runs.filter(mostly_words).map(digest).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_any_input() {
        let of = |text: &str| words(&json!(text));
        let input = json!({"subject": "Où est  FM-12a?", "lines": ["ÜBER", 3.5, null], "body": "我要退货 now"});
        let apart = ["où", "EST", "fm", "12", "a", "über", "3", "5", "我", "要", "退", "货", "now"];
        assert_eq!(words(&input), apart.map(|word| of(word)[0]));
        assert_eq!(apart.map(|word| of(word).len()), [1; 13]);
        assert_eq!(folded("  Où\n EST"), "où est");
    }

    #[test]
    fn numbers_are_alike_in_shingles() {
        let of = |text: &str| shingles(&words(&json!(text)));
        assert_eq!(of("please send back 12 mugs"), of("please send back 7 mugs"));
        assert_ne!(of("please send back 12 mugs"), of("please send back 12 cups"));
        assert_eq!(of("a b c d e").len(), 2);
        assert_eq!(of("one two").len(), 1);
        assert!(of("on 3 4 2026").is_empty() && of("").is_empty());
    }

    #[test]
    fn texts_that_differ_in_case_and_blanks_are_one() {
        let of = |texts: &[&str]| {
            let mut hash = Hash::new();
            texts.iter().for_each(|text| hash.folded(text));
            hash.end()
        };
        assert_eq!(of(&["Where  is it"]), of(&["where is\nIT "]));
        assert_ne!(of(&["where is it"]), of(&["where is it?"]));
        assert_ne!(of(&["where", "is"]), of(&["where is"]));
    }
}
