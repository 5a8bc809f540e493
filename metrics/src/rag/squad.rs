/// An answer in the normal form of SQuAD's official evaluation (Rajpurkar et al. 2016): lower case, ASCII punctuation
/// and the articles a, an, the removed, blanks collapsed.
///
/// One difference: a point between two digits stays, because 1.5 is not 15.
pub(super) fn normalise(text: &str) -> String {
    let bare = without_punctuation(&text.to_lowercase());
    without_articles(&bare).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_punctuation(text: &str) -> String {
    let mut previous = None;
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let decimal = c == '.' && is_digit(previous) && is_digit(chars.peek().copied());
        if decimal || !c.is_ascii_punctuation() {
            out.push(c);
        }
        previous = Some(c);
    }
    out
}

/// Each article that stands as a word of its own becomes a blank.
fn without_articles(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        let gap = &rest[word.len()..];
        let gap = &gap[..gap.find(is_word).unwrap_or(gap.len())];
        out.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        out.push_str(gap);
        rest = &rest[word.len() + gap.len()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms() {
        for (text, normal) in [
            ("The Eiffel Tower!", "eiffel tower"),
            ("  an   apple,\ta day ", "apple day"),
            ("Denver Broncos.", "denver broncos"),
            ("\"golden anniversary\"", "golden anniversary"),
            ("Santa Clara, California", "santa clara california"),
            ("Levi's Stadium", "levis stadium"),
            ("10-11", "1011"),
            ("$1,000", "1000"),
            ("a.m.", "am"),
            ("theatre and another", "theatre and another"),
            ("The the", ""),
            ("a", ""),
            ("30 Days", "30 days"),
            ("£4.50", "£4.50"),
            ("1.5 kg", "1.5 kg"),
            ("14 days.", "14 days"),
            ("the—best", "—best"),
            ("ÜBER", "über"),
        ] {
            assert_eq!(normalise(text), normal, "{text}");
        }
        assert_ne!(normalise("1.5 kg"), normalise("15 kg"));
    }
}
