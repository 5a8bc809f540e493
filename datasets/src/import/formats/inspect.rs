//! Samples of `inspect_ai`: JSON, JSON lines or CSV with `input`, `target` and, of multiple choice, `choices`.

use super::{
    answers::{self, Survey, holds},
    chat::{self, Turns},
};
use crate::{
    SuiteError,
    import::{
        Halt, ImportFormat, ImportOptions, Item, Source, TaskSpec, Why,
        rows::{self, Meter, Row, Rows, TableOptions},
    },
};
use eval_core::TaskKind;
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

const CHOICES: &str = r#"{% block system %}
{{ "" if input is string else input.system }}
{% endblock %}

{% block user %}
Answer the question with the letter of the right choice, one of {{ labels | join(", ") }}, and nothing else.

{{ input if input is string else input.user }}
{% endblock %}
"#;

/// A target of more characters is not found in an answer word by word.
const LONG: usize = 100;

/// Metadata with more values than this is no slice.
const MOST: usize = 20;

pub(super) struct Inspect {
    path: PathBuf,
    table: TableOptions,
    task: String,
    survey: Surveyed,
}

/// What is known of the samples before the first is written.
#[derive(Default)]
struct Surveyed {
    answers: Survey,
    /// The most choices that a sample has; 0: there are none.
    choices: usize,
    open: bool,
    /// Keys of metadata with their values.
    metadata: HashMap<String, HashSet<String>>,
}

impl Inspect {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let format = match rows::ending(&options.source).as_deref() {
            Some("csv") => ImportFormat::Csv,
            Some("tsv") => ImportFormat::Tsv,
            Some("json") => ImportFormat::Json,
            _ => ImportFormat::Jsonl,
        };
        let table = TableOptions { format, at: options.at.clone() };
        let task = options.task.clone().unwrap_or_else(|| "samples".into());
        let mut inspect = Self { path: options.source.clone(), table, task, survey: Surveyed::default() };
        let mut rows = inspect.rows()?;
        while let Some(row) = rows.next()? {
            let Ok(row) = row.columns else { continue };
            inspect.survey.add(&row);
        }
        Ok(inspect)
    }

    fn rows(&self) -> Result<Box<dyn Rows>, SuiteError> {
        rows::open(std::slice::from_ref(&self.path), &self.table, &Meter::default())
    }
}

impl Surveyed {
    fn add(&mut self, row: &Map<String, Value>) {
        let target = answers::texts(row.get("target").unwrap_or(&Value::Null));
        match choices(row) {
            Some(choices) => self.choices = self.choices.max(choices.len()),
            None if target.is_empty() => {}
            None => {
                self.open = true;
                self.answers.add(&target);
            }
        }
        for (key, value) in metadata(row) {
            let values = self.metadata.entry(key).or_default();
            if values.len() <= MOST {
                values.insert(value);
            }
        }
    }

    /// The name of a task by what its samples are: two of them where a file mixes both.
    fn name(&self, task: &str, choices: bool) -> String {
        if self.open && choices { format!("{task}-choices") } else { task.into() }
    }
}

impl Source for Inspect {
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let labels = self.survey.answers.are_labels();
        self.tasks(labels, sink)?;
        let mut several = 0;
        let mut rows = self.rows()?;
        while let Some(Row { place, columns }) = rows.next()? {
            let read = columns.and_then(|row| {
                let choices = choices(&row);
                let case = self.case(&row, choices.as_deref(), labels)?;
                Ok((case, self.survey.name(&self.task, choices.is_some()), row))
            });
            match read {
                Ok(((case, turns), task, row)) => {
                    several += usize::from(turns.several);
                    for key in ["files", "setup"].into_iter().filter(|key| row.get(*key).is_some_and(given)) {
                        let why =
                            Why::new(format!("`{key}` of a sample: what a sandbox would hold is not seen by a model"));
                        sink(Item::LeftOut { place: place.clone(), why })?;
                    }
                    sink(Item::Case { task, place, case })?;
                }
                Err(why) => sink(Item::Skipped { place, why })?,
            }
        }
        if several > 0 {
            sink(Item::Note(format!("inputs that are conversations stand in one user turn each: {several}")))?;
        }
        Ok(())
    }
}

impl Inspect {
    fn tasks(&self, labels: bool, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let spec = |name: String, kind, prompt: &str, tokens: &str| TaskSpec {
            prompt: Some(prompt.into()),
            settings: vec![("max_output_tokens".into(), tokens.into())],
            ..TaskSpec::new(name, kind)
        };
        if self.survey.choices > 0 {
            let name = self.survey.name(&self.task, true);
            let letters = (0..self.survey.choices.max(2)).map(letter).collect();
            let spec = spec(name, TaskKind::Classification, CHOICES, "16");
            sink(Item::Task(TaskSpec { labels: Some(letters), ..spec }))?;
        }
        if !self.survey.open {
            return Ok(());
        }
        let name = self.task.clone();
        let (spec, note) = match labels {
            true => (
                spec(name, TaskKind::Classification, chat::PROMPT, "24"),
                "the targets are the labels of a classification".to_string(),
            ),
            false => (
                spec(name, TaskKind::Rag, chat::PROMPT, "1000"),
                "the samples do not say how they are scored: an answer is right that holds a target, letter case aside, as \
                 `includes()` has it"
                    .into(),
            ),
        };
        sink(Item::Task(spec))?;
        sink(Item::Note(note))
    }

