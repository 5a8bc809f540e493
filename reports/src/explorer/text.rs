//! Texts of cases, none of them endless.

use crate::format::count;
use eval_core::{Arguments, Record, Role, ToolCall};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// Characters of one text that are shown.
const LONGEST: usize = 20_000;

/// The text, or its start and how much is left out.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.into(),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            format!("{}\n… and {} characters more, in records.jsonl", &text[..end], count(rest as u64))
        }
    }
}

/// The value, or the start of its text where that is long.
pub(super) fn bounded(value: &Value) -> Value {
    match value {
        Value::String(text) => cut(text).into(),
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() <= LONGEST { value.clone() } else { cut(&text).into() }
        }
        value => value.clone(),
    }
}

/// Texts that several cases share, each once: the instruction of a task stands before every case of it.
#[derive(Debug, Default)]
pub(super) struct Texts {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// The number of a text, cut.
    pub fn number(&mut self, text: &str) -> usize {
        let text: Arc<str> = cut(text).into();
        let next = self.texts.len();
        let number = *self.numbers.entry(text.clone()).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        number
    }

    pub fn into_texts(self) -> Vec<Arc<str>> {
        self.texts
    }
}

/// Words of which each is looked for by itself, capital or small.
pub(super) struct Words(Vec<String>);

impl Words {
    /// At most as many as there are bits in what [`Words::found`] gives.
    pub fn new(words: &str) -> Self {
        Self(words.split_whitespace().take(64).map(str::to_lowercase).collect())
    }

    /// A bit for each word.
    pub fn all(&self) -> u64 {
        (0..self.0.len()).fold(0, |bits, place| bits | 1 << place)
    }

    /// Which of them are in one of these texts.
    pub fn found<'a>(&self, texts: impl Iterator<Item = &'a str>) -> u64 {
        texts.fold(0, |found, text| {
            if found == self.all() {
                return found;
            }
            let text = text.to_lowercase();
            let here = self.0.iter().enumerate().filter(|(_, word)| text.contains(word.as_str()));
            here.fold(found, |bits, (place, _)| bits | 1 << place)
        })
    }

    /// The same, in what a record says and was asked.
    pub fn found_in(&self, record: &Record) -> u64 {
        let expected = words_of(&record.expected);
        let calls: Vec<String> = record.tool_calls.iter().map(call).collect();
        let steps = record.steps.as_deref().unwrap_or_default();
        let answers = steps.iter().flat_map(|step| step.answers.iter().chain([&step.text]));
        let error = record.error.iter().flat_map(|error| [&error.kind, &error.message]);
        let said = [Some(&record.text), record.reasoning.as_ref(), record.note.as_ref(), Some(&expected)];
        // The instruction that cases share tells none of them apart.
        let turns = record.prompt.iter().filter(|message| message.role != Role::System);
        let prompt = turns.map(|message| &message.content);
        let texts = said.into_iter().flatten().chain(prompt).chain(answers).chain(&calls).chain(error);
        self.found(texts.map(String::as_str))
    }
}

fn call(call: &ToolCall) -> String {
    match &call.arguments {
        Arguments::Object(map) => format!("{} {}", call.name, Value::Object(map.clone())),
        Arguments::Raw(raw) => format!("{} {raw}", call.name),
    }
}

fn words_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
