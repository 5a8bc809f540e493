use crate::{
    About, MetricEntry, Range, SettingKey,
    about::OWN,
    spec::{share, spec},
};
use eval_core::{Aggregate, Case, Direction, Metric, Response, Score};

/// Milliseconds per answer. A cached answer and an unknown time have no score.
struct Latency {
    max: Option<f64>,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "latency",
    summary: "milliseconds from question to answer, cached answers left out",
    direction: Direction::Lower,
    about: About {
        range: Range::Other("milliseconds, 0 and up"),
        counts: "the successful attempt, without waiting in a queue; a cached answer and an unknown time have no score",
        misleads: "measured at the concurrency of the run: a local model that answers many prompts at once takes longer \
                   for each; a mean hides the slowest, see the 95th percentile in the report",
        source: OWN,
    },
    keys: &[SettingKey { name: "max", summary: "milliseconds; then the share of answers within it, higher is better" }],
    example: r#"metrics = ["latency", { name = "latency", as = "quick", max = 2000 }]"#,
    build: |settings| {
        let max = settings.amount("max")?;
        let spec = match max {
            Some(max) => {
                let meaning = format!("Share of answers within {max} ms; cached answers are left out.");
                share(ENTRY.name, Direction::Higher, &meaning)
            }
            None => {
                let meaning = "Mean milliseconds from question to answer; cached answers are left out.";
                spec(ENTRY.name, Direction::Lower, Aggregate::Mean, meaning)
            }
        };
        Ok((Box::new(Latency { max }), spec))
    },
};

impl Metric for Latency {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        match (response.timing.latency_ms, self.max) {
            (None, _) => Score::NotApplicable,
            _ if response.cached => Score::NotApplicable,
            (Some(ms), None) => Score::Graded(ms),
            (Some(ms), Some(max)) => Score::from_bool(ms <= max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use eval_core::Timing;

    #[test]
    fn a_cached_or_unknown_time_is_no_score() {
        let case = sample::label_case("c", "billing");
        let taking = |latency_ms, cached| Response {
            timing: Timing { latency_ms, ..Timing::default() },
            cached,
            ..Response::default()
        };
        let mean = Latency { max: None };
        assert_eq!(mean.score(&case, &taking(Some(41.2), false)), Score::Graded(41.2));
        let limited = Latency { max: Some(41.2) };
        assert_eq!(limited.score(&case, &taking(Some(41.2), false)), Score::Correct);
        assert_eq!(limited.score(&case, &taking(Some(41.3), false)), Score::Incorrect);
        for metric in [mean, limited] {
            assert_eq!(metric.score(&case, &taking(Some(0.1), true)), Score::NotApplicable);
            assert_eq!(metric.score(&case, &taking(None, false)), Score::NotApplicable);
        }
    }
}
