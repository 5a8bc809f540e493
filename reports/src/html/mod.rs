//! `report.html`: one self-contained page without network or build step.
//!
//! What a model wrote is hostile: every value is escaped by the engine, and hidden characters are made visible. The cases
//! are packed, in letters that are no markup; the page's policy allows one script, which makes text of them and no markup.

mod answer;
mod confusion;
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

pub(crate) use page::{Mark, mark};

use crate::{ReportError, Run, Summary, engine::engine, explorer::section};
use eval_core::DataPolicy;
use minijinja::{Value, value::Serde};

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
    let mut engine = engine(&TEMPLATES)?;
    engine.add_global("explorer", Value::from(Serde(section(run, options)?)));
    Ok(engine.get_template("report.html")?.render(Serde(page::page(run, summary, options.redact)?))?)
}
