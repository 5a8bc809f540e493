use crate::{
    About, MetricEntry, Range,
    reference::{ANY_OF, Reference, TEXT, said},
    threshold::{MIN, Threshold},
};
use eval_core::{Case, Direction, Metric, Response, Score};

/// How alike the text is to the most alike of some texts, by Levenshtein's distance.
struct Levenshtein {
    reference: Reference,
    threshold: Threshold,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "levenshtein",
    summary: "how alike the answer's text is to a text, by the characters to insert, delete or replace",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "1 − distance / length of the longer text, in characters; letter case and punctuation count; of several \
                 texts the most alike. Beyond 5,000 characters, behind what both begin and end with, all count as different",
        misleads: "\"not paid\" is closer to \"paid\" than \"settled\" is: alike in letters, not in meaning",
        source: "Levenshtein 1966; normalised as rapidfuzz's Levenshtein.normalized_similarity",
    },
    keys: &[TEXT, ANY_OF, MIN],
    example: r#"metrics = [{ name = "levenshtein", text = "Dear customer,", min = 0.8 }]"#,
    build: |settings| {
        let metric = Levenshtein { reference: Reference::read(settings)?, threshold: Threshold::read(settings)? };
        let spec = metric.threshold.spec(ENTRY.name, "likeness in letters");
        Ok((Box::new(metric), spec))
    },
};

impl Metric for Levenshtein {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let said: Vec<char> = said(case, response).chars().collect();
        let alike = |text: &str| similarity(&said, &text.trim().chars().collect::<Vec<_>>());
        let best = self.reference.texts(case).into_iter().map(alike).reduce(f64::max);
        best.map_or(Score::NotApplicable, |best| self.threshold.score(best))
    }
}

/// So many characters of each text are compared; time grows with the square.
const COMPARED: usize = 5_000;

/// 1 for equal texts, 0 for texts that share nothing. Exact up to [`COMPARED`] characters that differ, a lower limit
/// beyond: what is left counts as different throughout, so that no answer gains by its length.
fn similarity(a: &[char], b: &[char]) -> f64 {
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let begin = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[begin..], &b[begin..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    let cut = |text: &[char]| text.len().min(COMPARED);
    let compared = distance(&a[..cut(a)], &b[..cut(b)]);
    let rest = (a.len() - cut(a)).max(b.len() - cut(b));
    1.0 - (compared + rest) as f64 / longer as f64
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{oracle, sample};

    fn of(a: &str, b: &str) -> f64 {
        similarity(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn equal_to_a_published_implementation() {
        for pair in oracle::pairs() {
            let [answer, text] = [&pair["answer"], &pair["text"]].map(|text| text.as_str().unwrap());
            let expected = pair["levenshtein"].as_f64().unwrap();
            assert!((of(answer, text) - expected).abs() < 1e-12, "{answer:?} {text:?}");
        }
    }

    #[test]
    fn a_long_answer_gains_nothing_by_its_length() {
        let long = "ab".repeat(1 << 20);
        assert_eq!(of(&long, &long), 1.0);
        assert!(of(&long, "ab") < 1e-5);
        // Where the compared part ends in the midst of what differs, the score is below the exact one.
        let a = format!("{}{}", "x".repeat(4_000), "ab".repeat(3_000));
        let b = format!("{}{}", "y".repeat(4_000), "ba".repeat(3_000));
        let score = of(&a, &b);
        assert!(score > 0.0 && score <= 1.0 - 4_001.0 / 10_000.0, "{score}");
    }

    #[test]
    fn the_most_alike_text_counts() {
        let case = sample::answer_case("c", &["thirty days", "30 days"], &[]);
        let metric = |min: Option<f64>| {
            let mut settings = serde_json::json!({});
            if let Some(min) = min {
                settings["min"] = min.into();
            }
            sample::metric("levenshtein", settings, &sample::task(eval_core::TaskKind::Rag))
        };
        assert_eq!(metric(None).score(&case, &sample::says("30 day")), Score::Graded(1.0 - 1.0 / 7.0));
        assert_eq!(metric(Some(0.8)).score(&case, &sample::says("30 day")), Score::Correct);
        assert_eq!(metric(Some(0.9)).score(&case, &sample::says("30 day")), Score::Incorrect);
    }
}
