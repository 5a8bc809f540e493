//! The pages of `eval view`: the list of runs, a suite over time, and what could not be shown. They have no script.

mod chart;
mod list;
mod trend;

use crate::{ReportError, engine::engine};
use minijinja::{context, value::Serde};
use serde::Serialize;

pub use list::{Listed, list_page};
pub use trend::trend_page;

const TEMPLATES: [(&str, &str); 8] = [
    ("frame.html", include_str!("../../templates/view/frame.html")),
    ("list.html", include_str!("../../templates/view/list.html")),
    ("trend.html", include_str!("../../templates/view/trend.html")),
    ("message.html", include_str!("../../templates/view/message.html")),
    ("view.css", include_str!("../../templates/view/view.css")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("style.css", include_str!("../../templates/style.css")),
    ("paper.css", include_str!("../../templates/paper.css")),
];

fn render(template: &str, page: impl Serialize) -> Result<String, ReportError> {
    Ok(engine(&TEMPLATES)?.get_template(template)?.render(Serde(page))?)
}

/// A page that says why there is nothing else to see.
pub fn message_page(title: &str, text: &str) -> Result<String, ReportError> {
    Ok(engine(&TEMPLATES)?.get_template("message.html")?.render(context! { title, text })?)
}

/// A name as one part of an address.
pub fn address(name: &str) -> String {
    let part = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        // A part that is one or two dots would be a step in the path.
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(part).collect()
}
