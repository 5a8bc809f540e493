use crate::{
    About, MetricEntry, Range, SettingKey,
    reference::{ANY_OF, Reference, TEXT, said},
    threshold::{MIN, Threshold},
};
use eval_core::{Case, Direction, Metric, Response, Score};
use std::collections::HashMap;

/// ROUGE-L: the longest sequence of words that the text has in common with the most alike of some texts, as F1.
struct Rouge {
    reference: Reference,
    unicode: bool,
    threshold: Threshold,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "rouge_l",
    summary: "how alike the answer is to a text, by the longest sequence of words that both have (ROUGE-L)",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "F1 of the longest common subsequence of words, which are runs of a-z and 0-9 in lower case, not stemmed; \
                 of several texts the most alike. Words beyond the first 20,000 count as different",
        misleads: "\"not paid\" scores 0.67 against \"paid\"; letters beyond a-z part words, so that other languages need \
                   `unicode`",
        source: "Lin 2004; equal to rougeL of the Python package rouge-score without its stemmer",
    },
    keys: &[
        TEXT,
        ANY_OF,
        SettingKey { name: "unicode", summary: "true: words are runs of letters and digits of any script" },
        MIN,
    ],
    example: r#"metrics = [{ name = "rouge_l", text = "Returns are free within 30 days.", min = 0.5 }]"#,
    build: |settings| {
        let (reference, threshold) = (Reference::read(settings)?, Threshold::read(settings)?);
        let spec = threshold.spec(ENTRY.name, "ROUGE-L, by words in common in their order");
        Ok((Box::new(Rouge { reference, unicode: settings.flag("unicode")?, threshold }), spec))
    },
};

impl Metric for Rouge {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let said = said(case, response).to_lowercase();
        let said = words(&said, self.unicode);
        let alike = |text: &str| {
            let text = text.to_lowercase();
            f1(&said, &words(&text, self.unicode))
        };
        let best = self.reference.texts(case).into_iter().map(alike).reduce(f64::max);
        best.map_or(Score::NotApplicable, |best| self.threshold.score(best))
    }
}

/// The words of a text in lower case.
fn words(text: &str, unicode: bool) -> Vec<&str> {
    let part = |c: char| if unicode { !c.is_alphanumeric() } else { !c.is_ascii_alphanumeric() };
    text.split(part).filter(|word| !word.is_empty()).collect()
}

fn f1(said: &[&str], wanted: &[&str]) -> f64 {
    let common = common(said, wanted) as f64;
    if common == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (common / said.len() as f64, common / wanted.len() as f64);
    2.0 * precision * recall / (precision + recall)
}

/// So many words of each text are compared.
const COMPARED: usize = 20_000;

/// The length of the longest common subsequence: one bit a word of `b`, 64 at a time.
///
/// Source: Hyyrö, Bit-parallel LCS-length computation revisited, 2004.
fn common(a: &[&str], b: &[&str]) -> usize {
    let (a, b) = (&a[..a.len().min(COMPARED)], &b[..b.len().min(COMPARED)]);
    let blocks = b.len().div_ceil(64);
    let mut places: HashMap<&str, Vec<u64>> = HashMap::new();
    for (place, word) in b.iter().enumerate() {
        places.entry(word).or_insert_with(|| vec![0; blocks])[place / 64] |= 1 << (place % 64);
    }
    // A bit that is 0 is a word at which the longest sequence grows.
    let mut state = vec![u64::MAX; blocks];
    for matches in a.iter().filter_map(|word| places.get(word)) {
        let mut carry = false;
        for (state, matches) in state.iter_mut().zip(matches) {
            let matched = *state & matches;
            let (sum, over) = state.overflowing_add(matched);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *state = sum | (*state - matched);
        }
    }
    let zeros: u32 = state.iter().map(|block| block.count_zeros()).sum();
    zeros as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{oracle, sample};
    use proptest::prelude::*;

    fn of(answer: &str, text: &str, unicode: bool) -> f64 {
        let [answer, text] = [answer, text].map(str::to_lowercase);
        f1(&words(&answer, unicode), &words(&text, unicode))
    }

    #[test]
    fn equal_to_a_published_implementation() {
        for pair in oracle::pairs() {
            let [answer, text] = [&pair["answer"], &pair["text"]].map(|text| text.as_str().unwrap());
            let expected = pair["rouge_l"].as_f64().unwrap();
            assert!((of(answer, text, false) - expected).abs() < 1e-12, "{answer:?} {text:?}");
        }
    }

    #[test]
    fn other_scripts_need_to_be_told() {
        assert_eq!(of("Größe", "Größe", true), 1.0);
        assert_eq!(of("размер", "размер", false), 0.0);
        assert_eq!(of("размер", "РАЗМЕР", true), 1.0);
    }

    #[test]
    fn of_several_texts_the_most_alike_counts_and_json_is_no_part_of_the_answer() {
        let case = sample::answer_case("c", &["within a month", "thirty days"], &[]);
        let metric = sample::metric("rouge_l", serde_json::json!({}), &sample::task(eval_core::TaskKind::Rag));
        let json = r#"{"answer": "thirty days", "citations": ["kb-1"]}"#;
        assert_eq!(metric.score(&case, &sample::says(json)), Score::Graded(1.0));
    }

    #[test]
    fn a_long_answer_is_compared_in_bounded_time() {
        let long = "a b ".repeat(2 << 20);
        let wanted = "b a ".repeat(5_000);
        let score = of(&long, &wanted, false);
        assert!(score > 0.0 && score < 0.01, "{score}");
    }

    proptest! {
        #[test]
        fn the_longest_sequence_is_found(
            a in prop::collection::vec(0..4usize, 0..200),
            b in prop::collection::vec(0..4usize, 0..200),
        ) {
            let [a, b] = [a, b].map(|words| words.into_iter().map(|n| ["a", "b", "c", "d"][n]).collect::<Vec<_>>());
            let mut row = vec![0; b.len() + 1];
            for word in &a {
                let mut diagonal = 0;
                for (j, other) in b.iter().enumerate() {
                    let above = row[j + 1];
                    row[j + 1] = if word == other { diagonal + 1 } else { above.max(row[j]) };
                    diagonal = above;
                }
            }
            prop_assert_eq!(common(&a, &b), row[b.len()]);
        }
    }
}
