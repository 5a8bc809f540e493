//! The metrics that a suite asks for by name, on whatever a model says.

use crate::{registry, sample};
use eval_core::{Metric, Response, Score, TaskKind};
use proptest::prelude::*;
use serde_json::json;

/// Each metric with settings under which it looks at the text, and its opposite where it has one.
fn metrics() -> Vec<Box<dyn Metric>> {
    let task = sample::task(TaskKind::Rag);
    let settings = |name: &str| match name {
        "contains" => json!({"any_of": ["FM-1", "x"], "ignore_case": true}),
        "regex" => json!({"pattern": r"^(\w+\s?)*$"}),
        "json_path" => json!({"path": "$..*", "equals": 1, "recovered": true}),
        "length" => json!({"max": 100, "unit": "words"}),
        "latency" | "cost" => json!({"max": 1}),
        "weighted" => json!({"of": [{"name": "levenshtein"}, {"name": "rouge_l", "unicode": true}]}),
        _ => json!({}),
    };
    // What runs a program, or asks a model, reads no text itself.
    let reading = registry().iter().filter(|entry| entry.name != "script" && !entry.name.starts_with("judge"));
    let names = reading.flat_map(|entry| [entry.name.to_string(), format!("not_{}", entry.name)]);
    names.map(|name| sample::metric(&name, settings(name.trim_start_matches("not_")), &task)).collect()
}

fn check(metrics: &[Box<dyn Metric>], response: &Response) -> Result<(), TestCaseError> {
    let case = sample::answer_case("c", &["30 days", "thirty days"], &["kb-1"]);
    for metric in metrics {
        let score = metric.score(&case, response);
        prop_assert!(!matches!(score, Score::Failed(_)), "{}", metric.name());
        prop_assert!(score.value().is_none_or(|value| (0.0..=1.0).contains(&value)), "{}: {score:?}", metric.name());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_has_a_score_between_0_and_1(text in prop_oneof![super::pieces(), any::<String>()]) {
        check(&metrics(), &sample::says(&text))?;
    }
}

#[test]
fn ten_megabytes_are_scored() {
    const SIZE: usize = 10 << 20;
    // The opposites read no otherwise.
    let metrics: Vec<_> = metrics().into_iter().filter(|metric| !metric.name().starts_with("not_")).collect();
    for piece in ["30 days ", "{\"a\":", "\0\u{301}"] {
        check(&metrics, &sample::says(&piece.repeat(SIZE / piece.len()))).unwrap();
    }
    let wide = format!("[{}1]", "1,".repeat(SIZE / 2));
    check(&metrics, &sample::says(&wide)).unwrap();
}
