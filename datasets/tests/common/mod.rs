//! A suite folder for tests to change.

// Each test binary uses a part of it.
#![allow(dead_code)]

use eval_datasets::{LoadedSuite, SuiteError, load};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A suite folder that loads, for a test to break.
pub struct Folder(TempDir);

const FILES: &[(&str, &str)] = &[
    (
        "suite.toml",
        r#"name = "shop"
description = "A small shop."

[decision]
margin = 0.05

[[task]]
name = "triage"
kind = "classification"
labels = ["billing", "delivery", "returns"]
abstain = "undetermined"
bars = { accuracy = { min = 0.85 } }

[[task]]
name = "fields"
kind = "extraction"
schema = "order.schema.json"
fields = { "/total" = { compare = "number", tolerance = 0.01 } }

[[task]]
name = "answers"
kind = "rag"

[[task]]
name = "actions"
kind = "tools"
tools = "tools.json"
"#,
    ),
    (
        "triage.jinja",
        "{% block system %}\nOne of: {{ labels | join(', ') }}.\n{% endblock %}\n{% block user %}\n{{ input }}\n{% endblock %}\n",
    ),
    (
        "fields.jinja",
        "{% block system %}{{ schema | tojson }}{% endblock %}\n{% block user %}{{ input.body }}{% endblock %}\n",
    ),
    (
        "answers.jinja",
        "{% for passage in context %}\n[{{ passage.id }}] {{ passage.text }}\n{% endfor %}\n{{ input }}\n",
    ),
    ("actions.jinja", "{{ input }}\n"),
    (
        "order.schema.json",
        r#"{
  "type": "object",
  "required": ["order_number", "total"],
  "properties": {
    "order_number": {"type": ["string", "null"]},
    "total": {"type": ["number", "null"]},
    "lines": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": ["number", "null"]}}}}
  },
  "additionalProperties": false
}
"#,
    ),
    (
        "tools.json",
        r#"[
  {"type": "function", "function": {"name": "lookup_order", "parameters": {
    "type": "object", "properties": {"order_number": {"type": "string"}}, "required": ["order_number"]}}},
  {"type": "function", "function": {"name": "refund", "parameters": {
    "type": "object",
    "properties": {"order_number": {"type": "string"}, "amount": {"type": "number"}},
    "required": ["order_number", "amount"]}}}
]
"#,
    ),
    (
        "triage.jsonl",
        "{\"id\": \"t-1\", \"input\": \"where is it\", \"expected\": \"delivery\"}\n{\"id\": \"t-2\", \"input\": \"hm\", \"expected\": \"undetermined\"}\n",
    ),
    (
        "fields.jsonl",
        "{\"id\": \"f-1\", \"input\": {\"body\": \"FM-1, 5 euros\"}, \"expected\": {\"order_number\": \"FM-1\", \"total\": 5}}\n",
    ),
    (
        "answers.jsonl",
        "{\"id\": \"a-1\", \"input\": \"how long\", \"context\": [{\"id\": \"kb-1\", \"text\": \"30 days\"}], \"expected\": {\"answers\": [\"30 days\"], \"citations\": [\"kb-1\"]}}\n",
    ),
    (
        "actions.jsonl",
        "{\"id\": \"x-1\", \"input\": \"refund FM-1\", \"expected\": {\"calls\": [{\"name\": \"refund\", \"arguments\": {\"order_number\": \"FM-1\", \"amount\": {\"any_of\": [5, 5.5], \"optional\": true}}}]}}\n",
    ),
];

impl Folder {
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in FILES {
            folder.write(name, text);
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path().join(name), contents).unwrap();
        self
    }

    pub fn remove(&self, name: &str) -> &Self {
        fs::remove_file(self.path().join(name)).unwrap();
        self
    }

    /// Replaces a part of a file, which must be there.
    pub fn replace(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.path().join(name)).unwrap();
        assert!(text.contains(from), "{name} holds no {from:?}");
        self.write(name, text.replacen(from, to, 1))
    }

    pub fn load(&self) -> Result<LoadedSuite, SuiteError> {
        load(self.path().to_str().unwrap())
    }

    /// The error of loading, as a terminal shows it.
    pub fn error(&self) -> String {
        rendered(&self.load().expect_err("the suite loads")).replace(self.path().to_str().unwrap(), "SUITE")
    }
}

pub fn rendered(error: &SuiteError) -> String {
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(100);
    handler.render_report(&mut out, error).unwrap();
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A snapshot without the expression that made it.
#[allow(unused_macros)]
macro_rules! snapshot {
    ($value:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($value) })
    };
}
#[allow(unused_imports)]
pub(crate) use snapshot;
