//! Tells a refusal in words from an answer: a first version, by phrases in English, German, French and Spanish.
//!
//! The first sentence that is more than courtesy decides. It is a refusal when, after words of regret or reference, it
//! begins with a phrase by which one says that one does not know or that the passages do not tell; a following "but …"
//! that goes on to answer makes it an answer. Precision comes first: a refusal that is not recognised counts as an
//! answer, wrong as a rule.

mod phrases;

use phrases::PHRASES;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Only the beginning of a text is looked at, in characters.
const LOOKED_AT: usize = 1000;

/// Whether a text declines to answer.
pub(super) fn is_refusal(text: &str) -> bool {
    let folded = fold(text);
    let mut sentences = sentences(&folded).filter(|sentence| !PHRASES.courtesy.is_match(sentence));
    let Some(first) = sentences.next() else { return false };
    let phrase = without_openings(first);
    PHRASES.refusals.is_match(phrase)
        && !PHRASES.turns.find(phrase).is_some_and(|turn| answers(&phrase[turn.end()..]))
        && !sentences
            .next()
            .and_then(|next| PHRASES.starts_with_turn.find(next).map(|turn| &next[turn.end()..]))
            .is_some_and(answers)
}

fn answers(clause: &str) -> bool {
    !PHRASES.offers.is_match(clause)
}

fn without_openings(mut sentence: &str) -> &str {
    while let Some(opening) = PHRASES.openings.find(sentence) {
        sentence = sentence[opening.end()..].trim_start();
    }
    sentence
}

/// Sentences end at `.`, `!`, `?` before a blank, and at line ends; their own end marks are left out.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = rest.char_indices().find(|&(at, c)| {
                c == '\n' || (".!?".contains(c) && rest[at + 1..].chars().next().is_none_or(char::is_whitespace))
            });
            let (sentence, after) = end.map_or((rest, ""), |(at, _)| (&rest[..at], &rest[at + 1..]));
            rest = after;
            let bare = sentence.trim().trim_end_matches(['.', '!', ' ']);
            if !bare.is_empty() {
                return Some(bare);
            }
        }
        None
    })
}

fn fold(text: &str) -> String {
    let start: String = text.trim().chars().take(LOOKED_AT).collect();
    let plain = start.nfkd().filter(|c| !is_combining_mark(*c) && !"*_\"`“”„«»".contains(*c));
    plain.map(|c| if matches!(c, '’' | '‘' | '´') { '\'' } else { c }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests;