    fn case(
        &self,
        row: &Map<String, Value>,
        choices: Option<&[String]>,
        labels: bool,
    ) -> Result<(Map<String, Value>, Turns), Why> {
        if row.get("sandbox").is_some_and(given) {
            return Err(Why::new("needs a sandbox").detail("its answer is what an agent did in a container"));
        }
        let input = row.get("input").map(parsed).unwrap_or_default();
        let mut turns = Turns::of(&input)?;
        let target = answers::texts(&row.get("target").map(parsed_list).unwrap_or_default());
        if target.is_empty() {
            return Err(Why::new("no target"));
        }
        let expected = match choices {
            Some(choices) => {
                let lines = choices.iter().enumerate().map(|(at, text)| format!("{}) {text}", letter(at)));
                turns.user = format!("{}\n\n{}", turns.user, lines.collect::<Vec<_>>().join("\n"));
                right_choice(&target, choices)?.into()
            }
            None if labels => Value::from(target[0].as_str()),
            None if target.iter().all(|text| text.chars().count() > LONG) => {
                return Err(Why::new(format!("a target of more than {LONG} characters"))
                    .detail("no answer holds it word by word: a model is to grade it"));
            }
            None => json!({"checks": [holds(&target, true)]}),
        };
        let mut case = chat::case(&turns);
        if let Some(id) = row.get("id").and_then(super::id) {
            case.insert("id".into(), id.into());
        }
        if choices.is_none() && !labels {
            case.insert("context".into(), json!([]));
        }
        case.insert("expected".into(), expected);
        let slice = |(key, value): &(String, String)| {
            self.survey.metadata.get(key).is_some_and(|values| (2..=MOST).contains(&values.len())) && !value.is_empty()
        };
        let tags: Vec<String> =
            metadata(row).iter().filter(|pair| slice(pair)).map(|(key, value)| format!("{key}:{value}")).collect();
        if !tags.is_empty() {
            case.insert("tags".into(), tags.into());
        }
        Ok((case, turns))
    }
}

/// The letter of the only right choice; a target may also be the choice's text.
fn right_choice(target: &[String], choices: &[String]) -> Result<String, Why> {
    let [target] = target else {
        return Err(Why::new("several choices are right").detail("a classification has one label a case"));
    };
    let is_letter = (0..choices.len()).map(letter).find(|letter| letter.eq_ignore_ascii_case(target));
    let by_text = || choices.iter().position(|choice| choice == target).map(letter);
    is_letter.or_else(by_text).ok_or_else(|| {
        Why::new("the target is none of the choices").detail(format!("`{target}` of {} choices", choices.len()))
    })
}

/// A, B, …, Z, then A2 and so on.
fn letter(at: usize) -> String {
    let letter = char::from(b'A' + (at % 26) as u8);
    if at < 26 { letter.to_string() } else { format!("{letter}{}", at / 26 + 1) }
}

/// Cells of a table hold lists as JSON, or with commas.
fn choices(row: &Map<String, Value>) -> Option<Vec<String>> {
    let list = match parsed(row.get("choices")?) {
        Value::String(text) if text.contains(',') => text.split(',').map(|part| Value::from(part.trim())).collect(),
        Value::String(text) => text.split_whitespace().map(Value::from).collect(),
        other => other,
    };
    let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_string);
    let choices: Vec<String> = list.as_array()?.iter().map(text).collect();
    (!choices.is_empty()).then_some(choices)
}

/// The value of a cell that holds a JSON list or object.
fn parsed(value: &Value) -> Value {
    let json =
        |text: &str| text.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(text).ok()).flatten();
    value.as_str().and_then(json).unwrap_or_else(|| value.clone())
}

/// The same, of a target: an object in a text is the text that is asked for.
fn parsed_list(value: &Value) -> Value {
    match parsed(value) {
        list @ Value::Array(_) => list,
        _ => value.clone(),
    }
}

fn given(value: &Value) -> bool {
    !(value.is_null() || value == "" || value.as_object().is_some_and(Map::is_empty))
}

/// Metadata that is a word or a number, by key.
fn metadata(row: &Map<String, Value>) -> Vec<(String, String)> {
    let metadata = row.get("metadata").map(parsed).unwrap_or_default();
    let short = |value: &Value| match value {
        Value::String(text) if text.chars().count() <= 40 => Some(text.trim().to_string()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let each = metadata.as_object().into_iter().flatten();
    each.filter_map(|(key, value)| Some((key.clone(), short(value)?))).collect()
}
