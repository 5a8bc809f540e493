//! BANKING77: messages to a bank, sorted by intent.

use super::whole_json;
use crate::{
    SuiteError,
    import::{
        Halt, ImportFormat, ImportOptions, Item, Source, TaskSpec, Why,
        rows::{self, Meter, Row, TableOptions},
    },
};
use eval_core::TaskKind;
use serde_json::{Map, Value};
use std::path::PathBuf;

const PROMPT: &str = r#"{% block system %}
You sort the messages of a bank's customers by what they want. Answer with one of these labels and nothing else: {{ labels | join(", ") }}.
{% endblock %}

{% block user %}
{{ input }}
{% endblock %}
"#;

/// Names of the columns: of the original, and of copies of it.
const TEXTS: &[&str] = &["text", "input", "query"];
const LABELS: &[&str] = &["category", "label_text", "label", "intent", "expected"];

pub(super) struct Banking77 {
    path: PathBuf,
    format: ImportFormat,
    task: String,
    abstain: Option<String>,
    /// From `categories.json` beside the table.
    labels: Option<Vec<String>>,
}

impl Banking77 {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let path = match options.source.is_dir() {
            true => options.source.join(format!("{}.csv", options.split.as_deref().unwrap_or("test"))),
            false => options.source.clone(),
        };
        let format = match rows::ending(&path).as_deref() {
            Some("jsonl") => ImportFormat::Jsonl,
            Some("json") => ImportFormat::Json,
            Some("parquet") => ImportFormat::Parquet,
            _ => ImportFormat::Csv,
        };
        let categories = path.with_file_name("categories.json");
        let labels = match categories.is_file() {
            false => None,
            true => {
                let names = whole_json(&categories)?;
                let texts = |names: &Vec<Value>| names.iter().map(|name| name.as_str().map(str::to_string)).collect();
                let labels: Option<Option<Vec<String>>> = names.as_array().map(texts);
                Some(labels.flatten().ok_or_else(|| {
                    SuiteError::new(format!("`{}` is not a list of labels", categories.display())).help(
                        "write [\"card_arrival\", …], or move the file away: the labels are then those of the rows",
                    )
                })?)
            }
        };
        let task = options.task.clone().unwrap_or_else(|| "intents".into());
        Ok(Self { path, format, task, abstain: options.abstain.clone(), labels })
    }
}

impl Source for Banking77 {
    fn single(&self) -> bool {
        true
    }

    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        sink(Item::Task(TaskSpec {
            labels: self.labels.clone(),
            abstain: self.abstain.clone(),
            prompt: Some(PROMPT.into()),
            settings: vec![("max_output_tokens".into(), "24".into())],
            ..TaskSpec::new(&*self.task, TaskKind::Classification)
        }))?;
        let found = match &self.labels {
            Some(labels) => format!("the {} labels are those of categories.json", labels.len()),
            None => "the labels are those of the rows: there is no categories.json beside them".into(),
        };
        sink(Item::Note(found))?;
        let table = TableOptions { format: self.format, at: None };
        let mut rows = rows::open(std::slice::from_ref(&self.path), &table, &Meter::default())?;
        while let Some(Row { place, columns }) = rows.next()? {
            sink(match columns.and_then(|columns| case(&columns)) {
                Ok(case) => Item::Case { task: self.task.clone(), place, case },
                Err(why) => Item::Skipped { place, why },
            })?;
        }
        Ok(())
    }
}

fn case(columns: &Map<String, Value>) -> Result<Map<String, Value>, Why> {
    let first = |names: &[&str]| {
        let values = names.iter().filter_map(|name| columns.get(*name)?.as_str());
        values.map(str::trim).find(|text| !text.is_empty())
    };
    let mut case = Map::new();
    if let Some(id) = columns.get("id").and_then(super::id) {
        case.insert("id".into(), id.into());
    }
    case.insert("input".into(), first(TEXTS).ok_or_else(|| Why::new("no text"))?.into());
    case.insert("expected".into(), first(LABELS).ok_or_else(|| Why::new("no category"))?.into());
    Ok(case)
}
