use super::{
    check_name,
    fields::{FieldSetting, fields},
    metrics,
    section::{At, Document, Section},
};
use eval_core::{Bar, MetricConfig, TaskKind};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use toml::de::DeTable;

/// What a `[[task]]` says.
#[derive(Debug)]
pub(crate) struct TaskSettings {
    pub(crate) name: At<String>,
    pub(crate) kind: TaskKind,
    pub(crate) cases: FileSetting,
    pub(crate) prompt: FileSetting,
    pub(crate) schema: Option<FileSetting>,
    pub(crate) tools: Option<FileSetting>,
    /// The abstain label included.
    pub(crate) labels: Vec<String>,
    pub(crate) abstain: Option<String>,
    pub(crate) prevalence: Option<f64>,
    pub(crate) strict: bool,
    pub(crate) accept_recovered: bool,
    pub(crate) formats: bool,
    pub(crate) fields: Vec<FieldSetting>,
    pub(crate) max_output_tokens: u32,
    pub(crate) stop: Vec<String>,
    pub(crate) metrics: Vec<MetricConfig>,
    pub(crate) bars: BTreeMap<String, Bar>,
}

/// A file that a task names, or that its name implies.
#[derive(Debug)]
pub(crate) struct FileSetting {
    /// The key of the task.
    pub(crate) key: &'static str,
    pub(crate) path: String,
}

const KINDS: &[(&str, TaskKind)] = &[
    ("classification", TaskKind::Classification),
    ("extraction", TaskKind::Extraction),
    ("rag", TaskKind::Rag),
    ("tools", TaskKind::Tools),
];

const COMMON: &[&str] =
    &["name", "kind", "cases", "prompt", "max_output_tokens", "stop", "metrics", "bars", "prevalence"];

/// The keys that only tasks of a kind have.
fn own_keys(kind: TaskKind) -> &'static [&'static str] {
    match kind {
        TaskKind::Classification => &["labels", "abstain", "strict"],
        TaskKind::Extraction => &["schema", "fields", "accept_recovered", "formats"],
        TaskKind::Rag => &[],
        TaskKind::Tools => &["tools"],
    }
}

/// Reads one task; `None` where it has no usable name or kind.
pub(super) fn read<'a>(document: &'a Document, table: &'a DeTable<'a>, span: Range<usize>) -> Option<TaskSettings> {
    let unnamed = Section::new(document, table, span.clone(), "a task");
    unnamed.require("name", "add `name = \"…\"` below `[[task]]`");
    let name = unnamed.string("name");
    let called = name.as_ref().map_or("a task".into(), |name| format!("the task `{}`", name.value));
    let section = Section::new(document, table, span, called);
    section.require("kind", "add `kind = \"…\"`: `classification`, `extraction`, `rag` or `tools`");
    let kind = section.word("kind", KINDS)?.value;
    let name = name?;
    check_name(document, &name, "the task's name");
    check_keys(&section, &name.value, kind);

    let file =
        |key, default: String| FileSetting { key, path: section.string(key).map_or(default, |found| found.value) };
    let given = |key| section.string(key).map(|found| FileSetting { key, path: found.value });
    let flag = |key| section.boolean(key).is_some_and(|found| found.value);
    let (labels, abstain) = if kind == TaskKind::Classification { labels(&section) } else { Default::default() };
    if kind == TaskKind::Extraction {
        section.require("schema", "name the JSON Schema of the object to extract: `schema = \"….schema.json\"`");
    }
    Some(TaskSettings {
        kind,
        cases: file("cases", format!("{}.jsonl", name.value)),
        prompt: file("prompt", format!("{}.jinja", name.value)),
        schema: given("schema").filter(|_| kind == TaskKind::Extraction),
        tools: given("tools").filter(|_| kind == TaskKind::Tools),
        labels,
        abstain,
        prevalence: section
            .number(
                "prevalence",
                "a share from 0 to 1: of the inputs in production, those where declining is right",
                |x| (0.0..=1.0).contains(&x),
            )
            .map(|found| found.value),
        strict: flag("strict"),
        accept_recovered: flag("accept_recovered"),
        formats: flag("formats"),
        fields: if kind == TaskKind::Extraction { fields(&section) } else { Vec::new() },
        max_output_tokens: section.count("max_output_tokens").map_or(default_limit(kind), |found| found.value),
        stop: section.strings("stop").unwrap_or_default().into_iter().map(|found| found.value).collect(),
        metrics: metrics::metrics(&section),
        bars: metrics::bars(&section),
        name,
    })
}

fn default_limit(kind: TaskKind) -> u32 {
    match kind {
        TaskKind::Classification => 16,
        TaskKind::Extraction => 400,
        TaskKind::Rag => 200,
        TaskKind::Tools => 300,
    }
}

/// A key of another kind is told from one that does not exist.
fn check_keys(section: &Section<'_>, name: &str, kind: TaskKind) {
    let mut known: Vec<_> = COMMON.iter().chain(own_keys(kind)).copied().collect();
    for (word, other) in KINDS.iter().filter(|(_, other)| *other != kind) {
        for key in own_keys(*other).iter().filter(|key| section.has(key)) {
            section.document.problem(
                section.key_span(key),
                format!("`{key}` does not apply to the task `{name}`, whose kind is `{kind}`"),
                format!("`{key}` belongs to tasks of the kind `{word}`: remove it, or change `kind`"),
            );
            known.push(key);
        }
    }
    section.allow(&known);
}

fn labels(section: &Section<'_>) -> (Vec<String>, Option<String>) {
    section.require("labels", "list the labels: `labels = [\"one\", \"other\"]`");
    let Some(listed) = section.strings("labels") else { return Default::default() };
    let mut seen = BTreeSet::new();
    for label in &listed {
        if !seen.insert(normalised(&label.value)) {
            section.document.problem(
                label.span.clone(),
                format!("the label `{}` stands twice", label.value),
                "labels must differ by more than case and blanks around them",
            );
        }
    }
    if listed.len() < 2 {
        section.document.problem(
            section.key_span("labels"),
            format!("a classification needs at least two labels, here: {}", listed.len()),
            "list the labels beside the abstain label, or at least two",
        );
    }
    let mut labels: Vec<_> = listed.into_iter().map(|label| label.value).collect();
    let abstain = section.string("abstain");
    if let Some(abstain) = &abstain
        && !labels.contains(&abstain.value)
    {
        if seen.contains(&normalised(&abstain.value)) {
            section.document.problem(
                abstain.span.clone(),
                format!("`abstain` is written `{}` here and otherwise in `labels`", abstain.value),
                "write it the same way in both",
            );
        }
        labels.push(abstain.value.clone());
    }
    (labels, abstain.map(|found| found.value))
}

fn normalised(label: &str) -> String {
    label.trim().to_lowercase()
}
