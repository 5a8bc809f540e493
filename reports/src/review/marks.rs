//! What differs between two texts, word by word.

/// More words are not compared: it takes their product in time.
const MOST: usize = 2_000;

/// Both texts with the words in `‹…›` that the other does not have there; as they are where they have nothing in common.
pub(super) fn marked(one: &str, other: &str) -> [String; 2] {
    let words = |text| str::split_inclusive(text, char::is_whitespace).collect::<Vec<&str>>();
    let (ours, theirs) = (words(one), words(other));
    let whole = [one.to_string(), other.to_string()];
    if ours.len().max(theirs.len()) > MOST {
        return whole;
    }
    let same = common(&ours, &theirs);
    if same.is_empty() {
        return whole;
    }
    let (of_ours, of_theirs): (Vec<usize>, Vec<usize>) = same.into_iter().unzip();
    [mark(&ours, &of_ours), mark(&theirs, &of_theirs)]
}

/// The places of a longest common sequence of words, in both.
fn common(ours: &[&str], theirs: &[&str]) -> Vec<(usize, usize)> {
    let is_same = |a: usize, b: usize| ours[a].trim_end() == theirs[b].trim_end();
    let mut lengths = vec![vec![0u32; theirs.len() + 1]; ours.len() + 1];
    for a in (0..ours.len()).rev() {
        for b in (0..theirs.len()).rev() {
            lengths[a][b] =
                if is_same(a, b) { lengths[a + 1][b + 1] + 1 } else { lengths[a + 1][b].max(lengths[a][b + 1]) };
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < ours.len() && b < theirs.len() {
        if is_same(a, b) {
            found.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if lengths[a + 1][b] >= lengths[a][b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    found
}

/// The words with those marked that are not in the common ones; the blanks around them are not.
fn mark(words: &[&str], common: &[usize]) -> String {
    let mut out = String::new();
    for run in (0..words.len()).collect::<Vec<_>>().chunk_by(|a, b| common.contains(a) == common.contains(b)) {
        let text = words[run[0]..=run[run.len() - 1]].concat();
        let bare = text.trim();
        if common.contains(&run[0]) || bare.is_empty() {
            out.push_str(&text);
            continue;
        }
        let start = text.len() - text.trim_start().len();
        out.push_str(&format!("{}‹{bare}›{}", &text[..start], &text[start + bare.len()..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_marked() {
        let [one, other] = marked("pay within 30 days, please", "pay within 14 days");
        assert_eq!((one.as_str(), other.as_str()), ("pay within ‹30 days, please›", "pay within ‹14 days›"));
        let [one, other] = marked("{\n  \"a\": 1,\n  \"b\": 2\n}", "{\n  \"a\": 3,\n  \"b\": 2\n}");
        assert_eq!(one, "{\n  \"a\": ‹1,›\n  \"b\": 2\n}");
        assert_eq!(other, "{\n  \"a\": ‹3,›\n  \"b\": 2\n}");
    }

    #[test]
    fn texts_without_a_common_word_are_left_as_they_are() {
        assert_eq!(marked("billing", "delivery"), ["billing", "delivery"]);
        assert_eq!(marked("", "x"), ["", "x"]);
        assert_eq!(marked("same words", "same  words")[0], "same words");
    }
}
