//! How text is brought into one form, and shown in notes.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Longest value shown in a note, in characters.
const SHOWN: usize = 80;

/// Unicode NFKC, lower case, blanks collapsed to one space, outer blanks removed.
pub(crate) fn fold(text: &str) -> String {
    let folded = text.nfkc().collect::<String>().to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first 80 characters on one line.
pub(crate) fn cut(text: &str) -> String {
    let mut shown: String = text.trim().chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim().chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// A value for a note: text in backticks, anything else as JSON.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", cut(text)),
        other => cut(&other.to_string()),
    }
}
