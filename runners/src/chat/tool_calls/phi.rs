use super::{Piece, json, tags};

const OPEN: &str = "<|tool_call|>";
const CLOSE: &str = "<|/tool_call|>";
const FUNCTOOLS: &str = "functools";

/// `<|tool_call|>[…]<|/tool_call|>`, and `functools[…]` with or without those markers.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marker, after)) = tags::split_at_first(rest, &[OPEN, CLOSE, "functools["]) {
        pieces.push(Piece::Text(before));
        if marker == OPEN {
            let (body, after) = tags::body(after, &[CLOSE], &[OPEN]);
            let list = body.trim_start();
            let list = list.strip_prefix(FUNCTOOLS).unwrap_or(list);
            pieces.extend(json::whole(OPEN, list));
            rest = after;
        } else if marker == CLOSE {
            pieces.push(Piece::Call(json::unreadable(CLOSE)));
            rest = after;
        } else {
            pieces.extend(json::open_ended(FUNCTOOLS, &rest[before.len() + FUNCTOOLS.len()..]));
            return pieces;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}
