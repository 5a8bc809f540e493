//! Short forms for [`MetricSpec`]s.

use eval_core::{Aggregate, Direction, MetricSpec};

/// The metric that decides, with what it means for the kind.
pub(crate) fn accuracy(description: &str) -> MetricSpec {
    spec("accuracy", Direction::Higher, Aggregate::Accuracy, description)
}

/// The share of the cases with this score.
pub(crate) fn share(name: &str, direction: Direction, description: &str) -> MetricSpec {
    spec(name, direction, Aggregate::Share, description)
}

/// Sum of one per-case count over sum of another.
pub(crate) fn ratio(name: &str, direction: Direction, counts: [&str; 2], description: &str) -> MetricSpec {
    let [numerator, denominator] = counts.map(String::from);
    spec(name, direction, Aggregate::Ratio { numerator, denominator }, description)
}

pub(crate) fn spec(name: &str, direction: Direction, aggregate: Aggregate, description: &str) -> MetricSpec {
    MetricSpec { name: name.into(), description: description.into(), direction, aggregate, judge: None }
}
