//! `report.html`: one self-contained page without network or build step.
//!
//! What a model wrote is hostile: every value is escaped by the engine, and hidden characters are made visible. The cases
//! are packed, in letters that are no markup; the page's policy allows one script, which makes text of them and no markup.

mod alone;
mod answer;
mod axis;
mod cascade;
mod confusion;
mod forest;
mod labels;
mod measures;
mod methods;
mod models;
mod monthly;
mod outcomes;
mod page;
mod parts;
mod provenance;
mod slices;
mod standing;
mod task;
mod validity;

pub(crate) use page::{Mark, mark};

use crate::{ReportError, Run, Summary, engine::engine, explorer::section};
use minijinja::{Value, value::Serde};

const TEMPLATES: [(&str, &str); 12] = [
    ("report.html", include_str!("../../templates/report.html")),
    ("forest.html", include_str!("../../templates/forest.html")),
    ("provenance.html", include_str!("../../templates/provenance.html")),
    ("task.html", include_str!("../../templates/task.html")),
    ("explorer.html", include_str!("../../templates/explorer/section.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("charts.html", include_str!("../../templates/charts.html")),
    ("cascade.html", include_str!("../../templates/cascade.html")),
    ("monthly.html", include_str!("../../templates/monthly.html")),
    ("charts.css", include_str!("../../templates/charts.css")),
    ("style.css", include_str!("../../templates/style.css")),
    ("paper.css", include_str!("../../templates/paper.css")),
];

/// Where a page has its cases from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasesIn {
    /// It carries them, as many as fit.
    Page,
    /// It asks for `cases/index.json`, `cases/blocks/K.json` and `cases/search?q=`, relative to its address.
    Served,
}

/// The report of a run as one page.
pub fn html(run: &Run, summary: &Summary, cases: CasesIn) -> Result<String, ReportError> {
    let mut engine = engine(&TEMPLATES)?;
    engine.add_global("cascades", Value::from(Serde(cascade::cascade_views(run, summary))));
    engine.add_global("months", Value::from(Serde(monthly::monthly_views(run))));
    engine.add_global("explorer", Value::from(Serde(section(run, cases)?)));
    Ok(engine.get_template("report.html")?.render(Serde(page::page(run, summary)?))?)
}
