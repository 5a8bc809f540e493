use crate::{MetricEntry, SettingKey, error::list, spec::share};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the text holds one of some texts.
struct Contains {
    any_of: Vec<String>,
    ignore_case: bool,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "contains",
    summary: "whether the answer's text holds a text, or one of several",
    keys: &[
        SettingKey { name: "text", summary: "the text; this or `any_of`" },
        SettingKey { name: "any_of", summary: "a list of texts, one of which is enough" },
        SettingKey { name: "ignore_case", summary: "true or false, false where missing" },
    ],
    build: |settings| {
        let ignore_case = settings.flag("ignore_case")?;
        let any_of = match (settings.text("text")?, settings.texts("any_of")?) {
            (Some(text), None) => vec![text],
            (None, Some(texts)) => texts,
            _ => return Err(settings.error("needs either `text` or `any_of`")),
        };
        let meaning = format!("Share of answers that hold {}.", list(any_of.iter().map(String::as_str)));
        Ok((Box::new(Contains::new(any_of, ignore_case)), share("contains", Direction::Higher, &meaning)))
    },
};

impl Contains {
    fn new(any_of: Vec<String>, ignore_case: bool) -> Self {
        let any_of = if ignore_case { any_of.iter().map(|text| text.to_lowercase()).collect() } else { any_of };
        Self { any_of, ignore_case }
    }
}

impl Metric for Contains {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        let holds = |text: &str| self.any_of.iter().any(|wanted| text.contains(wanted));
        Score::from_bool(if self.ignore_case { holds(&response.text.to_lowercase()) } else { holds(&response.text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_of_the_texts_is_enough_and_case_matters_unless_told() {
        let score = |ignore_case, text| {
            let metric = Contains::new(vec!["Größe".into(), "size".into()], ignore_case);
            metric.score(&sample::label_case("c", "billing"), &sample::says(text))
        };
        assert_eq!(score(false, "which size?"), Score::Correct);
        assert_eq!(score(false, "GRÖßE"), Score::Incorrect);
        assert_eq!(score(true, "GRÖßE"), Score::Correct);
    }
}
