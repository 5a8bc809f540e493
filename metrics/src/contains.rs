use crate::{
    About, MetricEntry, Range, SettingKey,
    about::OWN,
    error::list,
    reference::{ANY_OF, Reference, TEXT},
    spec::share,
};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the text holds one of some texts, or all of them.
struct Contains {
    wanted: Wanted,
    ignore_case: bool,
}

enum Wanted {
    One(Reference),
    All(Vec<String>),
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "contains",
    summary: "whether the answer's text holds a text, one of several, or all of them",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "the characters stand in the answer as they are, also within a word or within JSON",
        misleads: "\"not refunded\" holds \"refunded\"; the longer the answer, the more it holds",
        source: OWN,
    },
    keys: &[
        TEXT,
        ANY_OF,
        SettingKey { name: "all_of", summary: "a list of texts that must all be there" },
        SettingKey { name: "ignore_case", summary: "true: letter case does not count; false where missing" },
    ],
    example: r#"metrics = [{ name = "contains", any_of = ["refund", "money back"], ignore_case = true }]"#,
    build: |settings| {
        let wanted = match (settings.texts("all_of")?, settings.value("text").or(settings.value("any_of"))) {
            (Some(_), Some(_)) => return Err(settings.error("needs one of `text`, `any_of` and `all_of`")),
            (Some(texts), None) => Wanted::All(texts),
            (None, _) => Wanted::One(Reference::read(settings)?),
        };
        let meaning = match &wanted {
            Wanted::One(reference) => format!("Share of answers that hold {}.", reference.words()),
            Wanted::All(texts) => {
                format!("Share of answers that hold all of {}.", list(texts.iter().map(String::as_str)))
            }
        };
        let metric = Contains { wanted, ignore_case: settings.flag("ignore_case")? };
        Ok((Box::new(metric), share(ENTRY.name, Direction::Higher, &meaning)))
    },
};

impl Metric for Contains {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let lower = if self.ignore_case { response.text.to_lowercase() } else { String::new() };
        let holds = |wanted: &str| match self.ignore_case {
            true => lower.contains(&wanted.to_lowercase()),
            false => response.text.contains(wanted),
        };
        match &self.wanted {
            Wanted::All(texts) => Score::from_bool(texts.iter().all(|text| holds(text))),
            Wanted::One(reference) => match &reference.texts(case)[..] {
                [] => Score::NotApplicable,
                texts => Score::from_bool(texts.iter().any(|text| holds(text))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_of_the_texts_is_enough_and_case_matters_unless_told() {
        let score = |ignore_case, text| {
            let wanted = Wanted::One(Reference::Fixed(vec!["Größe".into(), "size".into()]));
            Contains { wanted, ignore_case }.score(&sample::label_case("c", "billing"), &sample::says(text))
        };
        assert_eq!(score(false, "which size?"), Score::Correct);
        assert_eq!(score(false, "GRÖßE"), Score::Incorrect);
        assert_eq!(score(true, "GRÖßE"), Score::Correct);
    }

    #[test]
    fn all_of_the_texts_are_needed_where_told() {
        let metric = Contains { wanted: Wanted::All(vec!["FM-1".into(), "refund".into()]), ignore_case: true };
        let score = |text| metric.score(&sample::label_case("c", "billing"), &sample::says(text));
        assert_eq!(score("The Refund of fm-1 is on its way."), Score::Correct);
        assert_eq!(score("The refund is on its way."), Score::Incorrect);
    }
}
