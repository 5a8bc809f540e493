use super::{Checked, Flaw, flaw, strings, unknown_keys};
use crate::nearest::suggest;
use eval_core::{Expected, MetricConfig, Passage, TaskKind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const CONTEXT: &str = "write \"context\": [{\"id\": \"…\", \"text\": \"…\"}, …]";
const EXPECTED: &str = "write {\"answers\": [\"…\"], \"citations\": [\"…\"]} or {\"answerable\": false}";
const CHECKS: &str = "write {\"checks\": [{\"name\": \"contains\", \"text\": \"…\"}]}: metrics with their settings";

/// The passages, with ids of their own; none, `[]`, where a model is asked what it knows.
pub(super) fn context(object: &Map<String, Value>, kind: TaskKind) -> Checked<Vec<Passage>> {
    if kind != TaskKind::Rag {
        return Ok(Vec::new());
    }
    let Some(value) = object.get("context") else { return flaw("", "the case has no `context`", CONTEXT) };
    let Some(items) = value.as_array() else {
        return flaw("/context", "`context` is not an array of passages", CONTEXT);
    };
    let (mut passages, mut flaws, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/context/{index}");
        match passage(item) {
            None => flaws.push(Flaw::new(pointer, "a passage is not an `id` and a `text`, nothing else", CONTEXT)),
            Some(passage) if !ids.insert(passage.id.clone()) => flaws.push(Flaw::new(
                format!("{pointer}/id"),
                format!("two passages have the id `{}`", passage.id),
                "give each passage of a case an id of its own",
            )),
            Some(passage) => passages.push(passage),
        }
    }
    if flaws.is_empty() { Ok(passages) } else { Err(flaws) }
}

fn passage(item: &Value) -> Option<Passage> {
    let object = item.as_object().filter(|object| object.len() == 2)?;
    let text = |key| object.get(key)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_string);
    Some(Passage { id: text("id")?, text: text("text")? })
}

/// Accepted answers with citations of passages, checks that an answer must pass, or that there is no answer.
pub(super) fn expected(value: &Value, context: Option<&[Passage]>) -> Checked<Expected> {
    let Some(object) = value.as_object() else { return flaw("/expected", "`expected` is not an object", EXPECTED) };
    if let Some(value) = object.get("checks") {
        return checks(value, object.len() == 1);
    }
    let mut flaws = unknown_keys(object, &["answers", "citations", "answerable", "checks"], "/expected");
    match (object.get("answerable"), object.get("answers")) {
        (Some(Value::Bool(false)), None) if !object.contains_key("citations") && flaws.is_empty() => {
            return match context {
                Some([]) => flaw("/context", "`answerable` is false, and `context` holds no passage", CONTEXT),
                _ => Ok(Expected::Unanswerable),
            };
        }
        (Some(_), _) => {
            flaws.push(Flaw::new("/expected", "`answerable` stands alone and is false, or is left out", EXPECTED))
        }
        _ => {}
    }
    let answers = object.get("answers").and_then(strings).unwrap_or_default();
    if answers.is_empty() && !object.contains_key("answerable") {
        flaws.push(Flaw::new("/expected/answers", "`answers` is not an array with at least one string", EXPECTED));
    }
    let citations = object.get("citations").map_or(Some(Vec::new()), strings);
    if citations.is_none() {
        flaws.push(Flaw::new("/expected/citations", "`citations` is not an array of strings", EXPECTED));
    }
    let citations = citations.unwrap_or_default();
    for (index, id) in citations.iter().enumerate() {
        let ids = context.into_iter().flatten().map(|passage| passage.id.as_str());
        if context.is_some() && !ids.clone().any(|known| known == id) {
            flaws.push(Flaw::new(
                format!("/expected/citations/{index}"),
                format!("the citation `{id}` is no passage of this case"),
                suggest(id, "passages", ids),
            ));
        }
    }
    if flaws.is_empty() { Ok(Expected::Answers { answers, citations }) } else { Err(flaws) }
}

/// Metrics with their settings; whether there are such is seen when the task's metrics are compiled.
fn checks(value: &Value, alone: bool) -> Checked<Expected> {
    if !alone {
        return flaw("/expected", "`checks` stand alone: an answer is right that passes them all", CHECKS);
    }
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        return flaw("/expected/checks", "`checks` is not an array with at least one metric", CHECKS);
    };
    let (mut configs, mut flaws) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let mut settings = item.as_object().cloned().unwrap_or_default();
        match settings.remove("name") {
            Some(Value::String(name)) => configs.push(MetricConfig { name, settings }),
            _ => flaws.push(Flaw::new(format!("/expected/checks/{index}"), "a check has no `name`", CHECKS)),
        }
    }
    if flaws.is_empty() { Ok(Expected::Checks(configs)) } else { Err(flaws) }
}
