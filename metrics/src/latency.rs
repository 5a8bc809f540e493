use crate::{MetricEntry, spec::spec};
use eval_core::{Aggregate, Case, Direction, Metric, Response, Score};

/// Milliseconds per answer. A cached answer and an unknown time have no score.
struct Latency;

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "latency",
    summary: "milliseconds from question to answer, cached answers left out",
    keys: &[],
    build: |_| {
        let meaning = "Mean milliseconds from question to answer; cached answers are left out.";
        Ok((Box::new(Latency), spec("latency", Direction::Lower, Aggregate::Mean, meaning)))
    },
};

impl Metric for Latency {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        match response.timing.latency_ms {
            Some(ms) if !response.cached => Score::Graded(ms),
            _ => Score::NotApplicable,
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
        assert_eq!(Latency.score(&case, &taking(Some(41.2), false)), Score::Graded(41.2));
        assert_eq!(Latency.score(&case, &taking(Some(0.1), true)), Score::NotApplicable);
        assert_eq!(Latency.score(&case, &taking(None, false)), Score::NotApplicable);
    }
}
