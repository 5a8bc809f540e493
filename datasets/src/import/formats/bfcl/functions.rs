//! Functions as the leaderboard writes them, as definitions with a JSON Schema.

use crate::import::Why;
use serde_json::{Map, Value, json};

/// The language that values are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Java,
    JavaScript,
}

impl Language {
    pub(super) fn of(category: &str) -> Self {
        match category {
            "java" | "simple_java" => Self::Java,
            "javascript" | "simple_javascript" => Self::JavaScript,
            _ => Self::Python,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Java => "Java",
            Self::JavaScript => "JavaScript",
        }
    }

    /// Before the type of a literal.
    fn word(self) -> &'static str {
        if self == Self::Java { "java" } else { "javascript" }
    }
}

/// The functions of one question.
pub(super) struct Functions {
    /// As the data have them.
    given: Vec<Value>,
    pub(super) language: Language,
}

impl Functions {
    pub(super) fn of(value: &Value, language: Language) -> Result<Self, Why> {
        let given = match value {
            Value::Array(given) if !given.is_empty() => given.clone(),
            one @ Value::Object(_) => vec![one.clone()],
            _ => return Err(Why::new("no functions")),
        };
        // What is in the form of a definition already is taken out of it.
        let given: Vec<Value> =
            given.iter().map(|function| function.get("function").unwrap_or(function).clone()).collect();
        match given.iter().all(|function| function["name"].is_string()) {
            true => Ok(Self { given, language }),
            false => Err(Why::new("a function without a name")),
        }
    }

    /// The parameters of a function as the data have them.
    pub(super) fn parameters(&self, name: &str) -> Option<&Map<String, Value>> {
        let function = self.given.iter().find(|function| function["name"] == name)?;
        function["parameters"]["properties"].as_object()
    }

    /// Names that had to change.
    pub(super) fn renamed(&self) -> impl Iterator<Item = String> + '_ {
        let names = self.given.iter().filter_map(|function| function["name"].as_str());
        names.filter(|given| name(given) != **given).map(str::to_string)
    }

    pub(super) fn tools(&self) -> Value {
        self.given.iter().map(|function| self.tool(function)).collect()
    }

    fn tool(&self, function: &Value) -> Value {
        let mut parameters = schema(&function["parameters"]);
        if let Some(Value::Object(schema)) = Some(&mut parameters) {
            schema.insert("type".into(), "object".into());
            schema.entry("properties").or_insert_with(|| json!({}));
        }
        if self.language != Language::Python
            && let Some(properties) = function["parameters"]["properties"].as_object()
        {
            let literal = |(name, of): (&String, &Value)| (name.clone(), literal(of, self.language));
            parameters["properties"] = Value::Object(properties.iter().map(literal).collect());
        }
        let mut of =
            Map::from_iter([("name".to_string(), Value::from(name(function["name"].as_str().unwrap_or_default())))]);
        if let Some(description) = function.get("description").filter(|text| text.is_string()) {
            of.insert("description".into(), description.clone());
        }
        of.insert("parameters".into(), parameters);
        json!({"type": "function", "function": of})
    }
}

/// A name that model servers take.
pub(super) fn name(given: &str) -> String {
    given.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}

/// Whether a parameter is an object whose members have lists of accepted values of their own.
pub(super) fn is_map(parameter: &Value) -> bool {
    ["dict", "HashMap", "object"].iter().any(|kind| parameter["type"] == *kind)
}

/// A parameter as JSON Schema: the words for types are Python's, the rest is kept.
pub(super) fn schema(of: &Value) -> Value {
    let Some(of) = of.as_object() else { return json!({}) };
    let mut out = Map::new();
    for (key, value) in of {
        match (key.as_str(), value) {
            ("type", Value::String(kind)) => match kind.to_lowercase().as_str() {
                "any" | "" => {}
                kind => {
                    out.insert("type".into(), type_name(kind).into());
                }
            },
            ("properties", Value::Object(properties)) => {
                let each = properties.iter().map(|(name, of)| (name.clone(), schema(of)));
                out.insert("properties".into(), Value::Object(each.collect()));
            }
            ("items", Value::Object(_)) => {
                out.insert("items".into(), schema(value));
            }
            ("required", Value::Array(_)) | ("enum", Value::Array(_)) | ("description" | "default", _) => {
                out.insert(key.clone(), value.clone());
            }
            // Other keys are notes to people: `optional`, `format`, `maximum` as text …
            _ => {}
        }
    }
    Value::Object(out)
}

fn type_name(kind: &str) -> &str {
    match kind {
        "dict" | "hashmap" => "object",
        "float" | "double" => "number",
        "tuple" | "list" | "arraylist" => "array",
        "int" | "long" => "integer",
        "str" | "char" => "string",
        "bool" => "boolean",
        other => other,
    }
}

/// A parameter of Java or JavaScript: a text that is read as source.
fn literal(of: &Value, language: Language) -> Value {
    let items = of["items"]["type"].as_str().filter(|items| !items.is_empty());
    let kind = of["type"].as_str().filter(|kind| !kind.is_empty()).unwrap_or("any");
    let kind = format!("{kind}{}", items.map(|items| format!("<{items}>")).unwrap_or_default());
    let words = format!("Written as {} source text of the type {kind}.", language.name());
    let description = match of["description"].as_str() {
        Some(text) => format!("{} {words}", text.trim_end()),
        None => words,
    };
    json!({"type": "string", "x-literal": format!("{}:{kind}", language.word()), "description": description})
}
