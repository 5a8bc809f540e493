//! Passages, in the forms that tables have them.

use super::column::{self, is_blank, parsed};
use crate::import::Why;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const TEXTS: &[&str] = &[
    "text",
    "passage_text",
    "passage",
    "content",
    "contents",
    "page_content",
    "paragraph_text",
    "sentences",
    "body",
    "chunk",
];
const IDS: &[&str] = &["id", "doc_id", "document_id", "pid", "passage_id", "chunk_id"];

/// The passages of all columns, with ids of their own.
pub(super) fn passages(row: &Map<String, Value>, columns: &[String]) -> Result<Value, Why> {
    let mut passages = Vec::new();
    let mut ids = HashSet::new();
    for column in columns {
        let Some(value) = column::get(row, column) else { continue };
        for item in items(&parsed(&value)) {
            let Some((id, text)) = passage(&item)? else { continue };
            let mut id = id.unwrap_or_default();
            if id.is_empty() || ids.contains(&id) {
                id = (passages.len() + 1..).map(|n| format!("p{n}")).find(|id| !ids.contains(id)).unwrap_or_default();
            }
            ids.insert(id.clone());
            passages.push(json!({"id": id, "text": text}));
        }
    }
    if passages.is_empty() { Err(Why::new("no passage")) } else { Ok(passages.into()) }
}

/// One passage or several; a struct of lists is a list of structs.
fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_array) => {
            let count = map.values().filter_map(|list| Some(list.as_array()?.len())).max().unwrap_or_default();
            let item = |at: usize| -> Value {
                map.iter().map(|(key, list)| (key.clone(), list.get(at).cloned().unwrap_or_default())).collect()
            };
            (0..count).map(item).collect()
        }
        other => vec![other.clone()],
    }
}

fn passage(item: &Value) -> Result<Option<(Option<String>, String)>, Why> {
    if let Some(text) = words(item) {
        return Ok((!text.trim().is_empty()).then_some((None, text)));
    }
    if item.is_null() {
        return Ok(None);
    }
    let found = TEXTS.iter().find_map(|key| words(item.get(key)?)).filter(|text| !text.trim().is_empty());
    let Some(text) = found else { return Err(Why::new("a passage has no text")) };
    let id = IDS.iter().find_map(|key| column::text(item.get(key)?).map(|id| id.into_owned()));
    let title = item.get("title").and_then(Value::as_str).map(str::trim).filter(|title| !title.is_empty());
    let text = title.map_or(text.clone(), |title| format!("{title}\n{text}"));
    Ok(Some((id.filter(|id| !id.trim().is_empty()), text)))
}

/// Text, or sentences that make one.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let sentences = items.iter().filter(|item| !is_blank(item)).filter_map(Value::as_str);
            Some(sentences.map(str::trim).collect::<Vec<_>>().join(" "))
        }
        other => column::text(other).map(|text| text.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Value, Why> {
        passages(json!({"context": value}).as_object().unwrap(), &["context".into()])
    }

    #[test]
    fn texts_objects_and_structs_of_lists() {
        let plain = json!([{"id": "p1", "text": "one"}, {"id": "p2", "text": "two"}]);
        assert_eq!(read(json!(["one", "", "two"])).unwrap(), plain);
        assert_eq!(read(json!("[\"one\", \"two\"]")).unwrap(), plain);
        let titled = json!([{"id": "p1", "text": "A\none two"}, {"id": "p2", "text": "B\nthree"}]);
        let columns = json!({"title": ["A", "B"], "sentences": [["one", "two "], ["three"]]});
        assert_eq!(read(columns).unwrap(), titled);
        let ids = json!([{"doc_id": 7, "content": "x"}, {"doc_id": 7, "content": "y"}]);
        assert_eq!(read(ids).unwrap(), json!([{"id": "7", "text": "x"}, {"id": "p2", "text": "y"}]));
    }

    #[test]
    fn what_holds_no_text_is_said() {
        assert_eq!(read(json!([])).unwrap_err().reason, "no passage");
        assert_eq!(read(json!([{"title": "only"}])).unwrap_err().reason, "a passage has no text");
    }
}
