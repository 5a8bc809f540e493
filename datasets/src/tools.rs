//! Definitions of functions, and their parameters as schemas.

use crate::schema::{self, Flaw, Schema};
use eval_core::Tool;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The functions of a task or a case, checked.
#[derive(Debug, Clone)]
pub(crate) struct ToolSet {
    pub(crate) tools: Arc<[Tool]>,
    parameters: Arc<BTreeMap<String, Schema>>,
}

const SHAPE: &str = "a definition is written `{\"type\": \"function\", \"function\": {\"name\": \"…\", \"description\": \"…\", \"parameters\": {\"type\": \"object\", …}}}`";

impl ToolSet {
    pub(crate) fn none() -> Self {
        Self { tools: Arc::new([]), parameters: Arc::default() }
    }

    /// Checks an array of definitions; flaws are placed below `base`, a JSON pointer.
    pub(crate) fn read(value: &Value, base: &str) -> Result<Self, Vec<Flaw>> {
        let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
            let message = "the tools are not an array of definitions with at least one".into();
            return Err(vec![Flaw { message, help: SHAPE.into(), pointer: base.into() }]);
        };
        let (mut parameters, mut flaws) = (BTreeMap::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            match definition(item, &format!("{base}/{index}")) {
                Ok((name, _)) if parameters.contains_key(&name) => flaws.push(Flaw {
                    message: format!("two tools are named `{name}`"),
                    help: "give each tool a name of its own".into(),
                    pointer: format!("{base}/{index}/function/name"),
                }),
                Ok((name, validator)) => {
                    parameters.insert(name, validator);
                }
                Err(flaw) => flaws.push(flaw),
            }
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        Ok(Self { tools: items.iter().cloned().map(Tool).collect(), parameters: Arc::new(parameters) })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.parameters.keys().map(String::as_str)
    }

    /// A tool, with what its arguments must follow.
    pub(crate) fn get(&self, name: &str) -> Option<(&Tool, &Schema)> {
        Some((self.tools.iter().find(|tool| tool.name() == name)?, self.parameters.get(name)?))
    }
}

fn definition(item: &Value, pointer: &str) -> Result<(String, Schema), Flaw> {
    let flaw = |message: &str, below: &str| Flaw {
        message: message.into(),
        help: SHAPE.into(),
        pointer: format!("{pointer}{below}"),
    };
    if item["type"] != "function" || !item["function"].is_object() {
        return Err(flaw("a tool is not a function definition", ""));
    }
    let name = item["function"]["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(flaw("a tool has no name", "/function"));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) || name.len() > 64 {
        return Err(Flaw {
            message: format!("the tool's name `{name}` holds what model servers refuse"),
            help: "use up to 64 letters, digits, `_` and `-`".into(),
            pointer: format!("{pointer}/function/name"),
        });
    }
    let below = "/function/parameters";
    let parameters = &item["function"]["parameters"];
    if !parameters.is_null() && parameters["type"] != "object" {
        return Err(flaw(&format!("the parameters of `{name}` are not a schema of `\"type\": \"object\"`"), below));
    }
    let schema = if parameters.is_null() { &Value::Bool(true) } else { parameters };
    let validator = schema::compile(schema).map_err(|inner| Flaw {
        message: format!("the parameters of `{name}`: {}", inner.message),
        pointer: format!("{pointer}{below}{}", inner.pointer),
        ..inner
    })?;
    Ok((name.to_string(), validator))
}
