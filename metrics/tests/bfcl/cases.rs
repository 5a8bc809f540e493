//! Cases of the leaderboard as cases of a tools task.

use eval_core::{ArgumentRule, CallOrder, Case, Digest, Expected, ExpectedCall, Task, TaskKind, Tool};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A line of the data.
pub struct Row(pub Value);

/// The language that values are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    Java,
    JavaScript,
}

impl Row {
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    pub fn language(&self) -> Language {
        match self.0["category"].as_str().unwrap() {
            "simple_java" => Language::Java,
            "simple_javascript" => Language::JavaScript,
            _ => Language::Python,
        }
    }

    /// The functions as the data have them.
    pub fn functions(&self) -> &[Value] {
        self.0["tools"].as_array().unwrap()
    }

    pub fn function(&self, name: &str) -> &Value {
        self.functions().iter().find(|function| function["name"] == name).unwrap()
    }

    /// The expected calls: a name, and for each argument the accepted values.
    pub fn expected(&self) -> Vec<(&str, &Map<String, Value>)> {
        let calls = self.0["ground_truth"].as_array().into_iter().flatten();
        calls.flat_map(|call| call.as_object().unwrap()).map(|(name, of)| (&**name, of.as_object().unwrap())).collect()
    }

    /// As one case of a task of its own.
    pub fn task(&self, rule: ArgumentRule) -> (Task, Case) {
        let language = self.language();
        let tool = |function: &Value| {
            let mut parameters = schema(&function["parameters"], Language::Python);
            let each = function["parameters"]["properties"].as_object().unwrap().iter();
            parameters["properties"] = each.map(|(name, of)| (name.clone(), schema(of, language))).collect();
            Tool(json!({"type": "function", "function": {"name": function["name"], "parameters": parameters}}))
        };
        let expected = match (&self.0["ground_truth"], &self.0["expect_no_call"]) {
            (Value::Array(_), _) => {
                let calls = self.expected().into_iter().map(|(name, of)| self.expected_call(name, of)).collect();
                Expected::Calls { calls, order: CallOrder::Any }
            }
            (_, Value::Bool(true)) => Expected::Calls { calls: Vec::new(), order: CallOrder::Any },
            _ => Expected::SomeCall,
        };
        let case = Case {
            id: self.id().into(),
            task: "bfcl".into(),
            input: self.0["messages"].clone(),
            should_decline: matches!(&expected, Expected::Calls { calls, .. } if calls.is_empty()),
            expected,
            expected_as_written: None,
            context: Vec::new(),
            tools: self.functions().iter().map(tool).collect(),
            script: None,
            tags: Vec::new(),
            cluster: None,
            held_out: false,
            reviewed: None,
            hash: Digest::of(&Value::Null),
        };
        let task = Task {
            name: "bfcl".into(),
            kind: TaskKind::Tools,
            labels: Vec::new(),
            abstain: None,
            schema: None,
            prevalence: None,
            accept_recovered: false,
            strict: false,
            formats: false,
            fields: Default::default(),
            tools: case.tools.clone(),
            arguments: rule,
            max_output_tokens: 16,
            stop: Vec::new(),
            metrics: Vec::new(),
            home: None,
            bars: Default::default(),
            cases: vec![Arc::new(case.clone())],
        };
        (task, case)
    }

    fn expected_call(&self, name: &str, of: &Map<String, Value>) -> ExpectedCall {
        let parameters = &self.function(name)["parameters"]["properties"];
        let arguments = of.iter().map(|(key, accepted)| (key.clone(), choice(accepted, &parameters[key])));
        ExpectedCall { name: name.into(), arguments: arguments.collect() }
    }
}

/// The values that an argument may have; members of objects have such lists of their own.
fn choice(accepted: &Value, parameter: &Value) -> Value {
    let is_map = |schema: &Value| ["dict", "HashMap"].iter().any(|kind| schema["type"] == *kind);
    let value = |value: &Value| match value {
        Value::Object(_) if is_map(parameter) => members(value),
        Value::Array(items) if is_map(&parameter["items"]) => items.iter().map(members).collect(),
        other => other.clone(),
    };
    any_of(accepted.as_array().unwrap().iter().map(value).collect())
}

/// Empty text marks what may be left out.
fn any_of(mut values: Vec<Value>) -> Value {
    let optional = values.iter().any(|value| value == "");
    if values.iter().any(|value| value != "") {
        values.retain(|value| value != "");
    }
    json!({"any_of": values, "optional": optional})
}

fn members(object: &Value) -> Value {
    let Some(object) = object.as_object() else { return object.clone() };
    let member = |accepted: &Value| match accepted.as_array() {
        Some(values) => any_of(values.clone()),
        None => accepted.clone(),
    };
    object.iter().map(|(key, accepted)| (key.clone(), member(accepted))).collect()
}

/// A JSON Schema for a parameter; values of Java and JavaScript are texts that are read.
fn schema(of: &Value, language: Language) -> Value {
    let kind = of["type"].as_str().unwrap_or_default();
    if language != Language::Python {
        let language = if language == Language::Java { "java" } else { "javascript" };
        let items = of["items"]["type"].as_str().filter(|items| !items.is_empty());
        let items = items.map(|items| format!("<{items}>")).unwrap_or_default();
        return json!({"type": "string", "x-literal": format!("{language}:{kind}{items}")});
    }
    let kind = match kind {
        "dict" => "object",
        "float" => "number",
        "tuple" => "array",
        "any" => "",
        other => other,
    };
    let mut out = Map::new();
    if !kind.is_empty() {
        out.insert("type".into(), kind.into());
    }
    for key in ["required", "default"] {
        if let Some(value) = of.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    if let Some(items) = of.get("items").filter(|items| items.is_object()) {
        out.insert("items".into(), schema(items, language));
    }
    if let Some(properties) = of.get("properties").and_then(Value::as_object) {
        let properties = properties.iter().map(|(name, of)| (name.clone(), schema(of, language)));
        out.insert("properties".into(), Value::Object(properties.collect()));
    }
    Value::Object(out)
}
