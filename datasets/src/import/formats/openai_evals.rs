//! Samples of the repository `openai/evals`, and the registry files that say how they are scored.

use super::{
    answers::{self, Survey, begins, holds},
    chat::{self, Turns},
    yaml::Document,
};
use crate::{
    SuiteError,
    import::{
        Halt, ImportFormat, ImportOptions, Item, Source, TaskSpec, Why,
        rows::{self, Meter, Row, Rows, TableOptions},
    },
    nearest::list,
};
use eval_core::TaskKind;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// How an answer is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// It begins with an ideal.
    Match,
    Includes {
        ignore_case: bool,
    },
    Fuzzy,
    Json,
}

/// One evaluation: its samples, and how they are scored.
struct Eval {
    task: String,
    samples: PathBuf,
    rule: Rule,
}

pub(super) struct OpenaiEvals {
    evals: Vec<Eval>,
    /// What could not be read, and what was assumed.
    notes: Vec<String>,
}

impl OpenaiEvals {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let ending = rows::ending(&options.source).unwrap_or_default();
        if ending == "yaml" || ending == "yml" {
            return registry(&options.source, options.task.as_deref());
        }
        let task = options.task.clone().unwrap_or_else(|| "samples".into());
        let note = "the samples do not say how they are scored: `Match` is assumed; the registry's file (.yaml) as the source \
                    says it";
        let eval = Eval { task, samples: options.source.clone(), rule: Rule::Match };
        Ok(Self { evals: vec![eval], notes: vec![note.into()] })
    }
}

/// The evaluations of a registry file.
fn registry(path: &Path, prefix: Option<&str>) -> Result<OpenaiEvals, SuiteError> {
    let document = Document::read(path)?;
    let (mut evals, mut notes): (Vec<Eval>, Vec<String>) = (Vec::new(), Vec::new());
    for (name, entry) in document.value.as_object().into_iter().flatten() {
        let Some(class) = entry["class"].as_str() else { continue };
        let line = document.line(&format!("/{}", crate::json::segment(name))).unwrap_or(1);
        let left = |why: String| format!("{}:{line}: `{name}` is not read: {why}", path.display());
        let rule = match rule(class, &entry["args"]) {
            Ok(rule) => rule,
            Err(why) => {
                notes.push(left(why));
                continue;
            }
        };
        let Some(samples) = entry["args"]["samples_jsonl"].as_str() else {
            notes.push(left("it has no `samples_jsonl`".into()));
            continue;
        };
        let Some(found) = samples_file(path, samples) else {
            notes.push(left(format!("its samples `{samples}` are neither beside it nor in `../data`")));
            continue;
        };
        if !entry["args"]["num_few_shot"].is_null() {
            notes.push(format!(
                "{}:{line}: the examples of `num_few_shot` are not put before the inputs",
                path.display()
            ));
        }
        let short = name.split('.').next().unwrap_or(name);
        let short = prefix.map_or(short.to_string(), |prefix| format!("{prefix}-{short}"));
        let taken = evals.iter().any(|eval| eval.task == short);
        evals.push(Eval { task: if taken { name.clone() } else { short }, samples: found, rule });
    }
    if let [eval] = evals.as_mut_slice()
        && let Some(name) = prefix
    {
        eval.task = name.into();
    }
    if evals.is_empty() {
        let why = if notes.is_empty() { "it names no `class`".to_string() } else { notes.join("; ") };
        return Err(SuiteError::new(format!("`{}` holds no evaluation that can be read: {why}", path.display()))
            .help("Match, Includes, FuzzyMatch and JsonMatch are read; or name a file of samples (.jsonl)"));
    }
    Ok(OpenaiEvals { evals, notes })
}

fn rule(class: &str, args: &Value) -> Result<Rule, String> {
    let name = class.rsplit([':', '.']).next().unwrap_or(class);
    match name {
        "Match" => Ok(Rule::Match),
        "Includes" => Ok(Rule::Includes { ignore_case: args["ignore_case"] == true }),
        "FuzzyMatch" => Ok(Rule::Fuzzy),
        "JsonMatch" => Ok(Rule::Json),
        _ if class.contains("modelgraded") => {
            Err(format!("a model grades its answers (`{name}`): a judge can take its place"))
        }
        _ => Err(format!("its answers are scored by a program (`{class}`)")),
    }
}

