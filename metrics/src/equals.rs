use crate::{
    About, MetricEntry, Range, SettingKey,
    about::OWN,
    reference::{ANY_OF, Reference, TEXT, said},
    spec::share,
};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the text is one of some texts, outer blanks aside.
struct Equals {
    reference: Reference,
    ignore_case: bool,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "equals",
    summary: "whether the answer's text is a text, or one of several",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "the same characters, outer blanks aside; of a rag answer in JSON, its `answer`",
        misleads: "\"30 days.\" is not \"30 days\"; where a case accepts no text it has no score",
        source: OWN,
    },
    keys: &[
        TEXT,
        ANY_OF,
        SettingKey { name: "ignore_case", summary: "true: letter case does not count; false where missing" },
    ],
    example: r#"metrics = [{ name = "equals", any_of = ["yes", "no"], ignore_case = true }]"#,
    build: |settings| {
        let metric = Equals { reference: Reference::read(settings)?, ignore_case: settings.flag("ignore_case")? };
        let meaning = format!("Share of answers that are {}.", metric.reference.words());
        Ok((Box::new(metric), share(ENTRY.name, Direction::Higher, &meaning)))
    },
};

impl Metric for Equals {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let texts = self.reference.texts(case);
        if texts.is_empty() {
            return Score::NotApplicable;
        }
        let said = said(case, response);
        let lower = said.to_lowercase();
        let is = |text: &&str| match self.ignore_case {
            true => lower == text.trim().to_lowercase(),
            false => said == text.trim(),
        };
        Score::from_bool(texts.iter().any(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_case_s_own_text_is_the_measure_where_none_is_set() {
        let metric = |ignore_case| Equals { reference: Reference::OfCase, ignore_case };
        let label = sample::label_case("c", "billing");
        assert_eq!(metric(false).score(&label, &sample::says(" billing\n")), Score::Correct);
        assert_eq!(metric(false).score(&label, &sample::says("Billing")), Score::Incorrect);
        assert_eq!(metric(true).score(&label, &sample::says("BILLING")), Score::Correct);
        let answer = sample::answer_case("c", &["30 days", "a month"], &[]);
        let json = r#"{"answer": "a month", "citations": ["kb-1"]}"#;
        assert_eq!(metric(false).score(&answer, &sample::says(json)), Score::Correct);
        assert_eq!(metric(false).score(&answer, &sample::says("a month, I think")), Score::Incorrect);
        assert_eq!(
            metric(false).score(&sample::answer_case("c", &[], &[]), &sample::says("30 days")),
            Score::NotApplicable
        );
        let fixed = Equals { reference: Reference::Fixed(vec!["30 days".into()]), ignore_case: false };
        assert_eq!(fixed.score(&label, &sample::says("30 days")), Score::Correct);
    }
}
