//! `report.html`: one self-contained page without script, network or build step.
//!
//! What a model wrote is hostile: every value is escaped by the engine, hidden characters are made visible, and the
//! page's policy allows no script at all, so that the filters are styles.

mod answer;
mod cases;
mod confusion;
mod forest;
mod labels;
mod marks;
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

use crate::{ReportError, Run, Summary, visible::visible};
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
    ("case.html", include_str!("../../templates/case.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("style.css", include_str!("../../templates/style.css")),
];

/// The report of a run as one page.
pub fn html(run: &Run, summary: &Summary) -> Result<String, ReportError> {
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
    Ok(engine.get_template("report.html")?.render(Serde(page::page(run, summary)?))?)
}
