//! CLINC150: what people say to an assistant, sorted by intent, with what is out of its scope.

use super::whole_json;
use crate::{
    SuiteError,
    import::{Halt, ImportOptions, Item, Place, Source, TaskSpec, Why},
    nearest::list,
};
use eval_core::TaskKind;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

const OUT_OF_SCOPE: &str = "oos";

const PROMPT: &str = r#"{% block system %}
You sort what people say to a voice assistant by what they want. Answer with one of these labels and nothing else: {{ labels | join(", ") }}.
{% if abstain %}
Answer {{ abstain }} if it is about something that none of the others covers.
{% endif %}
{% endblock %}

{% block user %}
{{ input }}
{% endblock %}
"#;

pub(super) struct Clinc {
    file: String,
    task: String,
    abstain: Option<String>,
    labels: Vec<String>,
    /// The domain of an intent, from `domains.json`.
    domains: HashMap<String, String>,
    /// Names of parts with their rows.
    parts: Vec<(String, Vec<Value>)>,
}

impl Clinc {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let source = match options.source.is_dir() {
            true => options.source.join("data_full.json"),
            false => options.source.clone(),
        };
        let file = source.display().to_string();
        let Value::Object(root) = whole_json(&source)? else { return Err(unlike(&file)) };
        let parts: Vec<(String, Vec<Value>)> =
            root.into_iter().filter_map(|(name, rows)| Some((name, rows.as_array()?.clone()))).collect();
        if parts.is_empty() || !parts.iter().flat_map(|(_, rows)| rows).all(Value::is_array) {
            return Err(unlike(&file));
        }
        let labels = distinct(parts.iter().flat_map(|(_, rows)| rows));
        let split = options.split.as_deref().unwrap_or("test");
        // The questions out of scope stand in a part of their own.
        let wanted = [split.to_string(), format!("{OUT_OF_SCOPE}_{split}")];
        let (parts, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(name, _)| wanted.contains(name));
        if parts.is_empty() {
            return Err(SuiteError::new(format!("`{file}` holds no part `{split}`"))
                .help(format!("say which with `--split`: {}", list(others.iter().map(|(name, _)| name.as_str())))));
        }
        let out = labels.iter().any(|label| label == OUT_OF_SCOPE).then(|| OUT_OF_SCOPE.to_string());
        let domains = source.with_file_name("domains.json");
        Ok(Self {
            file,
            task: options.task.clone().unwrap_or_else(|| "intents".into()),
            abstain: options.abstain.clone().or(out),
            labels,
            domains: if domains.is_file() { by_intent(&whole_json(&domains)?) } else { HashMap::new() },
            parts,
        })
    }
}

impl Source for Clinc {
    fn single(&self) -> bool {
        true
    }

    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let labels = self.labels.iter().filter(|label| Some(*label) != self.abstain.as_ref()).cloned();
        sink(Item::Task(TaskSpec {
            labels: Some(labels.collect()),
            abstain: self.abstain.clone(),
            prompt: Some(PROMPT.into()),
            settings: vec![("max_output_tokens".into(), "24".into())],
            ..TaskSpec::new(&*self.task, TaskKind::Classification)
        }))?;
        let names = list(self.parts.iter().map(|(name, _)| name.as_str()));
        sink(Item::Note(format!("read the parts {names}; `--split` chooses others")))?;
        let mut row = 0;
        for (part, rows) in &self.parts {
            for (at, value) in rows.iter().enumerate() {
                row += 1;
                let place = Place { file: self.file.clone(), row, line: None, at: Some(format!("{part}[{at}]")) };
                sink(match self.case(value) {
                    Some(mut case) => {
                        case.insert("id".into(), format!("{part}-{at}").into());
                        Item::Case { task: self.task.clone(), place, case }
                    }
                    None => Item::Skipped { place, why: Why::new("not a pair of a text and a label") },
                })?;
            }
        }
        Ok(())
    }
}

impl Clinc {
    fn case(&self, row: &Value) -> Option<Map<String, Value>> {
        let [Value::String(text), Value::String(label)] = row.as_array()?.as_slice() else { return None };
        if text.trim().is_empty() {
            return None;
        }
        let mut case = Map::new();
        case.insert("input".into(), text.trim().into());
        case.insert("expected".into(), label.as_str().into());
        if let Some(domain) = self.domains.get(label) {
            case.insert("tags".into(), vec![domain.as_str()].into());
        }
        Some(case)
    }
}

fn unlike(file: &str) -> SuiteError {
    SuiteError::new(format!("`{file}` is not in CLINC150's form"))
        .help("it is {\"test\": [[\"text\", \"label\"], …], \"oos_test\": […], …}, such as data_full.json")
}

fn distinct<'a>(rows: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut seen = HashSet::new();
    let labels = rows.filter_map(|row| row.get(1)?.as_str());
    labels.filter(|label| seen.insert(label.to_string())).map(str::to_string).collect()
}

fn by_intent(domains: &Value) -> HashMap<String, String> {
    let each = domains.as_object().into_iter().flatten();
    let intents = each.flat_map(|(domain, intents)| {
        let intents = intents.as_array().into_iter().flatten().filter_map(Value::as_str);
        intents.map(|intent| (intent.to_string(), domain.clone()))
    });
    intents.collect()
}