/// Samples are named from the registry's folder `data`.
fn samples_file(registry: &Path, samples: &str) -> Option<PathBuf> {
    let folder = registry.parent().unwrap_or(Path::new(""));
    let places = [folder.join(samples), folder.join("data").join(samples), folder.join("../data").join(samples)];
    places.into_iter().find(|path| path.is_file())
}

impl Source for OpenaiEvals {
    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        self.notes.drain(..).try_for_each(|note| sink(Item::Note(note)))?;
        self.evals.iter().try_for_each(|eval| eval.each(sink))
    }
}

impl Eval {
    fn rows(&self) -> Result<Box<dyn Rows>, SuiteError> {
        let table = TableOptions { format: ImportFormat::Jsonl, at: None };
        rows::open(std::slice::from_ref(&self.samples), &table, &Meter::default())
    }

    fn each(&self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let mut survey = Survey::default();
        let mut rows = self.rows()?;
        while let Some(row) = rows.next()? {
            if let Ok(ideal) = row.columns.and_then(|row| ideal(&row)) {
                survey.add(&ideal);
            }
        }
        let labels = self.rule == Rule::Match && survey.are_labels();
        let kind = if labels { TaskKind::Classification } else { TaskKind::Rag };
        let tokens = if labels { "24" } else { "1000" };
        let settings = vec![("max_output_tokens".to_string(), tokens.to_string())];
        sink(Item::Task(TaskSpec { prompt: Some(chat::PROMPT.into()), settings, ..TaskSpec::new(&*self.task, kind) }))?;
        sink(Item::Note(format!("{}: {}", self.task, self.told(labels))))?;
        let mut several = 0;
        let mut rows = self.rows()?;
        while let Some(Row { place, columns }) = rows.next()? {
            let read = columns.and_then(|row| self.case(&row, labels));
            sink(match read {
                Ok((case, turns)) => {
                    several += usize::from(turns.several);
                    Item::Case { task: self.task.clone(), place, case }
                }
                Err(why) => Item::Skipped { place, why },
            })?;
        }
        if several > 0 {
            sink(Item::Note(format!(
                "{}: inputs that are conversations stand in one user turn each: {several}",
                self.task
            )))?;
        }
        Ok(())
    }

    fn told(&self, labels: bool) -> &'static str {
        match self.rule {
            Rule::Match if labels => "the ideals are the labels of a classification",
            Rule::Match => "an answer is right that begins with an ideal",
            Rule::Includes { .. } => "an answer is right that holds an ideal",
            Rule::Fuzzy => {
                "an answer is right that holds an ideal, letter case aside; `FuzzyMatch` also takes one that is a part of an ideal"
            }
            Rule::Json => "an answer is right that is JSON and equals an ideal",
        }
    }

    fn case(&self, row: &Map<String, Value>, labels: bool) -> Result<(Map<String, Value>, Turns), Why> {
        let turns = Turns::of(row.get("input").unwrap_or(&Value::Null))?;
        let ideal = ideal(row)?;
        let expected = match self.rule {
            _ if labels => Value::from(ideal[0].as_str()),
            Rule::Match => json!({"checks": [begins(&ideal)]}),
            Rule::Includes { ignore_case } => json!({"checks": [holds(&ideal, ignore_case)]}),
            Rule::Fuzzy => json!({"checks": [holds(&ideal, true)]}),
            Rule::Json => {
                let values: Result<Vec<Value>, _> = ideal.iter().map(|text| serde_json::from_str(text)).collect();
                let values = values.map_err(|_| Why::new("an ideal that is not JSON"))?;
                json!({"checks": [{"name": "json_path", "path": "$", "any_of": values}]})
            }
        };
        let mut case = chat::case(&turns);
        if let Some(id) = row.get("id").and_then(super::id) {
            case.insert("id".into(), id.into());
        }
        if !labels {
            case.insert("context".into(), json!([]));
        }
        case.insert("expected".into(), expected);
        Ok((case, turns))
    }
}

/// The answers of a sample, at least one.
fn ideal(row: &Map<String, Value>) -> Result<Vec<String>, Why> {
    let ideal = answers::texts(row.get("ideal").unwrap_or(&Value::Null));
    match ideal.is_empty() {
        false => Ok(ideal),
        true => Err(Why::new("no `ideal`").detail(format!("keys: {}", list(row.keys().map(String::as_str))))),
    }
}
