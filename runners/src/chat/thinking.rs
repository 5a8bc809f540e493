const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Whether the rendered prompt itself ends inside the model's thinking.
pub fn opens_thinking(prompt: &str) -> bool {
    prompt.trim_end().ends_with(OPEN)
}

/// Splits a model's thinking from what it says: `(reasoning, rest)`.
///
/// Thinking stands between `<think>` and `</think>`; the opening mark may have been in the prompt
/// (`opened_by_prompt`) or have been lost before a closing one, and an output cut by length may lack the closing one:
/// then all of it is thinking. Blank thinking is `None`. Text without marks is given back as it is.
pub fn split_thinking(text: &str, opened_by_prompt: bool) -> (Option<String>, String) {
    let mut thoughts = Vec::new();
    let mut said = Vec::new();
    let mut rest = text;
    let orphan = text.find(CLOSE).is_some_and(|close| text.find(OPEN).is_none_or(|open| close < open));
    if opened_by_prompt || orphan {
        // Some models repeat the opening mark that the prompt already gave.
        let body = rest.trim_start().strip_prefix(OPEN).unwrap_or(rest);
        let (thought, after) = body.split_once(CLOSE).unwrap_or((body, ""));
        thoughts.push(thought.trim());
        rest = after;
    }
    while let Some((before, body)) = rest.split_once(OPEN) {
        said.push(before.trim());
        let (thought, after) = body.split_once(CLOSE).unwrap_or((body, ""));
        thoughts.push(thought.trim());
        rest = after;
    }
    if thoughts.is_empty() {
        return (None, text.to_string());
    }
    said.push(rest.trim());
    let join = |parts: Vec<&str>| parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n");
    (Some(join(thoughts)).filter(|t| !t.is_empty()), join(said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thinking_is_split_off_however_it_is_marked() {
        let table = [
            ("billing", false, None, "billing"),
            ("  billing\n", false, None, "  billing\n"),
            ("<think>\nIt is a bill.\n</think>\n\nbilling", false, Some("It is a bill."), "billing"),
            ("<think>\n\n</think>\n\nbilling", false, None, "billing"),
            ("It is a bill.\n</think>\n\nbilling", true, Some("It is a bill."), "billing"),
            ("<think>It is a bill.</think>billing", true, Some("It is a bill."), "billing"),
            ("It is a bill.</think>billing", false, Some("It is a bill."), "billing"),
            ("<think>It is a", false, Some("It is a"), ""),
            ("It is a", true, Some("It is a"), ""),
            ("<think>", false, None, ""),
            ("", true, None, ""),
            ("Well. <think>a</think> So: <think>b</think> c", false, Some("a\nb"), "Well.\nSo:\nc"),
            ("a</think>x<think>b", true, Some("a\nb"), "x"),
            ("<think>a</think>b</think>c", false, Some("a"), "b</think>c"),
        ];
        for (text, opened, reasoning, rest) in table {
            let (got, left) = split_thinking(text, opened);
            assert_eq!((got.as_deref(), left.as_str()), (reasoning, rest), "{text:?} opened: {opened}");
        }
    }

    #[test]
    fn a_prompt_that_ends_in_an_open_mark_is_told() {
        assert!(opens_thinking("<|im_start|>assistant\n<think>\n"));
        assert!(!opens_thinking("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
    }

    proptest! {
        #[test]
        fn no_word_is_lost(words in prop::collection::vec(prop_oneof!["[a-z]{1,3}", Just(OPEN.into()), Just(CLOSE.into())], 0..8), opened: bool) {
            let (reasoning, rest) = split_thinking(&words.concat(), opened);
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.replace(OPEN, "").replace(CLOSE, "").chars().filter(|c| !c.is_whitespace()).collect();
                letters.sort_unstable();
                letters
            };
            prop_assert_eq!(letters(&words.concat()), letters(&(reasoning.unwrap_or_default() + &rest)));
        }
    }
}
