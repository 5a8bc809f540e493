use super::{Checked, Flaw, Rules, flaw, unknown_keys};
use crate::{json::segment, nearest::suggest, schema::Schema, tools::ToolSet};
use eval_core::{CallOrder, Expected, ExpectedCall, TaskKind, Tool};
use serde_json::{Map, Value};

const EXPECTED: &str = "write {\"calls\": [{\"name\": \"…\", \"arguments\": {…}}], \"order\": \"any\"}";
const STATE: &str = "write {\"state\": {…}}: what holds after the last call";
const ANY_OF: &str = "write {\"any_of\": [value, …]}, with \"optional\": true where the argument may be left out";

/// The functions of a tools case: its own, else the task's.
pub(super) fn effective(object: &Map<String, Value>, rules: &Rules<'_>) -> Checked<ToolSet> {
    match object.get("tools") {
        // None: shared by all cases.
        _ if rules.kind != TaskKind::Tools => Ok(rules.tools.clone()),
        Some(own) => ToolSet::read(own, "/tools"),
        None if rules.tools.tools.is_empty() => {
            flaw("", "the case has no `tools`, nor has its task", "set `tools = \"tools.json\"` on the task")
        }
        None => Ok(rules.tools.clone()),
    }
}

/// The calls, each one that its tool would accept.
pub(super) fn expected(value: &Value, tools: Option<&ToolSet>) -> Checked<Expected> {
    let Some(object) = value.as_object() else { return flaw("/expected", "`expected` is not an object", EXPECTED) };
    let mut flaws = unknown_keys(object, &["calls", "order", "state"], "/expected");
    if let Some(state) = object.get("state") {
        if object.len() > 1 {
            flaws.push(Flaw::new("/expected", "either `calls` or the final `state` decides, not both", STATE));
        }
        if !state.is_object() {
            flaws.push(Flaw::new("/expected/state", "`state` is not an object", STATE));
        }
        return if flaws.is_empty() { Ok(Expected::State(Box::new(state.clone()))) } else { Err(flaws) };
    }
    if object.get("calls").is_some_and(|calls| calls == "some") && object.len() == 1 {
        return Ok(Expected::SomeCall);
    }
    let order = match object.get("order").map(|order| order.as_str()) {
        None | Some(Some("any")) => CallOrder::Any,
        Some(Some("given")) => CallOrder::Given,
        Some(_) => {
            flaws.push(Flaw::new("/expected/order", "`order` is neither \"any\" nor \"given\"", EXPECTED));
            CallOrder::Any
        }
    };
    let Some(items) = object.get("calls").and_then(Value::as_array) else {
        flaws.push(Flaw::new("/expected/calls", "`calls` is not an array", EXPECTED));
        return Err(flaws);
    };
    let mut calls = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/expected/calls/{index}");
        match call(item, &pointer) {
            Ok(call) => {
                flaws.extend(tools.into_iter().flat_map(|tools| misfits(&call, tools, &pointer)));
                calls.push(call);
            }
            Err(found) => flaws.extend(found),
        }
    }
    if flaws.is_empty() { Ok(Expected::Calls { calls, order }) } else { Err(flaws) }
}

pub(super) fn call(item: &Value, pointer: &str) -> Checked<ExpectedCall> {
    let Some(object) = item.as_object() else { return flaw(pointer, "a call is not an object", EXPECTED) };
    let mut flaws = unknown_keys(object, &["name", "arguments"], pointer);
    let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        flaws.push(Flaw::new(pointer, "a call has no `name`", EXPECTED));
    }
    let arguments = match object.get("arguments") {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => {
            flaws.push(Flaw::new(format!("{pointer}/arguments"), "`arguments` is not an object", EXPECTED));
            Map::new()
        }
    };
    for (name, value) in &arguments {
        choices(value, &format!("{pointer}/arguments/{}", segment(name)), &mut flaws);
    }
    if flaws.is_empty() { Ok(ExpectedCall { name: name.into(), arguments }) } else { Err(flaws) }
}

