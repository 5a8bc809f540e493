use crate::{About, MetricEntry, Range, SettingKey, about::OWN, spec::share};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the answer is neither too long nor too short.
struct Length {
    min: u64,
    max: Option<u64>,
    unit: Unit,
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Characters,
    Words,
    Tokens,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "length",
    summary: "whether the answer is short enough, or long enough",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "characters of the text (Unicode scalar values, outer blanks aside), words between blanks, or output \
                 tokens as the server counts them",
        misleads: "tokens are not those of another model, and hold its thinking; a short answer need not be a good one",
        source: OWN,
    },
    keys: &[
        SettingKey { name: "max", summary: "the most; this or `min` or both" },
        SettingKey { name: "min", summary: "the least" },
        SettingKey { name: "unit", summary: "\"characters\", the default, \"words\" or \"tokens\"" },
    ],
    example: r#"metrics = [{ name = "length", max = 80, unit = "words" }]"#,
    build: |settings| {
        let (min, max) = (settings.count("min")?, settings.count("max")?);
        let name = settings.word("unit", &["characters", "words", "tokens"])?.unwrap_or("characters");
        let unit = match name {
            "words" => Unit::Words,
            "tokens" => Unit::Tokens,
            _ => Unit::Characters,
        };
        let range = match (min, max) {
            (None, None) => return Err(settings.error("needs `max` or `min`")),
            (Some(min), Some(max)) if min > max => {
                return Err(settings.error(format!("has a `min` of {min} above its `max` of {max}")));
            }
            (None, Some(max)) => format!("at most {max}"),
            (Some(min), None) => format!("at least {min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
        };
        let metric = Length { min: min.unwrap_or(0), max, unit };
        Ok((Box::new(metric), share(ENTRY.name, Direction::Higher, &format!("Share of answers of {range} {name}."))))
    },
};

impl Metric for Length {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        let length = match self.unit {
            Unit::Characters => Some(response.text.trim().chars().count() as u64),
            Unit::Words => Some(response.text.split_whitespace().count() as u64),
            Unit::Tokens => response.usage.output_tokens,
        };
        let fits = |length| length >= self.min && self.max.is_none_or(|max| length <= max);
        length.map_or(Score::NotApplicable, |length| Score::from_bool(fits(length)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use eval_core::Usage;

    fn score(metric: &Length, response: &Response) -> Score {
        metric.score(&sample::label_case("c", "billing"), response)
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        let metric = Length { min: 0, max: Some(4), unit: Unit::Characters };
        assert_eq!(score(&metric, &sample::says(" über\n")), Score::Correct);
        assert_eq!(score(&metric, &sample::says("übers")), Score::Incorrect);
    }

    #[test]
    fn words_and_tokens() {
        let words = Length { min: 2, max: Some(3), unit: Unit::Words };
        let verdicts = ["one", "one two", "one\n\ntwo  three", "one two three four"];
        let verdicts = verdicts.map(|text| score(&words, &sample::says(text)) == Score::Correct);
        assert_eq!(verdicts, [false, true, true, false]);
        let tokens = Length { min: 0, max: Some(10), unit: Unit::Tokens };
        let counted = |output_tokens| Response {
            usage: Usage { output_tokens, ..Usage::default() },
            ..sample::says("a text of any length")
        };
        assert_eq!(score(&tokens, &counted(Some(10))), Score::Correct);
        assert_eq!(score(&tokens, &counted(Some(11))), Score::Incorrect);
        assert_eq!(score(&tokens, &counted(None)), Score::NotApplicable);
    }
}
