//! The Berkeley function-calling leaderboard: single-turn questions with the values that each argument may have.

mod calls;
mod files;
mod functions;

use super::chat::Turns;
use crate::{
    SuiteError,
    import::{
        Halt, ImportFormat, ImportOptions, Item, Source, TaskSpec, Why,
        rows::{self, Meter, Row, TableOptions},
    },
};
use eval_core::TaskKind;
use files::{File, answers};
use functions::{Functions, Language};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, collections::HashSet};

const PROMPT: &str = r#"{% block system %}
{% if input is not string and input.system %}
{{ input.system }}

{% endif %}
Make the function calls that the request needs, with the values that it gives, and no others. If no function fits, or a value that a function requires is missing, call none and say so in one sentence.
{% endblock %}

{% block user %}
{{ input if input is string else input.user }}
{% endblock %}
"#;

pub(super) struct Bfcl {
    files: Vec<File>,
    prefix: Option<String>,
}

impl Bfcl {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        Ok(Self { files: files::find(&options.source)?, prefix: options.task.clone() })
    }
}

impl Source for Bfcl {
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let mut state = State::default();
        for file in &self.files {
            if let Some(why) = files::unfit(&file.category) {
                sink(Item::Note(format!("`{}` is not read: {why}", file.path.display())))?;
                continue;
            }
            let answers = answers(file)?;
            let table = TableOptions { format: ImportFormat::Jsonl, at: None };
            let mut rows = rows::open(std::slice::from_ref(&file.path), &table, &Meter::default())?;
            while let Some(Row { place, columns }) = rows.next()? {
                let read = columns.and_then(|row| {
                    let category = category(&row, file);
                    match files::unfit(&category) {
                        Some(why) => Err(Why::new("a category that is not read").detail(format!("{category}: {why}"))),
                        None => Ok((state.case(&row, &category, &answers)?, category)),
                    }
                });
                let (case, category) = match read {
                    Ok(read) => read,
                    Err(why) => {
                        sink(Item::Skipped { place, why })?;
                        continue;
                    }
                };
                let task = self.prefix.as_ref().map_or(category.clone(), |prefix| format!("{prefix}-{category}"));
                if state.tasks.insert(task.clone()) {
                    sink(Item::Task(spec(&task, &category)))?;
                }
                sink(Item::Case { task, place, case })?;
            }
        }
        state.notes().into_iter().try_for_each(|note| sink(Item::Note(note)))
    }
}

fn spec(task: &str, category: &str) -> TaskSpec {
    TaskSpec {
        prompt: Some(PROMPT.into()),
        settings: vec![("arguments".into(), "\"bfcl\"".into()), ("max_output_tokens".into(), "400".into())],
        comments: match Language::of(category) {
            Language::Python => Vec::new(),
            other => {
                vec![format!("Arguments are {} source text; `x-literal` names the type it is read as.", other.name())]
            }
        },
        ..TaskSpec::new(task, TaskKind::Tools)
    }
}

/// `live_simple` of the row, of its id `live_simple_12-3-0`, or of the file `BFCL_v4_live_simple.json`.
fn category(row: &Map<String, Value>, file: &File) -> String {
    let stem =
        |id: &str| id.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').trim_end_matches('_').to_string();
    let of_row = row.get("category").and_then(Value::as_str).map(str::to_string);
    let of_id = || row.get("id").and_then(Value::as_str).map(stem).filter(|stem| !stem.is_empty());
    of_row
        .or_else(|| Some(file.category.clone()).filter(|category| !category.is_empty()))
        .or_else(of_id)
        .unwrap_or_else(|| "calls".into())
}

/// What is remembered over the rows, for the notes.
#[derive(Default)]
struct State {
    tasks: HashSet<String>,
    renamed: HashSet<String>,
    conversations: usize,
    refused: usize,
}

impl State {
    fn case(
        &mut self,
        row: &Map<String, Value>,
        category: &str,
        answers: &HashMap<String, Value>,
    ) -> Result<Map<String, Value>, Why> {
        let id = row.get("id").and_then(super::id).ok_or_else(|| Why::new("no id"))?;
        let turns = row.get("question").or(row.get("messages")).and_then(Value::as_array);
        let messages = match turns.map(Vec::as_slice) {
            Some([one]) if one.is_array() => one.clone(),
            Some([first, ..]) if first.is_object() => Value::from(turns.cloned().unwrap_or_default()),
            Some([_, _, ..]) => return Err(Why::new("several turns").detail("only questions of one turn are read")),
            _ => return Err(Why::new("no question")),
        };
        let turns = Turns::of(&messages)?;
        let functions = row.get("function").or(row.get("tools")).ok_or_else(|| Why::new("no functions"))?;
        let functions = Functions::of(functions, Language::of(category))?;
        let truth = row.get("ground_truth").filter(|truth| !truth.is_null()).or_else(|| answers.get(&id));
        let expected = match (truth, row.get("expect_no_call")) {
            (Some(truth), _) => json!({"calls": calls::expected(truth, &functions, &mut self.refused)?}),
            (None, Some(Value::Bool(true))) => json!({"calls": []}),
            (None, Some(Value::Bool(false))) => json!({"calls": "some"}),
            (None, _) if category.contains("irrelevance") => json!({"calls": []}),
            (None, _) if category.contains("relevance") => json!({"calls": "some"}),
            _ => return Err(Why::new("no answer").detail("none in `possible_answer` beside the file has its id")),
        };
        self.conversations += usize::from(turns.several);
        self.renamed.extend(functions.renamed());
        let mut case = super::chat::case(&turns);
        case.insert("id".into(), id.clone().into());
        case.insert("tools".into(), functions.tools());
        case.insert("expected".into(), expected);
        if let Some(cluster) = cluster(&id) {
            case.insert("cluster".into(), cluster.into());
        }
        Ok(case)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.renamed.is_empty() {
            let mut names: Vec<&str> = self.renamed.iter().map(String::as_str).collect();
            names.sort_unstable();
            let first = names.iter().take(3).copied();
            notes.push(format!(
                "{} what model servers refuse: a dot became `_` in {}{}",
                match names.len() {
                    1 => "one name of a function holds".to_string(),
                    several => format!("{several} names of functions hold"),
                },
                crate::nearest::list(first),
                if names.len() > 3 { " and others" } else { "" }
            ));
        }
        if self.refused > 0 {
            notes.push(format!("accepted values that the function's own schema refuses, left out: {}", self.refused));
        }
        if self.conversations > 0 {
            notes.push(format!("inputs that are conversations stand in one user turn each: {}", self.conversations));
        }
        notes
    }
}

/// Questions of the live parts that share their functions: the second number of `live_simple_12-3-0`.
fn cluster(id: &str) -> Option<String> {
    let (stem, numbers) = id.rsplit_once('_')?;
    let second = numbers.split('-').nth(1)?;
    id.starts_with("live_").then(|| format!("{stem}-{second}"))
}