/// Checks the shape of every `any_of` at any depth.
fn choices(value: &Value, pointer: &str, flaws: &mut Vec<Flaw>) {
    match value {
        Value::Object(map) => {
            if let Some(options) = map.get("any_of") {
                flaws.extend(unknown_keys(map, &["any_of", "optional"], pointer));
                if options.as_array().is_none_or(Vec::is_empty) {
                    let message = "`any_of` is not an array with at least one value";
                    flaws.push(Flaw::new(format!("{pointer}/any_of"), message, ANY_OF));
                }
                if map.get("optional").is_some_and(|optional| !optional.is_boolean()) {
                    flaws.push(Flaw::new(format!("{pointer}/optional"), "`optional` is not true or false", ANY_OF));
                }
            }
            map.iter().for_each(|(key, below)| choices(below, &format!("{pointer}/{}", segment(key)), flaws));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, below)| choices(below, &format!("{pointer}/{i}"), flaws));
        }
        _ => {}
    }
}

/// What in a call no tool of the case would accept.
pub(super) fn misfits(call: &ExpectedCall, tools: &ToolSet, pointer: &str) -> Vec<Flaw> {
    let Some((tool, validator)) = tools.get(&call.name) else {
        let message = format!("there is no tool `{}`", call.name);
        return vec![Flaw::new(format!("{pointer}/name"), message, suggest(&call.name, "tools", tools.names()))];
    };
    let required = tool.parameters()["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut flaws: Vec<_> = required
        .filter(|name| !call.arguments.contains_key(*name))
        .map(|name| {
            let message = format!("the call of `{}` lacks its required argument `{name}`", call.name);
            Flaw::new(
                format!("{pointer}/arguments"),
                message,
                "add the argument; {\"any_of\": […]} allows several values",
            )
        })
        .collect();
    flaws.extend(call.arguments.iter().filter_map(|(name, value)| {
        let pointer = format!("{pointer}/arguments/{}", segment(name));
        argument_misfit(tool, validator, name, value).map(|(message, help)| Flaw::new(pointer, message, help))
    }));
    flaws
}

/// Why a tool would accept none of the values that an argument allows.
fn argument_misfit(tool: &Tool, validator: &Schema, name: &str, value: &Value) -> Option<(String, String)> {
    let parameters = tool.parameters();
    let open = !matches!(parameters.get("additionalProperties"), None | Some(Value::Bool(false)));
    let known = parameters["properties"].as_object();
    if !open && known.is_none_or(|known| !known.contains_key(name)) {
        let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
        return Some((format!("`{}` has no argument `{name}`", tool.name()), suggest(name, "arguments", names)));
    }
    if known.is_some_and(|known| known.get(name).is_some_and(|schema| schema.get("x-literal").is_some())) {
        // The expected value is what the text stands for.
        return None;
    }
    let mut refusal = None;
    for choice in alternatives(value) {
        let instance = Value::Object(Map::from_iter([(name.to_string(), choice)]));
        let below = format!("/{}", segment(name));
        let found = validator.errors(&instance).into_iter().find(|(path, _)| path.starts_with(&below));
        refusal = Some(found?.1);
    }
    let message = format!("`{}` would not accept its argument `{name}`: {}", tool.name(), refusal.unwrap_or_default());
    Some((message, "correct the value, or the tool's parameters".into()))
}

/// The values that an argument allows, with the first choice wherever a choice stands deeper.
fn alternatives(value: &Value) -> Vec<Value> {
    match value.get("any_of").and_then(Value::as_array) {
        Some(options) => options.iter().map(first).collect(),
        None => vec![first(value)],
    }
}

fn first(value: &Value) -> Value {
    if let Some(option) = value.get("any_of").and_then(|options| options.get(0)) {
        return first(option);
    }
    match value {
        Value::Object(map) => map.iter().map(|(key, below)| (key.clone(), first(below))).collect(),
        Value::Array(items) => items.iter().map(first).collect(),
        leaf => leaf.clone(),
    }
}
