//! What comes in to become cases: cases, records of a run, and lines as a replay file has them.

use super::EditableSuite;
use crate::{
    SuiteError,
    cases::keys,
    json,
    place::{Line, Text},
};
use eval_core::{Case, Message, Passage, Task};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// What it is called in messages.
const NAME: &str = "standard input";

/// Keys that lines of a run or a replay file have, and cases do not.
const OF_ANSWERS: &[&str] = &["case", "case_hash", "model", "repeat", "outcome", "text", "tool_calls", "prompt"];

/// Keys that mean another thing there, or that a new case does not bring along.
const NOT_TAKEN: &[&str] = &["id", "steps", "held_out", "reviewed"];

/// Stands for an input where a prompt is rendered to see what is around it.
const PROBE: &str = "\u{e000}input\u{e001}";

impl EditableSuite {
    /// Reads JSON objects, one or several, as cases of a task: cases as a case file has them, without an id where it does
    /// not matter; or records of a run or lines of a replay, with an `input`. `expected` is given to those that hold none.
    ///
    /// # Errors
    /// If one of them is not JSON, is of another task, or has no input or no expected outcome.
    pub fn incoming(
        &self,
        task: &str,
        text: &str,
        expected: Option<&Value>,
    ) -> Result<Vec<Map<String, Value>>, SuiteError> {
        let task = self.task(task)?;
        let all = Text::new(NAME, text.to_string());
        let mut cases: Vec<Map<String, Value>> = Vec::new();
        for (start, end) in values(&all, text)? {
            // Of a whole record the beginning is enough.
            let before = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let number = 1 + text[..start].matches('\n').count();
            let line = Line { file: NAME, number, text: text[before..].lines().next().unwrap_or_default() };
            let wrong = |message: String| line.problem(start - before..end - before, message);
            let value = json::parse(&text[start..end]).map_err(|error| {
                all.problem(start + error.at..start + error.at, format!("not valid JSON: {}", error.message))
            })?;
            let Value::Object(object) = value else {
                return Err(wrong("not a JSON object".into()).help("write {\"input\": …, \"expected\": …}"));
            };
            let case = self.case_of(task, object).map_err(|(message, help)| wrong(message).help(help))?;
            cases.push(with_expected(case, expected).map_err(|(message, help)| wrong(message).help(help))?);
        }
        if cases.is_empty() {
            return Err(SuiteError::new("nothing came on standard input")
                .help("pipe a JSON object into it: {\"input\": …, \"expected\": …}"));
        }
        Ok(cases)
    }

    fn case_of(&self, task: &Task, mut object: Map<String, Value>) -> Result<Map<String, Value>, Wrong> {
        if let Some(other) = object.get("task").filter(|other| **other != *task.name) {
            let help = "name its own task with --task, or leave `task` out".into();
            return Err((format!("it is of the task {other}, not of `{}`", task.name), help));
        }
        object.shift_remove("task");
        if !OF_ANSWERS.iter().any(|key| object.contains_key(*key)) {
            return Ok(object);
        }
        let mut case = Map::new();
        // Its own name, where nobody has it.
        let id = object.get("id").or(object.get("case")).and_then(Value::as_str);
        if let Some(id) = id.filter(|id| !id.trim().is_empty() && !self.has_case(&task.name, id)) {
            case.insert("id".into(), id.into());
        }
        for key in keys(task.kind).iter().filter(|key| !NOT_TAKEN.contains(key)) {
            // A record writes what it does not know as null.
            if let Some(value) = object.shift_remove(*key).filter(|value| !value.is_null()) {
                case.insert((*key).into(), value);
            }
        }
        if !case.contains_key("input") {
            let help = "a record holds the prompt that was made of an input; add the `input` itself".into();
            let input = self.input_of(task, &object, &case).ok_or_else(|| ("it holds no `input`".to_string(), help))?;
            case.insert("input".into(), input.into());
        }
        Ok(case)
    }

    /// The input of a record, read out of its prompt; `None` unless the same prompt comes of it.
    fn input_of(&self, task: &Task, record: &Map<String, Value>, case: &Map<String, Value>) -> Option<String> {
        let asked: Vec<Message> = serde_json::from_value(record.get("prompt")?.clone()).ok()?;
        let mut probe = Case::clone(task.cases.first()?);
        if !probe.input.is_string() {
            return None;
        }
        if let Some(context) = case.get("context") {
            probe.context = serde_json::from_value::<Vec<Passage>>(context.clone()).ok()?;
        }
        let mut render = |input: &str| {
            probe.input = input.into();
            self.loaded().prompt(task, &probe, 0, None).ok().map(|prompt| prompt.messages)
        };
        let around = render(PROBE)?;
        let (turn, (before, after)) =
            around.iter().enumerate().find_map(|(turn, message)| Some((turn, message.content.split_once(PROBE)?)))?;
        let input = asked.get(turn)?.content.strip_prefix(before)?.strip_suffix(after)?.to_string();
        (render(&input)? == asked).then_some(input)
    }
}

/// A message, and what to do.
type Wrong = (String, String);

fn with_expected(mut case: Map<String, Value>, given: Option<&Value>) -> Result<Map<String, Value>, Wrong> {
    match (case.get("expected"), given) {
        (None, None) => {
            let help = "write it there, or give it with --expected JSON".into();
            Err(("it has no `expected` outcome, by which answers are told right from wrong".into(), help))
        }
        (Some(own), Some(given)) if own != given => {
            let help = "leave --expected out, or `expected` in the object".into();
            Err((format!("it expects {}, and --expected says {}", clipped(own), clipped(given)), help))
        }
        (Some(_), _) => Ok(case),
        (None, Some(given)) => {
            case.insert("expected".into(), given.clone());
            Ok(case)
        }
    }
}

/// As much of a value as a message holds.
fn clipped(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

/// Where the values of the text begin and end: they follow each other, on one line or on several.
fn values(all: &Text, text: &str) -> Result<Vec<(usize, usize)>, SuiteError> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut places, mut end) = (Vec::new(), 0);
    while let Some(value) = stream.next() {
        let start = end + (text[end..].len() - text[end..].trim_start().len());
        if let Err(error) = value {
            let at = json::parse(&text[start..]).err().map_or(start, |error| start + error.at);
            let message =
                format!("not valid JSON: {}", error.to_string().split(" at line ").next().unwrap_or_default());
            return Err(all.problem(at..at, message).help("pipe whole JSON objects into it, one after the other"));
        }
        end = stream.byte_offset();
        places.push((start, end));
    }
    Ok(places)
}
