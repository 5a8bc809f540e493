//! The cases of one task, checked as the loader does and written one by one.

use super::{
    folder::{Folder, unwritten},
    labels::Labels,
    prompts::{self, Inputs},
    settings::{self, Learnt},
    shape::Shape,
};
use crate::{
    SuiteError,
    cases::{self, Rules},
    import::{Place, TaskSpec, Why},
    lines::{LONGEST, Lines, Read},
    schema::{self, Schema},
    settings as loader,
    tools::ToolSet,
};
use eval_core::{FieldRules, TaskKind};
use serde_json::{Map, Value};
use std::{
    collections::HashSet,
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{BufReader, BufWriter, Write},
    sync::Arc,
};

pub(super) struct TaskWriter {
    pub(super) spec: TaskSpec,
    name: Arc<str>,
    file: BufWriter<File>,
    labels: Labels,
    shape: Shape,
    inputs: Inputs,
    schema: Option<Schema>,
    fields: FieldRules,
    tools: ToolSet,
    hasher: RandomState,
    /// Of each id a hash: with a million the chance that two are the same is one in thirty million.
    ids: HashSet<u64>,
    pub(super) cases: u64,
    pub(super) declining: u64,
    longest: usize,
}

impl TaskWriter {
    pub(super) fn new(spec: TaskSpec, folder: &Folder) -> Result<Self, SuiteError> {
        for name in [cases_file(&spec), prompt_file(&spec), schema_file(&spec), tools_file(&spec)] {
            folder.free(&name)?;
        }
        let fields = tried(&spec)?;
        let mend = "this is a mistake in the source, or in how its format is read";
        let schema = match &spec.schema {
            Some(schema) => {
                let compiled = schema::compile(schema);
                Some(compiled.map_err(|flaw| SuiteError::new(flaw.message).help(mend))?)
            }
            None => None,
        };
        let tools = match &spec.tools {
            Some(tools) => ToolSet::read(tools, "").map_err(|mut flaws| {
                let message = flaws.pop().map(|flaw| flaw.message).unwrap_or_default();
                SuiteError::new(message).help(mend)
            })?,
            None => ToolSet::none(),
        };
        let path = folder.temporary(&cases_file(&spec));
        let file = File::create(&path).map_err(|error| unwritten(&path, &error))?;
        Ok(Self {
            name: spec.name.as_str().into(),
            file: BufWriter::with_capacity(1 << 16, file),
            labels: Labels::new(spec.labels.as_deref(), spec.abstain.as_deref()),
            shape: Shape::default(),
            inputs: Inputs::default(),
            schema,
            fields,
            tools,
            hasher: RandomState::new(),
            ids: HashSet::new(),
            cases: 0,
            declining: 0,
            longest: 0,
            spec,
        })
    }

