use super::{Piece, json, tags};
use eval_core::ToolCall;

const TAG: &str = "<|python_tag|>";
const FUNCTION: &str = "<function=";
const END: &str = "</function>";

/// `<|python_tag|>{…}; {…}` and `<function=name>{…}</function>`.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marker, after)) = tags::split_at_first(rest, &[TAG, FUNCTION]) {
        pieces.push(Piece::Text(before));
        if marker == TAG {
            let (body, after) = tags::body(after, &["<|eom_id|>", "<|eot_id|>"], &[TAG, FUNCTION]);
            pieces.extend(json::open_ended(TAG, body));
            rest = after;
        } else {
            let (body, after) = tags::body(after, &[END], &[TAG, FUNCTION]);
            pieces.push(Piece::Call(function(body)));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// `name>{…}`: what follows `<function=`.
fn function(body: &str) -> ToolCall {
    match body.split_once('>') {
        Some((name, arguments)) => json::named(name, arguments),
        None => json::unreadable(&format!("{FUNCTION}{body}")),
    }
}
