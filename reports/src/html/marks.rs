use serde::Serialize;

/// A piece of a text, marked or not.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Piece {
    text: String,
    marked: bool,
}

/// The text in pieces: where one of these words stands by itself, it is marked.
pub(super) fn marked(text: &str, words: &[String]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut from = 0;
    while let Some((at, length)) = first_of(text, from, words) {
        pieces.push(Piece { text: text[from..at].into(), marked: false });
        pieces.push(Piece { text: text[at..at + length].into(), marked: true });
        from = at + length;
    }
    pieces.push(Piece { text: text[from..].into(), marked: false });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The place in the text, from a place on, of the earliest word, and its length; of two at one place the longer.
fn first_of(text: &str, from: usize, words: &[String]) -> Option<(usize, usize)> {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let stands_alone = |at: usize, word: &str| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
    };
    let place = |word: &String| {
        let mut places = text[from..].match_indices(word.as_str()).map(|(at, _)| from + at);
        Some((places.find(|at| stands_alone(*at, word))?, word.len()))
    };
    let found = words.iter().filter(|word| !word.is_empty()).filter_map(place);
    found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_where_they_stand_by_themselves() {
        let words = ["45".to_string(), "45 days".into(), "Zürich".into()];
        let pieces = marked("In 1450: 45 days to Zürich, 45.", &words);
        let shown: String =
            pieces.iter().map(|p| if p.marked { format!("[{}]", p.text) } else { p.text.clone() }).collect();
        assert_eq!(shown, "In 1450: [45 days] to [Zürich], [45].");
        assert!(marked("", &words).is_empty());
        assert_eq!(marked("aaa", &[String::new()]).len(), 1);
    }
}
