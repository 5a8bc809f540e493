//! `report.html`: one self-contained page without network or build step.
//!
//! What a model wrote is hostile: every value is escaped by the engine, and hidden characters are made visible. The cases
//! are packed, in letters that are no markup; the page's policy allows one script, which makes text of them and no markup.

mod answer;
mod forest;
mod labels;
mod measures;
mod methods;
mod models;
mod outcomes;
mod page;
mod parts;
mod provenance;
mod slices;
mod standing;
mod task;

use crate::{ReportError, Run, Summary, explorer::section, visible::visible};
use eval_core::DataPolicy;
use minijinja::{
    Environment, UndefinedBehavior, Value, escape_formatter,
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
};

const TEMPLATES: [(&str, &str); 7] = [
    ("report.html", include_str!("../../templates/report.html")),
    ("forest.html", include_str!("../../templates/forest.html")),
    ("provenance.html", include_str!("../../templates/provenance.html")),
    ("task.html", include_str!("../../templates/task.html")),
    ("explorer.html", include_str!("../../templates/explorer/section.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("style.css", include_str!("../../templates/style.css")),
];

/// How a page is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOptions {
    /// Leave prompts, contexts, expected outcomes and outputs out; ids, scores and slices stay.
    pub redact: bool,
    /// Where the cases are.
    pub cases: CasesIn,
}

/// Where a page has its cases from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasesIn {
    /// It carries them, as many as fit.
    Page,
    /// It asks for `cases/index.json`, `cases/blocks/K.json` and `cases/search?q=`, relative to its address.
    Served,
}

impl PageOptions {
    /// A page that carries its cases, redacted where the suite's data may not leave the machine.
    pub fn of(run: &Run) -> Self {
        Self { redact: run.manifest.suite.data_policy == DataPolicy::LocalOnly, cases: CasesIn::Page }
    }

    /// The same, redacted where that is asked for.
    pub fn redacted(self, asked: bool) -> Self {
        Self { redact: self.redact || asked, ..self }
    }
}

/// The report of a run as one page.
pub fn html(run: &Run, summary: &Summary, options: &PageOptions) -> Result<String, ReportError> {
    let mut engine = Environment::new();
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => {
            escape_formatter(out, state, &Value::from(visible(text)))
        }
        _ => escape_formatter(out, state, value),
    });
    for (name, source) in TEMPLATES {
        engine.add_template(name, source)?;
    }
    engine.add_global("explorer", Value::from(Serde(section(run, options)?)));
    Ok(engine.get_template("report.html")?.render(Serde(page::page(run, summary)?))?)
}
