//! A new expected outcome: from what a model gave, or from what a person typed.

use eval_core::{Arguments, TaskKind, ToolCall};
use serde_json::{Value, json};

/// What a model gave to a case.
#[derive(Debug, Clone, Copy)]
pub struct GivenAnswer<'a> {
    /// The answer as it was read; `null` where nothing could be read, and where it declined.
    pub answer: &'a Value,
    /// The calls it made.
    pub tool_calls: &'a [ToolCall],
    /// Whether it declined.
    pub declined: bool,
}

/// What a model gave as an expected outcome; of a rag task it is one more accepted answer. `None`: it can be none, because
/// it could not be read.
pub fn gold_given(kind: TaskKind, given: GivenAnswer<'_>, gold: &Value) -> Option<Value> {
    match (kind, given.answer) {
        (TaskKind::Classification, Value::String(label)) => Some(label.as_str().into()),
        (TaskKind::Extraction, object @ Value::Object(_)) => Some(object.clone()),
        (TaskKind::Rag, Value::String(answer)) => Some(accepting(gold, answer)),
        (TaskKind::Rag, _) if given.declined => Some(json!({"answerable": false})),
        (TaskKind::Tools, _) if given.declined => Some(json!({"calls": []})),
        (TaskKind::Tools, _) if !given.tool_calls.is_empty() => {
            let call = |call: &ToolCall| match &call.arguments {
                Arguments::Object(arguments) => Some(json!({"name": call.name, "arguments": arguments})),
                Arguments::Raw(_) => None,
            };
            Some(calls(given.tool_calls.iter().map(call).collect::<Option<Value>>()?, gold))
        }
        _ => None,
    }
}

/// What a person typed as an expected outcome: a label or an answer as it is, anything else as JSON.
///
/// # Errors
/// If it is no JSON where it must be.
pub fn gold_typed(kind: TaskKind, words: &str, gold: &Value) -> Result<Value, String> {
    let read: Result<Value, _> = serde_json::from_str(words);
    match (kind, read) {
        (TaskKind::Classification, Ok(label @ Value::String(_))) => Ok(label),
        (TaskKind::Classification, _) => Ok(words.into()),
        (TaskKind::Rag, Ok(Value::String(answer))) => Ok(accepting(gold, &answer)),
        (TaskKind::Rag, Ok(object @ Value::Object(_))) => Ok(object),
        (TaskKind::Rag, _) => Ok(accepting(gold, words)),
        (TaskKind::Tools, Ok(list @ Value::Array(_))) => Ok(calls(list, gold)),
        (TaskKind::Extraction | TaskKind::Tools, Ok(value)) => Ok(value),
        (TaskKind::Extraction, Err(error)) => Err(format!("not a JSON object such as {{\"total\": null}}: {error}")),
        (TaskKind::Tools, Err(error)) => {
            Err(format!("not JSON such as {{\"calls\": [{{\"name\": …, \"arguments\": {{…}}}}]}}: {error}"))
        }
    }
}

/// The expected outcome of a question with one more accepted answer.
fn accepting(gold: &Value, answer: &str) -> Value {
    let mut gold = if gold["answers"].is_array() { gold.clone() } else { json!({"answers": []}) };
    if let Some(answers) = gold["answers"].as_array_mut()
        && !answers.iter().any(|known| known == answer)
    {
        answers.push(answer.into());
    }
    gold
}

/// Calls, in the order in which the case wants them.
fn calls(calls: Value, gold: &Value) -> Value {
    match gold.get("order") {
        Some(order) => json!({"calls": calls, "order": order}),
        None => json!({"calls": calls}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_becomes_the_gold_of_its_kind() {
        let of = |kind, answer: Value, declined, gold: Value| {
            gold_given(kind, GivenAnswer { answer: &answer, tool_calls: &[], declined }, &gold)
        };
        let answers = json!({"answers": ["30 days"], "citations": ["kb-1"]});
        let more = json!({"answers": ["30 days", "a month"], "citations": ["kb-1"]});
        assert_eq!(of(TaskKind::Rag, json!("a month"), false, answers.clone()), Some(more));
        assert_eq!(of(TaskKind::Rag, json!("30 days"), false, answers.clone()), Some(answers.clone()));
        let unanswerable = json!({"answerable": false});
        assert_eq!(of(TaskKind::Rag, json!("x"), false, unanswerable.clone()), Some(json!({"answers": ["x"]})));
        assert_eq!(of(TaskKind::Rag, Value::Null, true, answers.clone()), Some(unanswerable));
        // What could not be read is no answer.
        assert_eq!(of(TaskKind::Rag, Value::Null, false, answers), None);
        assert_eq!(of(TaskKind::Classification, Value::Null, false, json!("billing")), None);
        let call = ToolCall { name: "refund".into(), arguments: Arguments::Object(Default::default()) };
        let given = GivenAnswer { answer: &Value::Null, tool_calls: &[call], declined: false };
        let ordered = json!({"calls": [{"name": "refund", "arguments": {}}], "order": "given"});
        assert_eq!(gold_given(TaskKind::Tools, given, &json!({"calls": [], "order": "given"})), Some(ordered));
    }

    #[test]
    fn what_is_typed_is_read_as_its_kind_has_it() {
        assert_eq!(gold_typed(TaskKind::Classification, "billing", &Value::Null), Ok(json!("billing")));
        assert_eq!(gold_typed(TaskKind::Classification, "\"404\"", &Value::Null), Ok(json!("404")));
        assert_eq!(gold_typed(TaskKind::Classification, "404", &Value::Null), Ok(json!("404")));
        assert_eq!(gold_typed(TaskKind::Rag, "30 days", &Value::Null), Ok(json!({"answers": ["30 days"]})));
        assert_eq!(gold_typed(TaskKind::Tools, "[]", &Value::Null), Ok(json!({"calls": []})));
        assert!(gold_typed(TaskKind::Extraction, "nothing", &Value::Null).is_err());
    }
}
