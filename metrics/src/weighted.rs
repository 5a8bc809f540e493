use crate::{
    About, MetricEntry, Range, SettingKey,
    about::OWN,
    registry::build_part,
    threshold::{MIN, Threshold},
};
use eval_core::{Case, Direction, Metric, Response, Score};

/// The weighted mean of other metrics.
struct Weighted {
    parts: Vec<Part>,
    threshold: Threshold,
}

struct Part {
    metric: Box<dyn Metric>,
    weight: f64,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "weighted",
    summary: "the weighted mean of several metrics",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "the sum of weight times score over the sum of weights; a part that has no score for a case is left out, \
                 and a part that failed fails the whole",
        misleads: "one number hides which part is weak: ask for the parts beside it; the weights are a choice, not a \
                   finding",
        source: OWN,
    },
    keys: &[
        SettingKey {
            name: "of",
            summary: "a list of metrics, each a table with its settings and a `weight`, 1 where missing",
        },
        MIN,
    ],
    example: r#"metrics = [{ name = "weighted", as = "style", min = 0.7, of = [
    { name = "contains", text = "Dear customer", weight = 2 },
    { name = "length", max = 400 },
    { name = "not_regex", pattern = "(?i)unfortunately" },
] }]"#,
    build: |settings| {
        let configs = settings.metrics("of")?.ok_or_else(|| settings.error("needs `of`"))?;
        let mut parts = Vec::new();
        let mut names = Vec::new();
        for (config, weight) in configs {
            let (metric, spec) = build_part(&config, settings.task)?;
            parts.push(Part { metric, weight });
            names.push(format!("{weight} × {}", spec.name));
        }
        let threshold = Threshold::read(settings)?;
        let spec = threshold.spec(ENTRY.name, &format!("weighted mean of {}", names.join(", ")));
        Ok((Box::new(Weighted { parts, threshold }), spec))
    },
};

impl Metric for Weighted {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let (mut sum, mut weights) = (0.0, 0.0);
        for Part { metric, weight } in &self.parts {
            match metric.score(case, response) {
                Score::Failed(why) => return Score::Failed(format!("{}: {why}", metric.name())),
                score => {
                    if let Some(value) = score.value() {
                        sum += weight * value;
                        weights += weight;
                    }
                }
            }
        }
        if weights > 0.0 { self.threshold.score(sum / weights) } else { Score::NotApplicable }
    }

    fn waits(&self) -> bool {
        self.parts.iter().any(|part| part.metric.waits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::{Value, json};

    fn score(settings: Value, response: &Response) -> Score {
        let metric = sample::metric("weighted", settings, &sample::classification());
        metric.score(&sample::label_case("c", "billing"), response)
    }

    fn parts() -> Value {
        json!([
            {"name": "contains", "text": "Dear", "weight": 2},
            {"name": "length", "max": 10},
            {"name": "not_contains", "text": "sorry"},
        ])
    }

    #[test]
    fn parts_weigh_what_they_are_said_to() {
        assert_eq!(score(json!({"of": parts()}), &sample::says("Dear you")), Score::Graded(1.0));
        assert_eq!(score(json!({"of": parts()}), &sample::says("Dear you, I am sorry")), Score::Graded(0.5));
        assert_eq!(score(json!({"of": parts(), "min": 0.5}), &sample::says("Dear you, I am sorry")), Score::Correct);
        assert_eq!(score(json!({"of": parts(), "min": 0.51}), &sample::says("Dear you, I am sorry")), Score::Incorrect);
    }

    #[test]
    fn a_weight_is_above_0() {
        let task = sample::classification();
        let of = json!([{"name": "contains", "text": "Dear", "weight": 0}]);
        let config = eval_core::MetricConfig {
            name: "weighted".into(),
            settings: serde_json::Map::from_iter([("of".to_string(), of)]),
        };
        let error = crate::registry::build(&config, &task).err();
        let error = error.map(|error| error.message).unwrap_or_default();
        assert!(error.contains("a `weight` of 0"), "{error}");
    }

    #[test]
    fn a_part_without_a_score_is_left_out() {
        let unknown = json!({"of": [{"name": "cost", "max": 1, "weight": 9}, {"name": "contains", "text": "Dear"}]});
        assert_eq!(score(unknown, &sample::says("Dear you")), Score::Graded(1.0));
        assert_eq!(score(json!({"of": [{"name": "cost", "max": 1}]}), &sample::says("Dear")), Score::NotApplicable);
    }
}
