//! `report.html`: one self-contained page without script, network or build step.
//!
//! What a model wrote is hostile: every value is escaped by the engine, hidden characters are made visible, and the
//! page's policy allows no script at all, so that the filters are styles.

mod axis;
mod cascade;
mod cases;
mod marks;
mod monthly;
mod page;
mod parts;
mod provenance;
mod task;

use crate::{ReportError, Run, Summary, visible::visible};
use minijinja::{
    Environment, UndefinedBehavior, Value, escape_formatter,
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
};

const TEMPLATES: [(&str, &str); 9] = [
    ("report.html", include_str!("../../templates/report.html")),
    ("task.html", include_str!("../../templates/task.html")),
    ("case.html", include_str!("../../templates/case.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("charts.html", include_str!("../../templates/charts.html")),
    ("cascade.html", include_str!("../../templates/cascade.html")),
    ("monthly.html", include_str!("../../templates/monthly.html")),
    ("charts.css", include_str!("../../templates/charts.css")),
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
    engine.add_global("cascades", Value::from(Serde(cascade::cascade_views(run, summary))));
    engine.add_global("months", Value::from(Serde(monthly::monthly_views(run))));
    Ok(engine.get_template("report.html")?.render(Serde(page::page(run, summary)?))?)
}
