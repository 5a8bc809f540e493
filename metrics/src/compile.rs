use crate::{MetricError, classification, error::list, extraction, rag, registry, tools};
use eval_core::{Aggregate, Grader, MetricSpec, Task, TaskKind, TaskScorer};

/// A grader and what its scores mean, `accuracy` first.
pub(crate) type CompiledKind = (Box<dyn Grader>, Vec<MetricSpec>);

/// Compiles all that scores the responses of a task: the grader of its kind and the metrics it asks for.
///
/// # Errors
/// Settings that make no sense, a schema that does not compile, expected values that their comparator cannot read,
/// an unknown metric or setting, also in the checks of a case, and a bar on a metric that the task does not have.
pub fn compile(task: &Task) -> Result<TaskScorer, MetricError> {
    let (grader, mut specs) = match task.kind {
        TaskKind::Classification => classification::compile(task)?,
        TaskKind::Extraction => extraction::compile(task)?,
        TaskKind::Rag => rag::compile(task)?,
        TaskKind::Tools => tools::compile(task)?,
    };
    let mut metrics = Vec::new();
    for config in &task.metrics {
        let (metric, spec) = registry::build(config, task)?;
        if specs.iter().any(|known| scores(known).contains(&spec.name.as_str())) {
            return Err(MetricError::new(
                "metrics",
                format!("the task has a score called `{}` already", spec.name),
                "records and bars name scores: give this one a name of its own with `as = \"…\"`",
            ));
        }
        match metric.judged() {
            None => specs.push(spec),
            Some(judged) => {
                if let Some((message, help)) = judged.problem(task) {
                    return Err(MetricError::new("metrics", message, help));
                }
                specs.extend(judged.specs());
            }
        }
        metrics.push(metric);
    }
    check_bars(task, &specs)?;
    Ok(TaskScorer { grader, metrics, specs })
}

/// The names under which a metric stands in a record.
fn scores(spec: &MetricSpec) -> Vec<&str> {
    match &spec.aggregate {
        Aggregate::Ratio { numerator, denominator } => vec![&spec.name, numerator, denominator],
        _ => vec![&spec.name],
    }
}

