use super::literal::Literal;
use crate::{
    MetricError,
    schema::{self, Schema},
};
use eval_core::{Arguments, Case, Task, Tool, ToolCall, hash_json};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The parameter schemas of all functions that a task or one of its cases offers, compiled.
pub(super) struct Functions {
    /// By digest of the schema, since cases may bring functions of the same name with other parameters.
    by_schema: HashMap<String, Schema>,
}

impl Functions {
    pub(super) fn new(task: &Task) -> Result<Self, MetricError> {
        let mut by_schema = HashMap::new();
        let offered = task.cases.iter().flat_map(|case| case.tools.iter());
        for tool in task.tools.iter().chain(offered) {
            let digest = hash_json(tool.parameters());
            if by_schema.contains_key(&digest) {
                continue;
            }
            check_literals(tool.parameters()).map_err(|error| wrong(tool, &error))?;
            by_schema.insert(digest, compile(tool.parameters()).map_err(|error| wrong(tool, &error))?);
        }
        Ok(Self { by_schema })
    }

    /// Whether a call names a function that the case offers and its arguments fit the parameters.
    pub(super) fn accept(&self, case: &Case, call: &ToolCall) -> bool {
        let Arguments::Object(arguments) = &call.arguments else { return false };
        let Some(tool) = case.tools.iter().find(|tool| tool.name() == call.name) else { return false };
        let validator = self.by_schema.get(&hash_json(tool.parameters()));
        validator.is_some_and(|validator| validator.is_valid(&Value::Object(arguments.clone())))
    }
}

/// The parameters of the function that a call names; `null` where the case does not offer it.
pub(super) fn definition<'a>(case: &'a Case, name: &str) -> &'a Value {
    case.tools.iter().find(|tool| tool.name() == name).map_or(&Value::Null, Tool::parameters)
}

fn compile(parameters: &Value) -> Result<Schema, String> {
    if parameters.is_null() {
        // A function without parameters takes an empty object.
        return schema::compile(&json!({"type": "object", "maxProperties": 0}));
    }
    schema::compile(parameters)
}

/// Whether every parameter that is to be read as a literal says which.
fn check_literals(parameters: &Value) -> Result<(), String> {
    let each = parameters["properties"].as_object().into_iter().flatten();
    each.map(|(_, parameter)| Literal::of(parameter)).find_map(Result::err).map_or(Ok(()), Err)
}

fn wrong(tool: &Tool, error: &str) -> MetricError {
    MetricError::new(
        "tools",
        format!("the parameters of function `{}` do not compile: {error}", tool.name()),
        "parameters are a JSON Schema; `$ref` may only point into the same definition",
    )
}
