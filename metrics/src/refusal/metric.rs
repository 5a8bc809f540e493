use super::{Stance, stance};
use crate::{About, MetricEntry, Range, SettingKey, about::OWN, rag, spec::share};
use eval_core::{Case, Direction, Expected, Metric, Response, Score};

/// Whether the answer's text declines. A response without text has no score.
struct Refusals {
    in_part: bool,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "refusals",
    summary: "whether the answer's text declines in words: does not know, will not, or objects",
    direction: Direction::Neutral,
    about: About {
        range: Range::Share,
        counts: "a phrase by which one declines, near the beginning, in English, German, French or Spanish; of a rag \
                 answer in JSON its `answer` is looked at, and null declines; an answer without text has no score",
        misleads: "told by phrases: see docs/metrics.md for how often it is right; a refusal in new words counts as an answer",
        source: OWN,
    },
    example: r#"metrics = [{ name = "refusals", in_part = true }]"#,
    keys: &[SettingKey { name: "in_part", summary: "true: also where it declines in part; false where missing" }],
    build: |settings| {
        let in_part = settings.flag("in_part")?;
        let how = if in_part { ", wholly or in part" } else { "" };
        let meaning = format!("Share of answers that decline in words{how}.");
        Ok((Box::new(Refusals { in_part }), share(ENTRY.name, Direction::Neutral, &meaning)))
    },
};

impl Metric for Refusals {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let is_rag = matches!(case.expected, Expected::Answers { .. } | Expected::Unanswerable);
        let said = if is_rag { rag::said(response) } else { Some(response.text.trim().into()) };
        let stance = match &said {
            None => Stance::Declines,
            Some(text) if text.is_empty() => return Score::NotApplicable,
            Some(text) => stance(text),
        };
        Score::from_bool(match stance {
            Stance::Declines => true,
            Stance::DeclinesInPart => self.in_part,
            Stance::Answers => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_refusal_in_part_counts_where_asked() {
        let score =
            |in_part, text| Refusals { in_part }.score(&sample::label_case("c", "billing"), &sample::says(text));
        let part = "I cannot recommend a lawyer. However, the deadline is 14 days.";
        assert_eq!((score(false, part), score(true, part)), (Score::Incorrect, Score::Correct));
        assert_eq!(score(false, "I can't help with that."), Score::Correct);
        assert_eq!(score(true, "14 days"), Score::Incorrect);
        assert_eq!(score(true, " "), Score::NotApplicable);
    }

    #[test]
    fn of_a_rag_answer_in_json_the_answer_counts() {
        let case = sample::answer_case("c", &["30 days"], &[]);
        let score = |text| Refusals { in_part: false }.score(&case, &sample::says(text));
        for (text, expected) in [
            (r#"{"answer": "I don't know", "citations": []}"#, Score::Correct),
            ("```json\n{\"answer\": \"The passages do not say.\"}\n```", Score::Correct),
            (r#"{"answer": null, "citations": []}"#, Score::Correct),
            ("null", Score::Correct),
            ("I don't know", Score::Correct),
            (r#"{"answer": "30 days", "citations": ["kb-1"]}"#, Score::Incorrect),
            (r#"{"citations": []}"#, Score::Incorrect),
            ("", Score::NotApplicable),
        ] {
            assert_eq!(score(text), expected, "{text}");
        }
        let label = sample::label_case("c", "billing");
        let json = sample::says(r#"{"answer": null}"#);
        assert_eq!(Refusals { in_part: false }.score(&label, &json), Score::Incorrect);
    }
}
