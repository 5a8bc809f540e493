use crate::{About, MetricEntry, Range, SettingKey, spec::share};
use ::regex::Regex;
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether a regular expression matches somewhere in the text. Matching takes linear time whatever the text.
struct Pattern {
    pattern: Regex,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "regex",
    summary: "whether a regular expression matches somewhere in the answer's text",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "a match anywhere; `^` and `$` anchor it to the text, `(?m)` to its lines, `(?i)` ignores letter case",
        misleads: "an expression without anchors matches within words and within prose",
        source: "the syntax of Rust's regex library: no look-around and no back-references, so that time is linear",
    },
    keys: &[SettingKey { name: "pattern", summary: "the expression, needed; `^` and `$` anchor it" }],
    example: r#"metrics = [{ name = "regex", pattern = '^FM-\d{6}$' }]"#,
    build: |settings| {
        let pattern = settings.text("pattern")?.ok_or_else(|| settings.error("needs `pattern`"))?;
        let meaning = format!("Share of answers that match `{pattern}`.");
        let pattern = Regex::new(&pattern).map_err(|error| {
            // The last line says why; those before it repeat the pattern.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            settings.error(format!("has a `pattern` that does not compile: {why}"))
        })?;
        Ok((Box::new(Pattern { pattern }), share(ENTRY.name, Direction::Higher, &meaning)))
    },
};

impl Metric for Pattern {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        Score::from_bool(self.pattern.is_match(&response.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn an_expression_that_would_backtrack_takes_linear_time() {
        for pattern in ["^(a+)+$", "(x+x+)+y", "^(a|a)*$", r"^(\w+\s?)*$"] {
            let metric = Pattern { pattern: Regex::new(pattern).unwrap() };
            let score = |text: &str| metric.score(&sample::label_case("c", "billing"), &sample::says(text));
            assert_eq!(score(&format!("{}!", "a".repeat(10 << 20))), Score::Incorrect, "{pattern}");
        }
    }
}
