use crate::{MetricEntry, SettingKey, spec::share};
use ::regex::Regex;
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether a regular expression matches somewhere in the text. Matching takes linear time whatever the text.
struct Pattern {
    pattern: Regex,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "regex",
    summary: "whether a regular expression matches somewhere in the answer's text",
    keys: &[SettingKey { name: "pattern", summary: "the expression, needed; `^` and `$` anchor it" }],
    build: |settings| {
        let pattern = settings.text("pattern")?.ok_or_else(|| settings.error("needs `pattern`"))?;
        let meaning = format!("Share of answers that match `{pattern}`.");
        let pattern = Regex::new(&pattern).map_err(|error| {
            // The last line says why; those before it repeat the pattern.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            settings.error(format!("has a `pattern` that does not compile: {why}"))
        })?;
        Ok((Box::new(Pattern { pattern }), share("regex", Direction::Higher, &meaning)))
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
