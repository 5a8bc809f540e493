//! A text in the form in which phrases are looked for.

use ::regex::Regex;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Only the beginning of a text is looked at, in characters.
const LOOKED_AT: usize = 1000;

/// Lower case, without accents, marks of emphasis and quotation, with straight apostrophes.
pub(super) fn fold(text: &str) -> String {
    let start: String = text.trim().chars().take(LOOKED_AT).collect();
    let plain = start.nfkd().filter(|c| !is_combining_mark(*c) && !"*_\"`“”„«»¡¿".contains(*c));
    plain.map(|c| if matches!(c, '’' | '‘' | '´') { '\'' } else { c }).collect::<String>().to_lowercase()
}

/// A regular expression for folded text: letters are those of English, since Unicode's would make the automata of hundreds
/// of phrases many times larger.
pub(super) fn over_folded(pattern: &str) -> String {
    pattern.replace(r"\w", "[0-9a-z_ß]").replace(r"\b", r"(?-u:\b)")
}

/// Sentences end at `.`, `!`, `?` before a blank, and at line ends; their own end marks, and brackets around them, are left
/// out. A point after a lone letter abbreviates.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = rest.char_indices().find(|&(at, c)| {
                c == '\n'
                    || (".!?".contains(c)
                        && rest[at + 1..].chars().next().is_none_or(char::is_whitespace)
                        && !(c == '.' && ends_with_a_lone_letter(&rest[..at])))
            });
            let (sentence, after) = end.map_or((rest, ""), |(at, _)| (&rest[..at], &rest[at + 1..]));
            rest = after;
            let is_bracket = |c: char| "[]()<>".contains(c) || c.is_whitespace();
            let bare = sentence.trim_start_matches(is_bracket).trim_end_matches(|c| is_bracket(c) || ".!".contains(c));
            if !bare.is_empty() {
                return Some(bare);
            }
        }
        None
    })
}

fn ends_with_a_lone_letter(text: &str) -> bool {
    let mut back = text.chars().rev();
    back.next().is_some_and(char::is_alphabetic) && back.next().is_none_or(char::is_whitespace)
}

/// What follows the openings of a sentence.
pub(super) fn without<'a>(openings: &Regex, mut sentence: &'a str) -> &'a str {
    while let Some(opening) = openings.find(sentence) {
        sentence = sentence[opening.end()..].trim_start();
    }
    sentence
}
