use super::section::{Section, number};
use eval_core::{Bar, MetricConfig};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use toml::de::DeValue;

/// The metrics beside those of the kind: each a name, or a table with `name` and the metric's settings.
pub(super) fn metrics(task: &Section<'_>) -> Vec<MetricConfig> {
    let wanted = "an array of metrics: a name, or a table such as `{ name = \"length\", max = 200 }`";
    let mut metrics = Vec::new();
    for item in task.array("metrics", wanted) {
        match item.get_ref() {
            DeValue::String(name) if !name.is_empty() => {
                metrics.push(MetricConfig { name: name.to_string(), settings: Map::new() });
            }
            DeValue::Table(table) => {
                let section = Section::new(task.document, table, item.span(), "a metric");
                section.require("name", "write the metric's name: `{ name = \"length\", max = 200 }`");
                if let Some(name) = section.string("name") {
                    let settings = section.entries().filter(|(key, ..)| *key != "name");
                    let settings = settings.map(|(key, _, value)| (key.to_string(), json(value.get_ref()))).collect();
                    metrics.push(MetricConfig { name: name.value, settings });
                }
            }
            _ => task.document.problem(
                item.span(),
                "a metric is neither a name nor a table",
                "write a metric's name in quotes, or a table with `name`",
            ),
        }
    }
    metrics
}

/// The absolute limits, by metric.
pub(super) fn bars(task: &Section<'_>) -> BTreeMap<String, Bar> {
    let mut bars = BTreeMap::new();
    let Some(section) = task.section("bars", "a table of limits such as `{ accuracy = { min = 0.85 } }`", "`bars`")
    else {
        return bars;
    };
    for (metric, ..) in section.entries() {
        let wanted = "a table with `min`, `max` or both";
        let Some(limits) = section.section(metric, wanted, format!("the bar on `{metric}`")) else { continue };
        limits.allow(&["min", "max"]);
        let limit = |key| limits.number(key, "a finite number", f64::is_finite).map(|found| found.value);
        let bar = Bar { min: limit("min"), max: limit("max") };
        if !limits.has("min") && !limits.has("max") {
            task.document.problem(
                limits.span.clone(),
                format!("the bar on `{metric}` sets no limit"),
                "write `min`, `max` or both",
            );
        }
        if let (Some(min), Some(max)) = (bar.min, bar.max)
            && min > max
        {
            task.document.problem(
                limits.span.clone(),
                format!("no value meets the bar on `{metric}`: `min` {min} is above `max` {max}"),
                "swap the two, or leave one out",
            );
        }
        bars.insert(metric.to_string(), bar);
    }
    bars
}

/// A setting as JSON; a date becomes its text.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => n.into(),
            Err(_) => Value::String(n.as_str().to_string()),
        },
        DeValue::Float(x) => number(value)
            .and_then(Number::from_f64)
            .map_or_else(|| Value::String(x.as_str().to_string()), Value::Number),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref()))).collect()
        }
    }
}
