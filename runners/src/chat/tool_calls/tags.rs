//! Markers around calls.

use super::{Piece, json};

/// `text` up to the first of the markers, that marker, and what follows it.
pub(super) fn split_at_first<'a, 'm>(text: &'a str, markers: &[&'m str]) -> Option<(&'a str, &'m str, &'a str)> {
    let (start, marker) = markers.iter().filter_map(|m| Some((text.find(m)?, *m))).min_by_key(|(start, _)| *start)?;
    Some((&text[..start], marker, &text[start + marker.len()..]))
}

/// What stands in a marked stretch up to the first of the markers that may end it (all of it, where none does), and
/// what follows; an ending marker that opens the next stretch is left in place.
pub(super) fn body<'a>(text: &'a str, close: &[&str], open: &[&str]) -> (&'a str, &'a str) {
    let both: Vec<&str> = close.iter().chain(open).copied().collect();
    match split_at_first(text, &both) {
        None => (text, ""),
        Some((body, marker, after)) if close.contains(&marker) => (body, after),
        Some((body, ..)) => (body, &text[body.len()..]),
    }
}

/// From a marker of another family on, the text is an attempt that cannot be read.
pub(super) fn split_foreign(text: &str) -> Vec<Piece<'_>> {
    match foreign_marker(text) {
        None => vec![Piece::Text(text)],
        Some(start) => vec![Piece::Text(&text[..start]), Piece::Call(json::unreadable(&text[start..]))],
    }
}

fn foreign_marker(text: &str) -> Option<usize> {
    let words = ["[TOOL_CALLS]", "[ARGS]", "functools["];
    let word = split_at_first(text, &words).map(|(before, ..)| before.len());
    word.into_iter().chain(tag(text)).min()
}

/// The first tag `<…>` whose name speaks of a call, whichever brackets and bars the family uses.
fn tag(text: &str) -> Option<usize> {
    const NAMES: [&str; 5] = ["tool_call", "tool▁call", "function_call", "function=", "python_tag"];
    const LONGEST: usize = 48;
    text.match_indices('<').map(|(start, _)| start).find(|start| {
        let inside = text[start + 1..].split('>').next().unwrap_or_default();
        inside.len() <= LONGEST
            && !inside.contains(char::is_whitespace)
            && NAMES.iter().any(|name| inside.contains(name))
    })
}
