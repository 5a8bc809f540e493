//! What the tools of a case answer: `steps`, `state` and `budget`.

use super::{Checked, Flaw, flaw, tools, unknown_keys};
use crate::{json::segment, tools::ToolSet};
use eval_core::{Expected, Script, ScriptedAnswer, StepBudget};
use serde_json::{Map, Value};

const STEP: &str =
    "write {\"name\": \"…\", \"arguments\": {…}, \"answer\": …, \"sets\": {\"/order/status\": \"cancelled\"}}";
const BUDGET: &str = "write {\"steps\": 8, \"calls\": 16}, each a whole number of at least 1";

/// The script of a tools case; `None` where no tool answers.
pub(super) fn read(object: &Map<String, Value>, tools: Option<&ToolSet>) -> Checked<Option<Box<Script>>> {
    let Some(steps) = object.get("steps") else {
        return match ["state", "budget"].iter().find(|key| object.contains_key(**key)) {
            Some(key) => {
                flaw(&format!("/{key}"), format!("`{key}` stands without `steps`"), "add `steps`, or remove it")
            }
            None => Ok(None),
        };
    };
    let Some(items) = steps.as_array() else { return flaw("/steps", "`steps` is not an array", STEP) };
    let mut flaws = Vec::new();
    let mut answers = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match step(item, &format!("/steps/{index}"), tools) {
            Ok(answer) => answers.push(answer),
            Err(found) => flaws.extend(found),
        }
    }
    let state = match object.get("state") {
        None => Value::Object(Map::new()),
        Some(state @ Value::Object(_)) => state.clone(),
        Some(_) => {
            flaws.push(Flaw::new("/state", "`state` is not an object", "write what holds before the first call"));
            Value::Null
        }
    };
    let budget = match budget(object.get("budget")) {
        Ok(budget) => budget,
        Err(found) => {
            flaws.extend(found);
            StepBudget::default()
        }
    };
    if flaws.is_empty() { Ok(Some(Box::new(Script { steps: answers, state, budget }))) } else { Err(flaws) }
}

/// What of the expected outcome the script cannot bring about.
pub(super) fn misfits(expected: &Expected, script: Option<&Script>) -> Vec<Flaw> {
    match (expected, script) {
        (Expected::State(_), None) => {
            vec![Flaw::new("/expected/state", "a final `state` is expected, but no tool answers", "add `steps`")]
        }
        (Expected::Calls { calls, .. }, Some(script)) => {
            let unanswered = |name: &str| script.steps.iter().all(|step| step.name != name);
            let mut calls = calls.iter().enumerate().filter(|(_, call)| unanswered(&call.name));
            let message = |name: &str| format!("no step answers the expected call of `{name}`");
            let first = calls.next();
            first
                .map(|(at, call)| Flaw::new(format!("/expected/calls/{at}"), message(&call.name), "add it to `steps`"))
                .into_iter()
                .collect()
        }
        (Expected::State(wanted), Some(script)) => {
            let mut changes = Vec::new();
            differences(wanted, &script.state, String::new(), &mut changes);
            let pointers = || script.steps.iter().flat_map(|step| step.sets.keys());
            let sets = |change: &String| pointers().any(|set| is_within(set, change) || is_within(change, set));
            let first = changes.iter().find(|change| !sets(change));
            let message = |change: &String| format!("no step sets `{change}`, which is to be another than before");
            first
                .map(|change| Flaw::new("/expected/state", message(change), "name it in the `sets` of a step"))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The pointers at which two states differ: of objects their members, of anything else the whole.
fn differences(wanted: &Value, before: &Value, at: String, found: &mut Vec<String>) {
    match (wanted, before) {
        (Value::Object(a), Value::Object(b)) => {
            let null = Value::Null;
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                differences(a, b, format!("{at}/{}", segment(key)), found);
            }
        }
        _ if wanted == before => {}
        _ => found.push(at),
    }
}

/// Whether a pointer is the other, or leads to a part of it.
fn is_within(pointer: &str, other: &str) -> bool {
    pointer.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn step(item: &Value, pointer: &str, tools: Option<&ToolSet>) -> Checked<ScriptedAnswer> {
    let Some(object) = item.as_object() else { return flaw(pointer, "a step is not an object", STEP) };
    let mut flaws = unknown_keys(object, &["name", "arguments", "answer", "sets"], pointer);
    let sets = match object.get("sets") {
        None => Map::new(),
        Some(Value::Object(sets)) => sets.clone(),
        Some(_) => {
            flaws.push(Flaw::new(format!("{pointer}/sets"), "`sets` is not an object", STEP));
            Map::new()
        }
    };
    if let Some(key) = sets.keys().find(|key| !key.starts_with('/')) {
        let message = format!("`{key}` is no JSON pointer into the state: it does not begin with `/`");
        flaws.push(Flaw::new(format!("{pointer}/sets"), message, STEP));
    }
    let call = Map::from_iter(object.iter().filter(|(key, _)| *key == "name" || *key == "arguments").map(owned));
    match tools::call(&Value::Object(call), pointer) {
        Ok(call) => {
            flaws.extend(tools.into_iter().flat_map(|tools| tools::misfits(&call, tools, pointer)));
            let answer = object.get("answer").cloned().unwrap_or_default();
            if flaws.is_empty() {
                return Ok(ScriptedAnswer { name: call.name, arguments: call.arguments, answer, sets });
            }
        }
        Err(found) => flaws.extend(found),
    }
    Err(flaws)
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

fn budget(value: Option<&Value>) -> Checked<StepBudget> {
    let Some(value) = value else { return Ok(StepBudget::default()) };
    let budget = serde_json::from_value::<StepBudget>(value.clone()).ok();
    match budget.filter(|budget| budget.steps > 0 && budget.calls > 0) {
        // Ids of calls have two digits for the step and three for the call.
        Some(budget) if budget.steps <= 99 && budget.calls <= 999 => Ok(budget),
        Some(_) => flaw("/budget", "`budget` allows more than 99 steps or 999 calls", BUDGET),
        None => flaw("/budget", "`budget` is not an object of `steps` and `calls`", BUDGET),
    }
}
