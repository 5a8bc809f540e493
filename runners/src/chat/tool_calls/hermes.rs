use super::{Piece, json, tags};

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";

/// `<tool_call>…</tool_call>`, several; the last one may be unclosed, the first one may lack its opening marker.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marker, after)) = tags::split_at_first(rest, &[OPEN, CLOSE]) {
        let (body, after) = if marker == OPEN {
            pieces.push(Piece::Text(before));
            tags::body(after, &[CLOSE], &[OPEN])
        } else {
            let start = before.find(['{', '[']).unwrap_or(before.len());
            pieces.push(Piece::Text(&before[..start]));
            (&before[start..], after)
        };
        pieces.extend(json::whole(marker, body));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}
