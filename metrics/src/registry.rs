use crate::{
    MetricError, about::About, about::Range, contains, cost, equals, error::list, is_json, json_path, judge, latency,
    length, levenshtein, named::Named, refusal, regex, rouge, script, settings::Settings, weighted,
};
use eval_core::{Aggregate, Direction, Metric, MetricConfig, MetricSpec, Task};

/// A metric that a suite can ask for by name.
pub struct MetricEntry {
    /// The name in `metrics`, records and bars.
    pub name: &'static str,
    /// One line on what it measures.
    pub summary: &'static str,
    /// Which way is better, unless its settings turn it.
    pub direction: Direction,
    /// What else to know of it.
    pub about: About,
    /// Its settings, beside `as`.
    pub keys: &'static [SettingKey],
    /// How a suite asks for it.
    pub example: &'static str,
    pub(crate) build: fn(&Settings<'_>) -> Result<Compiled, MetricError>,
}

impl MetricEntry {
    /// Whether another model scores it, after the run; such a metric has no opposite.
    pub fn is_judged(&self) -> bool {
        [judge::JUDGE.name, judge::GROUNDED.name, judge::PAIRWISE.name].contains(&self.name)
    }
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

/// Before the name of a metric: whether it does not hold.
const NOT: &str = "not_";

/// The metrics that a suite can ask for beside those of the kind, by name. A new one is a file with its entry, and its
/// line here.
pub fn registry() -> &'static [MetricEntry] {
    const ENTRIES: &[MetricEntry] = &[
        contains::ENTRY,
        cost::ENTRY,
        equals::ENTRY,
        is_json::ENTRY,
        json_path::ENTRY,
        judge::JUDGE,
        judge::GROUNDED,
        judge::PAIRWISE,
        latency::ENTRY,
        length::ENTRY,
        levenshtein::ENTRY,
        refusal::ENTRY,
        regex::ENTRY,
        rouge::ENTRY,
        script::ENTRY,
        weighted::ENTRY,
    ];
    ENTRIES
}

/// Compiles a metric for a task.
pub(crate) fn build(config: &MetricConfig, task: &Task) -> Result<Compiled, MetricError> {
    let (entry, negated) = find(&config.name)?;
    let settings = Settings::new(entry, &config.settings, task)?;
    let (metric, mut spec) = (entry.build)(&settings)?;
    if negated {
        if entry.is_judged() {
            return Err(settings.error("has no opposite: write a rubric for what you want"));
        }
        if !is_share(entry, &spec) {
            return Err(settings.error("has no opposite: its scores do not lie between 0 and 1 (a limit makes it so)"));
        }
        spec.description = format!("The opposite of: {}", spec.description);
        if spec.direction == Direction::Lower {
            spec.direction = Direction::Higher;
        }
    }
    let name = settings.own_name()?.unwrap_or(if negated { config.name.clone() } else { spec.name.clone() });
    if name == spec.name && !negated {
        return Ok((metric, spec));
    }
    spec.name.clone_from(&name);
    Ok((Box::new(Named { name, negated, metric }), spec))
}

/// Compiles a metric whose scores lie between 0 and 1 and are the better the higher.
pub(crate) fn build_part(config: &MetricConfig, task: &Task) -> Result<Compiled, MetricError> {
    let (metric, spec) = build(config, task)?;
    let (entry, _) = find(&config.name)?;
    let problem = match () {
        () if metric.judged().is_some() => "cannot be a part: a judge scores it after the run",
        () if !is_share(entry, &spec) => {
            "cannot be a part: its scores do not lie between 0 and 1 (a limit makes it so)"
        }
        () if spec.direction == Direction::Lower => "cannot be a part: lower is better; take its opposite, `not_…`",
        () => return Ok((metric, spec)),
    };
    Err(Settings::new(entry, &config.settings, task)?.error(problem))
}

/// The entry of a name, and whether the name asks for its opposite.
fn find(name: &str) -> Result<(&'static MetricEntry, bool), MetricError> {
    let entry = |name: &str| registry().iter().find(|entry| entry.name == name);
    let negated = || Some((entry(name.strip_prefix(NOT)?)?, true));
    entry(name).map(|entry| (entry, false)).or_else(negated).ok_or_else(|| {
        let names = list(registry().iter().map(|entry| entry.name));
        MetricError::new(
            "metrics",
            format!("there is no metric `{name}`"),
            format!("metrics beside those of the kind: {names}; `not_` before a name turns it round, but not before that of a judge"),
        )
    })
}

fn is_share(entry: &MetricEntry, spec: &MetricSpec) -> bool {
    spec.aggregate == Aggregate::Share || entry.about.range == Range::Share
}
