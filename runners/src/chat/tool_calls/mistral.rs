use super::{Piece, json, tags};

const OPEN: &str = "[TOOL_CALLS]";
const ARGS: &str = "[ARGS]";

/// `[TOOL_CALLS][{…}, {…}]` and `[TOOL_CALLS]name[ARGS]{…}`, the latter also where its first marker was lost.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marker, after)) = tags::split_at_first(rest, &[OPEN, ARGS]) {
        let (before, body) = if marker == OPEN {
            (before, after)
        } else {
            rest.split_at(before.trim_end_matches(|c: char| !c.is_whitespace()).len())
        };
        pieces.push(Piece::Text(before));
        let (body, after) = tags::body(body, &[], &[OPEN]);
        if body.trim_start().starts_with(['[', '{']) && !body.trim_start().starts_with(ARGS) {
            pieces.extend(json::open_ended(OPEN, body));
        } else {
            pieces.extend(named(body));
        }
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// `name[ARGS]{…}`, with `[CALL_ID]…` between in some versions, or `name{…}`.
fn named(body: &str) -> Vec<Piece<'_>> {
    let name = tags::split_at_first(body, &["[CALL_ID]", ARGS, "{"]).map_or(body, |(name, ..)| name).trim();
    let start = body.find('{').unwrap_or(body.len());
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    match json::leading(&body[start..]) {
        Some((_, length)) if is_name => {
            let (arguments, after) = body[start..].split_at(length);
            vec![Piece::Call(json::named(name, arguments)), Piece::Text(after)]
        }
        _ if is_name && start < body.len() => vec![Piece::Call(json::named(name, &body[start..]))],
        _ => vec![Piece::Call(json::unreadable_body(OPEN, body))],
    }
}