    /// Writes a case; `Err(why)` inside: it is none.
    pub(super) fn add(&mut self, place: &Place, mut case: Map<String, Value>) -> Result<Result<(), Why>, SuiteError> {
        let id = match case.remove("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => id,
            _ => format!("row-{}", if place.row == 0 { self.cases + 1 } else { place.row }),
        };
        let written = match self.label(&mut case)? {
            Ok(written) => written,
            Err(why) => return Ok(Err(why)),
        };
        let mut ordered = Map::from_iter([("id".to_string(), Value::String(id.clone()))]);
        for key in ["input", "context", "tools", "expected", "tags", "cluster"] {
            ordered.extend(case.remove_entry(key));
        }
        ordered.extend(case);
        let value = Value::Object(ordered);
        let line = value.to_string();
        if line.len() > LONGEST {
            return Ok(Err(Why::new("longer than 10 MB")));
        }
        let expected = value["expected"].clone();
        let input = value["input"].clone();
        let read = match self.check(value, &expected) {
            Ok(case) => case,
            Err(why) => return Ok(Err(why)),
        };
        if !self.ids.insert(self.hasher.hash_one(&id)) {
            return Ok(Err(Why::new("the id stands twice").detail(format!("`{id}`"))));
        }
        self.inputs.add(&input);
        self.learn(&expected, written.as_deref());
        self.declining += u64::from(read.should_decline);
        self.cases += 1;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| SuiteError::new(format!("failed to write a case: {error}")))?;
        Ok(Ok(()))
    }

    /// Gives a label the spelling that stands in the settings; returns how it was written.
    fn label(&mut self, case: &mut Map<String, Value>) -> Result<Result<Option<String>, Why>, SuiteError> {
        if self.spec.kind != TaskKind::Classification {
            return Ok(Ok(None));
        }
        let Some(Value::String(label)) = case.get_mut("expected") else {
            return Ok(Err(Why::new("no expected value")));
        };
        let Some(spelling) = self.labels.spelling(label)? else {
            return Ok(Err(Why::new("not one of the labels").detail(format!("`{label}`"))));
        };
        Ok(Ok(Some(std::mem::replace(label, spelling))))
    }

    fn check(&self, value: Value, expected: &Value) -> Result<eval_core::Case, Why> {
        let label: Vec<Arc<str>> = expected.as_str().map(Arc::from).into_iter().collect();
        let rules = Rules {
            task: self.name.clone(),
            kind: self.spec.kind,
            labels: &label,
            abstain: self.spec.abstain.as_deref(),
            schema: self.schema.as_ref(),
            fields: &self.fields,
            tools: &self.tools,
        };
        cases::parse(value, &rules).map_err(|flaws| {
            let more = if flaws.len() > 1 { format!("; and {} more", flaws.len() - 1) } else { String::new() };
            let first = flaws.into_iter().next().map(|flaw| flaw.message).unwrap_or_default();
            Why::new("not a case of its kind").detail(format!("{first}{more}"))
        })
    }

    fn learn(&mut self, expected: &Value, written: Option<&str>) {
        let longest = match (expected, &expected["answers"]) {
            (Value::String(label), _) => {
                self.labels.count(label, written.unwrap_or(label));
                label.chars().count()
            }
            (_, Value::Array(answers)) => {
                answers.iter().filter_map(Value::as_str).map(|answer| answer.chars().count()).max().unwrap_or_default()
            }
            // Checks have no length to speak of.
            _ if expected.get("checks").is_some() => 0,
            (object, _) => object.to_string().chars().count(),
        };
        self.longest = self.longest.max(longest);
        if self.spec.kind == TaskKind::Extraction && self.spec.schema.is_none() {
            self.shape.add(expected);
        }
    }

    pub(super) fn labels(&self) -> Vec<(String, u64)> {
        if self.spec.kind == TaskKind::Classification { self.labels.ordered() } else { Vec::new() }
    }

    /// What was done to the cases that a person should know of.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let name = &self.spec.name;
        if self.labels.respelled > 0 {
            notes.push(format!(
                "{name}: {} labels were written otherwise by case or blanks and have the first spelling now",
                self.labels.respelled
            ));
        }
        if self.spec.kind == TaskKind::Rag && self.longest > 200 {
            notes.push(format!(
                "{name}: the longest answer has {} characters; right is an answer that is the same after normalisation, which long ones hardly are: `eval metrics list` names others, and judges",
                self.longest
            ));
        }
        notes
    }

    /// Writes what stands beside the cases; returns the task in `suite.toml` and the files.
    pub(super) fn finish(mut self, folder: &Folder) -> Result<(String, Vec<String>), SuiteError> {
        self.file.flush().map_err(|error| SuiteError::new(format!("failed to write the cases: {error}")))?;
        let mut files = vec![cases_file(&self.spec), prompt_file(&self.spec)];
        let prompt = self.spec.prompt.take().unwrap_or_else(|| prompts::prompt(&self.spec, &self.inputs));
        folder.write(&files[1], &prompt)?;
        let mut rules = self.spec.fields.clone();
        if self.spec.kind == TaskKind::Extraction {
            let learnt = self.spec.schema.is_none();
            let schema = self.spec.schema.take().unwrap_or_else(|| self.shape.schema(self.spec.text));
            if learnt {
                let given = |pointer: &String| self.spec.fields.iter().any(|(known, _)| known == pointer);
                rules.extend(self.shape.rules(self.spec.text).into_iter().filter(|(pointer, _)| !given(pointer)));
                self.complete(folder)?;
            }
            files.push(schema_file(&self.spec));
            folder.write(&schema_file(&self.spec), &pretty(&schema))?;
        }
        if let Some(tools) = &self.spec.tools {
            files.push(tools_file(&self.spec));
            folder.write(&tools_file(&self.spec), &pretty(tools))?;
        }
        let labels: Vec<String> = self.labels().into_iter().map(|(label, _)| label).collect();
        let learnt = Learnt { labels: &labels, rules: &rules, longest: self.longest };
        Ok((settings::task(&self.spec, &learnt), files))
    }

    /// Goes over the cases again, now that all fields are known.
    fn complete(&self, folder: &Folder) -> Result<(), SuiteError> {
        let (path, to) = (folder.temporary(&cases_file(&self.spec)), folder.temporary("completed"));
        let failed = |error| unwritten(&path, &error);
        let lines = Lines::new(BufReader::with_capacity(1 << 16, File::open(&path).map_err(failed)?));
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&to).map_err(failed)?);
        for line in lines {
            let Read::Text(text) = line.map_err(failed)? else { continue };
            let Ok(mut case) = serde_json::from_str::<Value>(&text) else { continue };
            let expected = case["expected"].take();
            case["expected"] = self.shape.complete(expected, self.spec.text);
            writeln!(out, "{case}").map_err(failed)?;
        }
        out.flush().and_then(|()| std::fs::rename(&to, &path)).map_err(failed)
    }
}

fn cases_file(spec: &TaskSpec) -> String {
    format!("{}.jsonl", spec.name)
}

fn prompt_file(spec: &TaskSpec) -> String {
    format!("{}.jinja", spec.name)
}

fn schema_file(spec: &TaskSpec) -> String {
    format!("{}.schema.json", spec.name)
}

fn tools_file(spec: &TaskSpec) -> String {
    format!("{}.tools.json", spec.name)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Reads the settings as they will stand: a name or a rule that cannot be is told before anything is read.
fn tried(spec: &TaskSpec) -> Result<FieldRules, SuiteError> {
    let labels = ["one".to_string(), "other".to_string()];
    let learnt = Learnt { labels: spec.labels.as_deref().unwrap_or(&labels), rules: &spec.fields, longest: 0 };
    let text = settings::head("import", "a suite") + &settings::task(spec, &learnt);
    let read = loader::read(text).map_err(|problems| {
        let combined = crate::error::combine(&format!("the task `{}`", spec.name), problems);
        combined.unwrap_or_else(|| SuiteError::new("the task cannot be written"))
    })?;
    let rules = read.tasks.iter().flat_map(|task| &task.fields);
    Ok(FieldRules::new(&rules.map(|field| (field.pointer.clone(), field.rule.clone())).collect()))
}
