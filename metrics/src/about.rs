//! What a person should know of a metric before trusting it.

mod classification;
mod extraction;
mod rag;
mod tools;

use eval_core::{MetricSpec, TaskKind};

/// What a person should know of a metric before trusting it.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    /// Where its values lie.
    pub range: Range,
    /// What counts as right, or what is counted.
    pub counts: &'static str,
    /// How it can mislead.
    pub misleads: &'static str,
    /// Where its definition comes from.
    pub source: &'static str,
}

/// Where the values of a metric lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From 0 to 1.
    Share,
    /// Elsewhere: where, and in what unit.
    Other(&'static str),
}

impl Range {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Share => "0 to 1",
            Self::Other(words) => words,
        }
    }
}

/// Where the definition of a metric is this project's own.
pub(crate) const OWN: &str = "this project's own definition: docs/metrics.md";

/// A metric that tasks of a kind have without asking.
pub struct KindMetric {
    /// What its scores mean.
    pub spec: MetricSpec,
    /// What else to know of it.
    pub about: Option<&'static About>,
}

/// The metrics that every task of a kind has, `accuracy` first.
pub fn of_kind(kind: TaskKind) -> Vec<KindMetric> {
    let (specs, abouts) = match kind {
        TaskKind::Classification => (crate::classification::specs(true), classification::ABOUT),
        TaskKind::Extraction => (crate::extraction::specs::specs(), extraction::ABOUT),
        TaskKind::Rag => (crate::rag::specs(), rag::ABOUT),
        TaskKind::Tools => (crate::tools::specs(), tools::ABOUT),
    };
    let about = |name: &str| abouts.iter().find(|(known, _)| *known == name).map(|(_, about)| about);
    specs.into_iter().map(|spec| KindMetric { about: about(&spec.name), spec }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    #[test]
    fn every_metric_says_what_it_is_and_how_it_misleads() {
        for kind in [TaskKind::Classification, TaskKind::Extraction, TaskKind::Rag, TaskKind::Tools] {
            for metric in of_kind(kind) {
                let about = metric.about.unwrap_or_else(|| panic!("{kind} `{}` is not explained", metric.spec.name));
                check(&metric.spec.name, about);
            }
        }
        for entry in registry() {
            check(entry.name, &entry.about);
            assert!(entry.example.contains(entry.name), "{}", entry.name);
        }
    }

    fn check(name: &str, about: &About) {
        for text in [about.range.as_str(), about.counts, about.misleads, about.source] {
            assert!(text.len() > 5 && !text.ends_with('.') && text.trim() == text, "`{name}`: {text:?}");
        }
    }
}
