//! A promptfoo configuration: its tests, and those assertions that are the same for every answer and need no program.

mod assertions;
mod cells;
mod config;
mod prompt;
mod tests;
mod values;

use super::answers::{Survey, texts};
use crate::{
    SuiteError,
    import::{Halt, ImportOptions, Item, Place, Source, TaskSpec, Why},
};
use assertions::Asserted;
use config::Config;
use eval_core::TaskKind;
use prompt::{Prompt, Shown};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tests::Test;

pub(super) struct Promptfoo {
    task: String,
    config: Config,
}

/// A test that can become a case.
struct Ready {
    place: Place,
    vars: Map<String, Value>,
    tags: Vec<String>,
    /// Before and after the prompt.
    around: [String; 2],
    checks: Vec<Value>,
}

impl Promptfoo {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let task = options.task.clone().unwrap_or_else(|| "tests".into());
        Ok(Self { task, config: Config::read(&options.source)? })
    }
}

impl Source for Promptfoo {
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let tests = tests::all(&mut self.config)?;
        for (place, why) in self.config.left_out.drain(..) {
            sink(Item::LeftOut { place, why })?;
        }
        let mut ready = Vec::new();
        let mut metrics = BTreeSet::new();
        for test in tests {
            let place = test.place.clone();
            match self.ready(test, &mut metrics, sink)? {
                Ok(test) => ready.push(test),
                Err(why) => sink(Item::Skipped { place, why })?,
            }
        }
        let labels = are_labels(&ready);
        let prompts = prompt::all(&self.config)?;
        let prompt = self.prompt(prompts, &ready, sink)?;
        let around = ready.iter().any(|test| test.around.iter().any(|text| !text.is_empty()));
        let template = prompt.as_ref().map(|prompt| prompt.template(around));
        let shown = Shown::new(template.as_deref().unwrap_or(prompt::PLAIN))?;
        sink(Item::Task(self.spec(labels, template, metrics)))?;
        sink(Item::Note(
            match labels {
                true => "every test asks for one of a few texts: they are the labels of a classification, read exactly",
                false => "an answer is right that passes every assertion of its test",
            }
            .into(),
        ))?;
        for test in ready {
            let place = test.place.clone();
            let case = case(test, prompt.as_ref(), labels);
            sink(match shown.tried(&case["input"]) {
                Ok(()) => Item::Case { task: self.task.clone(), place, case },
                Err(why) => Item::Skipped { place, why },
            })?;
        }
        Ok(())
    }
}

impl Promptfoo {
    /// A test with its assertions as checks; what of it cannot be carried over goes to the sink.
    fn ready(
        &self,
        test: Test,
        metrics: &mut BTreeSet<String>,
        sink: &mut dyn FnMut(Item) -> Result<(), Halt>,
    ) -> Result<Result<Ready, Why>, Halt> {
        if test.options.contains_key("transform") || test.options.contains_key("postprocess") {
            return Ok(Err(Why::new("a program changes the answer before it is judged").detail("`options.transform`")));
        }
        let vars = match values::variables(&test.vars, &self.config.base) {
            Ok(vars) => vars,
            Err(why) => return Ok(Err(why)),
        };
        let (mut checks, mut own) = (Vec::new(), 0);
        for assertion in &test.asserts {
            let left_out = match assertions::asserted(&assertion.value, &vars, &self.config.base) {
                Ok(Asserted::Checks(found)) => {
                    own += usize::from(!assertion.of_all);
                    checks.extend(found);
                    continue;
                }
                Ok(Asserted::Metric(metric)) if assertion.of_all => {
                    metrics.insert(metric);
                    continue;
                }
                Ok(Asserted::Metric(_)) => {
                    Why::new("a limit on time or cost of one test: a task's `metrics` hold for all of its cases")
                }
                Err(why) => why,
            };
            sink(Item::LeftOut { place: assertion.place.clone(), why: left_out })?;
        }
        let has_own = test.asserts.iter().any(|assertion| !assertion.of_all);
        match () {
            () if test.asserts.is_empty() => return Ok(Err(Why::new("a test without assertions"))),
            () if checks.is_empty() => return Ok(Err(Why::new("no assertion can be carried over"))),
            () if has_own && own == 0 => {
                let why = Why::new("no assertion of its own can be carried over")
                    .detail("those of `defaultTest` alone say little");
                return Ok(Err(why));
            }
            () => {}
        }
        let checks = match test.threshold {
            None => checks.into_iter().map(|(check, _)| check).collect(),
            Some(threshold) if threshold > 0.0 => vec![assertions::weighted(&checks, threshold)],
            Some(_) => return Ok(Err(Why::new("a threshold of 0: every answer passes"))),
        };
        let around = |key: &str| test.options.get(key).map(|text| values::text(&values::rendered(text, &vars)));
        let around = [around("prefix").unwrap_or_default(), around("suffix").unwrap_or_default()];
        let tags = values::tags(&test.metadata);
        Ok(Ok(Ready { place: test.place, vars, tags, around, checks }))
    }

