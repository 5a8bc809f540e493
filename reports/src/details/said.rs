use crate::breakdown::Fate;
use eval_core::{Arguments, Record, ToolCall};
use serde::Serialize;

/// Longer texts are cut: the records hold them whole.
const LONGEST: usize = 2000;

/// What a model did with a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// Such as `right`, `wrong`, `broken`, `call failed`.
    pub outcome: String,
    /// Its text and calls, or the error; empty where the suite's data stay private, or a baseline does not hold it.
    pub text: String,
    /// Why it is not right.
    pub note: Option<String>,
}

impl Said {
    pub(crate) fn of(record: Record, redacted: bool) -> Self {
        let outcome = Fate::of(&record).label().to_string();
        if redacted {
            return Self { outcome, text: String::new(), note: None };
        }
        Self { outcome, text: text(&record), note: record.note.map(|note| cut(&note)) }
    }
}

/// What the model gave: its text and its calls, then the error of the call or of a scorer.
pub(crate) fn text(record: &Record) -> String {
    let mut parts = Vec::new();
    parts.extend((!record.text.is_empty()).then(|| record.text.clone()));
    parts.extend(record.tool_calls.iter().map(call));
    parts.extend(record.error.as_ref().map(|error| format!("{}: {}", error.kind, error.message)));
    cut(&parts.join("\n"))
}

fn call(call: &ToolCall) -> String {
    match &call.arguments {
        Arguments::Object(map) => {
            format!("{}({})", call.name, serde_json::to_string(map).unwrap_or_default())
        }
        Arguments::Raw(raw) => format!("{}({raw}) ← not a JSON object", call.name),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