fn check_bars(task: &Task, specs: &[MetricSpec]) -> Result<(), MetricError> {
    for spec in specs.iter().filter(|spec| spec.aggregate.is_share()) {
        let Some(bar) = task.bars.get(&spec.name) else { continue };
        if bar.min.is_some_and(|min| min <= 0.0) || bar.max.is_some_and(|max| max >= 1.0) {
            return Err(MetricError::new(
                &format!("bars.{}", spec.name),
                format!("no model could miss this bar on `{}` in task `{}`", spec.name, task.name),
                "it is a share: write a `min` above 0, or a `max` below 1",
            ));
        }
    }
    match task.bars.keys().find(|name| specs.iter().all(|spec| spec.name != **name)) {
        None => Ok(()),
        Some(unknown) => Err(MetricError::new(
            "bars",
            format!("there is no metric `{unknown}` in task `{}` to set a bar on", task.name),
            format!("metrics of the task: {}", list(specs.iter().map(|spec| spec.name.as_str()))),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricEntry, SettingKey, registry, sample};
    use eval_core::{Aggregate, Bar, MetricConfig};
    use serde_json::{Value, json};

    fn asking_for(name: &str, settings: Value) -> MetricConfig {
        MetricConfig { name: name.into(), settings: settings.as_object().unwrap().clone() }
    }

    fn with(metrics: &[MetricConfig], bars: &[&str]) -> Task {
        let bars = bars.iter().map(|name| ((*name).to_string(), Bar { min: Some(0.5), max: None })).collect();
        Task { metrics: metrics.to_vec(), bars, ..sample::classification() }
    }

    #[test]
    fn a_task_has_the_metrics_of_its_kind_then_its_own() {
        let own = [asking_for("latency", json!({})), asking_for("length", json!({"max": 200}))];
        let scorer = compile(&with(&own, &["accuracy", "macro_f1", "length"])).unwrap();
        let names: Vec<_> = scorer.specs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(
            (names[..2].to_vec(), names[names.len() - 2..].to_vec()),
            (vec!["accuracy", "macro_f1"], vec!["latency", "length"])
        );
        let own_names: Vec<_> = scorer.metrics.iter().map(|metric| metric.name()).collect();
        assert_eq!(own_names, ["latency", "length"]);
    }

    #[test]
    fn mistakes_are_named_with_what_there_is() {
        let errors: Vec<_> = [
            with(&[asking_for("lenght", json!({"max": 5}))], &[]),
            with(&[asking_for("length", json!({"maximum": 5}))], &[]),
            with(&[asking_for("length", json!({}))], &[]),
            with(&[asking_for("length", json!({"max": "5"}))], &[]),
            with(&[asking_for("length", json!({"max": 0}))], &[]),
            with(&[asking_for("latency", json!({"max": -5}))], &[]),
            with(&[asking_for("latency", json!({"min": 5}))], &[]),
            with(&[asking_for("not_latency", json!({}))], &[]),
            with(&[asking_for("not_not_regex", json!({"pattern": "a"}))], &[]),
            with(&[asking_for("length", json!({"min": 9, "max": 5}))], &[]),
            with(&[asking_for("length", json!({"max": 5, "unit": "lines"}))], &[]),
            with(&[asking_for("length", json!({"max": 5, "as": "Short!"}))], &[]),
            with(&[asking_for("length", json!({"max": 5, "as": "macro_f1"}))], &[]),
            with(&[asking_for("levenshtein", json!({"min": 0}))], &[]),
            with(&[asking_for("json_path", json!({"path": "items[0"}))], &[]),
            with(&[asking_for("json_path", json!({"path": "$.a", "equals": 1, "any_of": [1]}))], &[]),
            with(&[asking_for("weighted", json!({"of": []}))], &[]),
            with(&[asking_for("weighted", json!({"of": [{"name": "length", "max": 5, "weight": 0}]}))], &[]),
            with(&[asking_for("weighted", json!({"of": [{"name": "latency"}]}))], &[]),
            with(&[asking_for("weighted", json!({"of": [{"name": "lenght"}]}))], &[]),
            Task { metrics: vec![asking_for("rouge_l", json!({}))], ..sample::extraction() },
            Task {
                metrics: vec![asking_for("length", json!({"max": 5, "as": "fields_given"}))],
                ..sample::extraction()
            },
            with(&[asking_for("contains", json!({"text": "a", "any_of": ["b"]}))], &[]),
            with(&[asking_for("contains", json!({"any_of": [1]}))], &[]),
            with(&[asking_for("contains", json!({"text": "a", "ignore_case": "yes"}))], &[]),
            with(&[asking_for("contains", json!({"text": "a", "all_of": ["b"]}))], &[]),
            with(&[asking_for("regex", json!({"pattern": "(a"}))], &[]),
            with(&[asking_for("regex", json!({"pattern": r"(a)\1"}))], &[]),
            with(&[asking_for("regex", json!({"pattern": "((a{1000}){1000}){1000}"}))], &[]),
            with(&[asking_for("latency", json!({})), asking_for("latency", json!({}))], &[]),
            with(&[], &["accuracy", "f1"]),
            Task { bars: [("accuracy".into(), Bar { min: Some(0.0), max: None })].into(), ..sample::classification() },
            Task { bars: [("macro_f1".into(), Bar { min: None, max: Some(1.0) })].into(), ..sample::classification() },
        ]
        .iter()
        .map(|task| compile(task).err().unwrap())
        .map(|error| format!("{}: {}\n  help: {}", error.key, error.message, error.help))
        .collect();
        insta::assert_snapshot!(errors.join("\n"));
    }

    #[test]
    fn every_metric_is_explained() {
        let specs = [sample::classification(), sample::extraction(), sample::task(TaskKind::Rag), sample::tools()].map(
            |task| {
                let specs = compile(&task).unwrap().specs;
                assert_eq!((specs[0].name.as_str(), &specs[0].aggregate), ("accuracy", &Aggregate::Accuracy));
                let line =
                    |spec: &MetricSpec| format!("  {} ({:?}): {}\n", spec.name, spec.direction, spec.description);
                format!("{}\n{}", task.kind, specs.iter().map(line).collect::<String>())
            },
        );
        let key = |key: &SettingKey| format!("    {}: {}\n", key.name, key.summary);
        let entry = |entry: &MetricEntry| {
            format!("  {}: {}\n{}", entry.name, entry.summary, entry.keys.iter().map(key).collect::<String>())
        };
        let further: String = registry().iter().map(entry).collect();
        insta::assert_snapshot!(format!("{}further\n{further}", specs.concat()));
    }
}
