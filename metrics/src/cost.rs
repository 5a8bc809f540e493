use crate::{
    About, MetricEntry, Range, SettingKey,
    about::OWN,
    spec::{share, spec},
};
use eval_core::{Aggregate, Case, Direction, Metric, Response, Score};

/// USD per answer. An unknown cost has no score.
struct Cost {
    max: Option<f64>,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "cost",
    summary: "USD per answer, where the price is known",
    direction: Direction::Lower,
    about: About {
        range: Range::Other("USD, 0 and up"),
        counts: "tokens times price; a cached answer costs what it cost when it was bought, an unknown cost has no score",
        misleads: "the cost of asking, not of being right: see cost per correct answer in the report; a hosted model has \
                   no price by the token",
        source: OWN,
    },
    keys: &[SettingKey { name: "max", summary: "USD; then the share of answers within it, higher is better" }],
    example: r#"metrics = [{ name = "cost", max = 0.002 }]"#,
    build: |settings| {
        let max = settings.amount("max")?;
        let spec = match max {
            Some(max) => {
                share(ENTRY.name, Direction::Higher, &format!("Share of answers that cost at most {max} USD."))
            }
            None => spec(ENTRY.name, Direction::Lower, Aggregate::Mean, "Mean USD per answer, where it is known."),
        };
        Ok((Box::new(Cost { max }), spec))
    },
};

impl Metric for Cost {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        match (response.cost_usd, self.max) {
            (None, _) => Score::NotApplicable,
            (Some(usd), None) => Score::Graded(usd),
            (Some(usd), Some(max)) => Score::from_bool(usd <= max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn an_unknown_cost_is_no_score_and_a_cached_answer_costs_what_it_did() {
        let case = sample::label_case("c", "billing");
        let costing = |cost_usd, cached| Response { cost_usd, cached, ..Response::default() };
        let mean = Cost { max: None };
        assert_eq!(mean.score(&case, &costing(Some(0.002), true)), Score::Graded(0.002));
        assert_eq!(mean.score(&case, &costing(None, false)), Score::NotApplicable);
        let limited = Cost { max: Some(0.001) };
        assert_eq!(limited.score(&case, &costing(Some(0.001), false)), Score::Correct);
        assert_eq!(limited.score(&case, &costing(Some(0.002), false)), Score::Incorrect);
        assert_eq!(limited.score(&case, &costing(None, false)), Score::NotApplicable);
    }
}
