//! Tells a refusal in words from an answer, by phrases: no model, no network, the same text always the same stance.
//!
//! Three ways to refuse are told apart. One does not *know*, or the passages do not tell: the first sentence that is more
//! than courtesy says so, in English, German, French or Spanish. One *will not*: "I cannot help with that", in the first
//! sentences. One *objects*: "It is not appropriate to …", in English. What follows decides whether that was all: a
//! "but …" that goes on to answer makes a refusal one in part.

mod knowing;
mod metric;
mod sentences;
mod willing;

pub(crate) use metric::ENTRY;

use knowing::KNOWING;
use sentences::{fold, sentences};
use willing::WILLING;

/// How far into a text a sentence may be that will not answer.
const UNWILLING_SENTENCES: usize = 4;
/// How far into a text a sentence may be that objects.
const OBJECTING_SENTENCES: usize = 2;

/// Where a text stands between answering and declining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    /// It answers.
    Answers,
    /// It declines or objects, and says something else as well.
    DeclinesInPart,
    /// It declines, and that is what it has to say.
    Declines,
}

/// The stance of a text. Only its beginning is looked at.
pub(crate) fn stance(text: &str) -> Stance {
    let folded = fold(text);
    let sentences: Vec<&str> = sentences(&folded).filter(|sentence| !KNOWING.is_courtesy(sentence)).collect();
    let Some(first) = sentences.first() else { return Stance::Answers };
    let first_refuses = KNOWING.refuses(first) || WILLING.refuses(first);
    if first_refuses && !KNOWING.goes_on_to_answer(first, sentences.get(1).copied()) {
        return Stance::Declines;
    }
    let refuses = first_refuses
        || sentences.iter().take(UNWILLING_SENTENCES).any(|sentence| WILLING.refuses(sentence))
        || sentences.iter().take(OBJECTING_SENTENCES).any(|sentence| WILLING.objects(sentence));
    if refuses { Stance::DeclinesInPart } else { Stance::Answers }
}

#[cfg(test)]
mod tests;
