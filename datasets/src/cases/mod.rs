//! Case files: read line by line, every line checked.

mod classification;
mod extraction;
mod rag;
mod review;
mod script;
#[cfg(test)]
mod tests;
mod tools;

use crate::{
    SuiteError,
    error::Problems,
    json,
    lines::{Lines, Read},
    nearest::suggest,
    place::Line,
    schema::{Flaw, Schema},
    tools::ToolSet,
};
use eval_core::{Case, CaseContent, DEEPEST, Expected, FieldRules, Passage, Script, TaskKind, too_deep};
use serde_json::{Map, Value};
use std::{collections::HashMap, io::BufRead, sync::Arc};

/// What the cases of a task must fit.
pub(crate) struct Rules<'a> {
    pub(crate) task: Arc<str>,
    pub(crate) kind: TaskKind,
    pub(crate) labels: &'a [Arc<str>],
    pub(crate) abstain: Option<&'a str>,
    pub(crate) schema: Option<&'a Schema>,
    pub(crate) fields: &'a FieldRules,
    pub(crate) tools: &'a ToolSet,
}

/// The cases of a file.
pub(crate) struct Cases {
    pub(crate) cases: Vec<Arc<Case>>,
    /// The line of each, from 1.
    pub(crate) lines: Vec<u32>,
}

/// Reads a case file, called `file` in messages; on failure all problems found in it.
pub(crate) fn read(reader: impl BufRead, file: &str, rules: &Rules<'_>) -> Result<Cases, Vec<SuiteError>> {
    let (mut cases, mut lines, mut problems) = (Vec::new(), Vec::new(), Problems::default());
    let mut ids: HashMap<Arc<str>, usize> = HashMap::new();
    for (index, line) in Lines::new(reader).enumerate() {
        let number = index + 1;
        let text = match line {
            Ok(Read::Text(text)) if text.trim().is_empty() => continue,
            Ok(Read::Text(text)) => text,
            Ok(other) => {
                problems.push(unreadable(file, number, &other));
                continue;
            }
            Err(error) => {
                problems.push(crate::files::unreadable(file, &error));
                break;
            }
        };
        let line = Line { file, number, text: &text };
        match case(&line, rules) {
            Err(found) => found.into_iter().for_each(|problem| problems.push(problem)),
            Ok(case) => match ids.get(&case.id) {
                Some(first) => problems.push(
                    line.problem(json::place(&text, "/id"), format!("the id `{}` is taken by line {first}", case.id))
                        .help("give each case of a task an id of its own"),
                ),
                None => {
                    ids.insert(case.id.clone(), number);
                    cases.push(Arc::new(case));
                    lines.push(u32::try_from(number).unwrap_or(u32::MAX));
                }
            },
        }
    }
    if problems.is_empty() && cases.is_empty() {
        problems.push(
            SuiteError::new(format!("the case file `{file}` holds no case"))
                .help("write one JSON object a line: {\"id\": \"…\", \"input\": \"…\", \"expected\": …}"),
        );
    }
    if problems.is_empty() { Ok(Cases { cases, lines }) } else { Err(problems.into_errors(file)) }
}

fn case(line: &Line<'_>, rules: &Rules<'_>) -> Result<Case, Vec<SuiteError>> {
    let value = json::parse(line.text).map_err(|error| {
        let message = format!("not valid JSON: {}", error.message);
        vec![line.problem(error.at..error.at + 1, message).help("write one whole JSON object on each line")]
    })?;
    parse(value, rules).map_err(|flaws| flaws.into_iter().map(|flaw| flaw.into_problem(line)).collect())
}

fn unreadable(file: &str, number: usize, line: &Read) -> SuiteError {
    match line {
        Read::NotUtf8 { at } => {
            SuiteError::new(format!("{file}:{number}: not UTF-8 at byte {}", at + 1)).help("save the file as UTF-8")
        }
        _ => SuiteError::new(format!("{file}:{number}: the line is longer than 10 MB"))
            .help("is this a case file, with one JSON object a line?"),
    }
}

impl Flaw {
    fn new(pointer: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), pointer: pointer.into() }
    }

    fn into_problem(self, line: &Line<'_>) -> SuiteError {
        line.problem(json::place(line.text, &self.pointer), self.message).help(self.help)
    }
}

/// Reads the object of one line.
pub(crate) fn parse(value: Value, rules: &Rules<'_>) -> Checked<Case> {
    let Value::Object(mut object) = value else {
        return Err(vec![Flaw::new(
            "",
            "the line is not a JSON object",
            "write {\"id\": …, \"input\": …, \"expected\": …}",
        )]);
    };
    let mut flaws = unknown_keys(&object, keys(rules.kind), "");
    flaws.extend(deep(&object));
    let id = keep(&mut flaws, id(&object));
    let input = keep(&mut flaws, input(&mut object));
    let tags = keep(&mut flaws, tags(&object));
    let cluster = keep(&mut flaws, cluster(&object));
    let held_out = keep(&mut flaws, review::held_out(&object));
    let reviewed = keep(&mut flaws, review::reviewed(&object));
    let context = keep(&mut flaws, rag::context(&object, rules.kind));
    let tools = keep(&mut flaws, tools::effective(&object, rules));
    let expected = match object.get("expected") {
        None => Err(vec![Flaw::new("", "the case has no `expected`", "add the expected outcome")]),
        Some(value) => expected(value, rules, context.as_deref(), tools.as_ref()),
    };
    let expected = keep(&mut flaws, expected);
    let script = keep(&mut flaws, script::read(&object, tools.as_ref()));
    if let (Some(expected), Some(script)) = (&expected, &script) {
        flaws.extend(script::misfits(expected, script.as_deref()));
    }
    match (id, input, tags, cluster, held_out, reviewed, context, tools, expected, script) {
        (
            Some(id),
            Some(input),
            Some(tags),
            Some(cluster),
            Some(held_out),
            Some(reviewed),
            Some(context),
            Some(tools),
            Some(expected),
            Some(script),
        ) if flaws.is_empty() => {
            let expected_json = object.get("expected").unwrap_or(&Value::Null);
            let tools = tools.tools;
            let content = CaseContent {
                task: &rules.task,
                input: &input,
                expected: expected_json,
                context: &context,
                tools: &tools,
                script: script.as_deref(),
            };
            Ok(Case {
                hash: content.hash(),
                should_decline: should_decline(&expected, rules.abstain, script.as_deref()),
                id,
                task: rules.task.clone(),
                input,
                expected_as_written: match expected.as_written() {
                    Some(_) => None,
                    None => Some(Box::new(expected_json.clone())),
                },
                expected,
                context,
                tools,
                script,
                tags,
                cluster,
                held_out,
                reviewed,
            })
        }
        _ => Err(flaws),
    }
}

