use crate::{MetricEntry, SettingKey, spec::share};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the text is at most so many characters (Unicode scalar values, outer blanks aside) long.
struct Length {
    max: u64,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "length",
    summary: "whether the answer's text is short enough",
    keys: &[SettingKey { name: "max", summary: "the most characters, needed" }],
    build: |settings| {
        let max = settings.count("max")?.ok_or_else(|| settings.error("needs `max`"))?;
        let meaning = format!("Share of answers of at most {max} characters.");
        Ok((Box::new(Length { max }), share("length", Direction::Higher, &meaning)))
    },
};

impl Metric for Length {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        Score::from_bool(response.text.trim().chars().count() as u64 <= self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn characters_are_counted_not_bytes() {
        let score = |text: &str| Length { max: 4 }.score(&sample::label_case("c", "billing"), &sample::says(text));
        assert_eq!(score(" über\n"), Score::Correct);
        assert_eq!(score("übers"), Score::Incorrect);
    }
}