    /// The first prompt that can be used; the others go to the sink.
    fn prompt(
        &self,
        prompts: Vec<prompt::Placed>,
        ready: &[Ready],
        sink: &mut dyn FnMut(Item) -> Result<(), Halt>,
    ) -> Result<Option<Prompt>, Halt> {
        let mut taken = None;
        for (place, prompt) in prompts {
            let why = match prompt.and_then(|prompt| prompt.tried(ready.iter().map(|test| &test.vars))) {
                Ok(prompt) if taken.is_none() => {
                    taken = Some(prompt);
                    continue;
                }
                Ok(_) => {
                    Why::new("a further prompt: a task has one, and models may have prompts of their own in eval.toml")
                }
                Err(why) => why,
            };
            sink(Item::LeftOut { place, why })?;
        }
        if taken.is_none() && !ready.is_empty() {
            sink(Item::Note("no prompt could be carried over: one to begin with stands in its place".into()))?;
        }
        Ok(taken)
    }

    fn spec(&self, labels: bool, template: Option<String>, metrics: BTreeSet<String>) -> TaskSpec {
        let kind = if labels { TaskKind::Classification } else { TaskKind::Rag };
        let mut settings = match labels {
            true => vec![("strict".to_string(), "true".to_string()), ("max_output_tokens".into(), "24".into())],
            false => vec![("max_output_tokens".into(), "1000".into())],
        };
        if !metrics.is_empty() {
            settings.push(("metrics".into(), format!("[{}]", metrics.into_iter().collect::<Vec<_>>().join(", "))));
        }
        let prompt = template.or((!labels).then(|| prompt::PLAIN.into()));
        TaskSpec { prompt, settings, ..TaskSpec::new(&*self.task, kind) }
    }
}

/// Whether every test asks for one text, and few different ones.
fn are_labels(ready: &[Ready]) -> bool {
    let mut survey = Survey::default();
    for test in ready {
        let [check] = test.checks.as_slice() else { return false };
        if check["name"] != "equals" {
            return false;
        }
        survey.add(&texts(&check["text"]));
    }
    survey.are_labels()
}

fn case(test: Ready, prompt: Option<&Prompt>, labels: bool) -> Map<String, Value> {
    let Ready { vars, tags, around, checks, place } = test;
    let mut input = match prompt {
        // What the prompt does not show is for assertions.
        Some(prompt) => {
            prompt.names().map(|name| (name.clone(), vars.get(name).cloned().unwrap_or("".into()))).collect()
        }
        None => vars,
    };
    for (key, text) in prompt::AROUND.iter().zip(around) {
        if !text.is_empty() || input.contains_key(*key) {
            input.insert((*key).into(), text.into());
        }
    }
    let mut case = Map::from_iter([("id".to_string(), Value::from(format!("test-{}", place.row)))]);
    case.insert("input".into(), input.into());
    match labels {
        true => {
            case.insert("expected".into(), checks[0]["text"].clone());
        }
        false => {
            case.insert("context".into(), json!([]));
            case.insert("expected".into(), json!({"checks": checks}));
        }
    }
    if !tags.is_empty() {
        case.insert("tags".into(), tags.into());
    }
    case
}