type Checked<T> = Result<T, Vec<Flaw>>;

fn keep<T>(flaws: &mut Vec<Flaw>, result: Checked<T>) -> Option<T> {
    result.map_err(|found| flaws.extend(found)).ok()
}

fn flaw<T>(pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Checked<T> {
    Err(vec![Flaw::new(pointer, message, help)])
}

/// The keys of a case of this kind, in the order in which they are written.
pub(crate) fn keys(kind: TaskKind) -> &'static [&'static str] {
    match kind {
        TaskKind::Classification | TaskKind::Extraction => {
            &["id", "input", "expected", "tags", "cluster", "held_out", "reviewed"]
        }
        TaskKind::Rag => &["id", "input", "context", "expected", "tags", "cluster", "held_out", "reviewed"],
        TaskKind::Tools => {
            &["id", "input", "tools", "steps", "state", "budget", "expected", "tags", "cluster", "held_out", "reviewed"]
        }
    }
}

fn unknown_keys(object: &Map<String, Value>, known: &[&str], pointer: &str) -> Vec<Flaw> {
    let unknown = object.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| {
            let at = format!("{pointer}/{}", json::segment(key));
            Flaw::new(at, format!("unknown key `{key}`"), suggest(key, "known keys", known.iter().copied()))
        })
        .collect()
}

/// Members that a record could not be read back with.
fn deep(object: &Map<String, Value>) -> impl Iterator<Item = Flaw> {
    object.iter().filter(|(_, value)| too_deep(value)).map(|(key, _)| {
        let message = format!("`{key}` is nested more than {DEEPEST} levels deep");
        Flaw::new(format!("/{}", json::segment(key)), message, "write it flatter, or as text")
    })
}

fn id(object: &Map<String, Value>) -> Checked<Arc<str>> {
    match object.get("id") {
        Some(Value::String(id)) if !id.trim().is_empty() => Ok(id.as_str().into()),
        Some(_) => flaw("/id", "`id` is not a string that holds something", "write the id in quotes"),
        None => flaw("", "the case has no `id`", "add an id that no other case of the task has"),
    }
}

fn input(object: &mut Map<String, Value>) -> Checked<Value> {
    match object.get_mut("input") {
        Some(input @ (Value::String(_) | Value::Object(_))) => Ok(input.take()),
        Some(_) => flaw("/input", "`input` is neither a string nor an object", "write what the prompt is to show"),
        None => flaw("", "the case has no `input`", "add what the model is asked about"),
    }
}

fn tags(object: &Map<String, Value>) -> Checked<Vec<String>> {
    match object.get("tags") {
        None => Ok(Vec::new()),
        Some(value) => match strings(value) {
            Some(tags) => Ok(tags),
            None => flaw("/tags", "`tags` is not an array of strings", "write \"tags\": [\"one\", \"other\"]"),
        },
    }
}

fn cluster(object: &Map<String, Value>) -> Checked<Option<String>> {
    match object.get("cluster") {
        None => Ok(None),
        Some(Value::String(name)) if !name.is_empty() => Ok(Some(name.clone())),
        Some(_) => {
            flaw("/cluster", "`cluster` is not a string", "write a name that dependent cases share, or leave it out")
        }
    }
}

/// The strings of an array of nothing but strings that hold something.
fn strings(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?.iter();
    items.map(|item| item.as_str().filter(|text| !text.trim().is_empty()).map(str::to_string)).collect()
}

fn expected(
    value: &Value,
    rules: &Rules<'_>,
    context: Option<&[Passage]>,
    tools: Option<&ToolSet>,
) -> Checked<Expected> {
    match rules.kind {
        TaskKind::Classification => classification::expected(value, rules.labels),
        TaskKind::Extraction => extraction::expected(value, rules.schema, rules.fields),
        TaskKind::Rag => rag::expected(value, context),
        TaskKind::Tools => tools::expected(value, tools),
    }
}

/// Whether declining is the right outcome, as the kind defines it.
fn should_decline(expected: &Expected, abstain: Option<&str>, script: Option<&Script>) -> bool {
    match expected {
        Expected::Label(label) => abstain == Some(&**label),
        Expected::Object(object) => extraction::is_void(object),
        Expected::Answers { .. } | Expected::Checks(_) => false,
        Expected::Unanswerable => true,
        Expected::Calls { calls, .. } => calls.is_empty(),
        Expected::SomeCall => false,
        Expected::State(state) => script.is_some_and(|script| script.state == **state),
    }
}
