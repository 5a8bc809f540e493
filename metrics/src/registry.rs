use crate::{MetricError, contains, error::list, latency, length, refusal, regex, settings::Settings};
use eval_core::{Metric, MetricConfig, MetricSpec};

/// A metric that a suite can ask for by name.
pub struct MetricEntry {
    /// The name in `metrics`, records and bars.
    pub name: &'static str,
    /// One line on what it measures.
    pub summary: &'static str,
    /// Its settings.
    pub keys: &'static [SettingKey],
    pub(crate) build: fn(&Settings<'_>) -> Result<Compiled, MetricError>,
}

/// A setting of a metric.
pub struct SettingKey {
    /// The key in the metric's table.
    pub name: &'static str,
    /// What it holds.
    pub summary: &'static str,
}

/// A metric with its settings built in, and what its scores mean.
pub(crate) type Compiled = (Box<dyn Metric>, MetricSpec);

/// The metrics that a suite can ask for beside those of the kind, by name.
pub fn registry() -> &'static [MetricEntry] {
    const ENTRIES: &[MetricEntry] = &[contains::ENTRY, latency::ENTRY, length::ENTRY, refusal::ENTRY, regex::ENTRY];
    ENTRIES
}

pub(crate) fn build(config: &MetricConfig) -> Result<Compiled, MetricError> {
    let Some(entry) = registry().iter().find(|entry| entry.name == config.name) else {
        let names = list(registry().iter().map(|entry| entry.name));
        return Err(MetricError::new(
            "metrics",
            format!("there is no metric `{}`", config.name),
            format!("metrics beside those of the kind: {names}"),
        ));
    };
    (entry.build)(&Settings::new(entry, &config.settings)?)
}
