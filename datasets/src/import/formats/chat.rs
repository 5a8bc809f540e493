//! Chat messages, as other tools write their inputs.

use crate::import::Why;
use serde_json::{Map, Value, json};

/// The two turns that a prompt has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turns {
    pub(super) system: String,
    pub(super) user: String,
    /// More messages than a system and a user one: they were written below each other.
    pub(super) several: bool,
}

/// A prompt for inputs that are a text, or [`Turns`] as an object, without a word of its own.
pub(super) const PROMPT: &str = "{% block system %}
{{ \"\" if input is string else input.system }}
{% endblock %}

{% block user %}
{{ input if input is string else input.user }}
{% endblock %}
";

impl Turns {
    /// Of a text, or of a list of messages with `role` and `content`.
    pub(super) fn of(value: &Value) -> Result<Self, Why> {
        match value {
            Value::String(text) if !text.trim().is_empty() => {
                Ok(Self { user: text.trim().to_string(), ..Self::default() })
            }
            Value::Array(messages) if !messages.is_empty() => Self::of_messages(messages),
            _ => Err(Why::new("no input").detail("neither a text nor a list of messages")),
        }
    }

    fn of_messages(messages: &[Value]) -> Result<Self, Why> {
        let (mut system, mut turns): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
        for message in messages {
            let text = content(&message["content"])?;
            let role = message["role"].as_str().unwrap_or_default();
            // Examples are system messages with a name: `example_user`, `example_assistant`.
            match (role, message["name"].as_str()) {
                ("system" | "developer", None) if turns.is_empty() => system.push(text),
                ("system" | "developer", Some(name)) => turns.push((speaker(name), text)),
                ("system" | "developer", None) => turns.push(("System".into(), text)),
                ("user" | "assistant", _) => turns.push((speaker(role), text)),
                ("tool" | "function", _) => {
                    return Err(Why::new("a message of a tool").detail("an input is what people and models wrote"));
                }
                (other, _) => return Err(Why::new("a message of no known role").detail(format!("`{other}`"))),
            }
        }
        let last_is_model = turns.last().is_some_and(|(speaker, _)| speaker == "Assistant");
        if turns.is_empty() || last_is_model {
            // Inputs of one system message are questions all the same.
            return match (turns.is_empty(), system.is_empty()) {
                (true, false) => Ok(Self { user: system.join("\n\n"), ..Self::default() }),
                _ => Err(Why::new("the last message is not the user's")),
            };
        }
        let several = turns.len() > 1;
        let user = match several {
            false => turns.remove(0).1,
            true => turns.iter().map(|(who, text)| format!("{who}: {text}")).collect::<Vec<_>>().join("\n\n"),
        };
        Ok(Self { system: system.join("\n\n"), user, several })
    }

    /// As the input of a case: the text alone where there is no system message.
    pub(super) fn input(&self) -> Value {
        match self.system.is_empty() {
            true => Value::from(self.user.as_str()),
            false => json!({"system": self.system, "user": self.user}),
        }
    }
}

fn speaker(role: &str) -> String {
    match role {
        "assistant" | "example_assistant" => "Assistant".into(),
        _ => "User".into(),
    }
}

/// The text of a message, in parts or not.
fn content(value: &Value) -> Result<String, Why> {
    let part = |part: &Value| match (part.as_str(), part["text"].as_str()) {
        (Some(text), _) | (_, Some(text)) => Some(text.to_string()),
        _ => None,
    };
    let text = match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("\n")),
        _ => None,
    };
    text.map(|text| text.trim().to_string()).ok_or_else(|| Why::new("a message that is not text"))
}

/// The keys of a case that hold its input.
pub(super) fn case(turns: &Turns) -> Map<String, Value> {
    Map::from_iter([("input".to_string(), turns.input())])
}
