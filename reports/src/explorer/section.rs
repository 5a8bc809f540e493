//! The section of a page that shows the cases.

use super::{Explorer, packed::script_hash};
use crate::{CasesIn, ReportError, Run};
use eval_core::DataPolicy;
use serde::Serialize;

/// The script, in the parts that it is written in.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("../../templates/explorer/data.js"),
    include_str!("../../templates/explorer/marks.js"),
    include_str!("../../templates/explorer/tree.js"),
    include_str!("../../templates/explorer/case.js"),
    include_str!("../../templates/explorer/answer.js"),
    include_str!("../../templates/explorer/filters.js"),
    include_str!("../../templates/explorer/list.js"),
    include_str!("../../templates/explorer/start.js"),
);

/// What the template needs.
#[derive(Serialize)]
pub(crate) struct Section {
    /// The page's policy: no script but this one.
    pub policy: String,
    pub script: &'static str,
    pub style: &'static str,
    pub redacted: bool,
    pub local_only: bool,
    /// Data in the page; nothing where it is served.
    pub index: Option<String>,
    pub blocks: Vec<String>,
}

/// The cases of a run, as a page shows them.
pub(crate) fn section(run: &Run, cases: CasesIn) -> Result<Section, ReportError> {
    let (index, blocks, connect) = match cases {
        CasesIn::Served => (None, Vec::new(), "; connect-src 'self'"),
        CasesIn::Page => {
            let carried = Explorer::new(run)?.carried()?;
            (Some(carried.index), carried.blocks, "")
        }
    };
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src 'unsafe-inline'; img-src data:{connect}; base-uri 'none'; \
         form-action 'none'",
        script_hash(SCRIPT)
    );
    Ok(Section {
        policy,
        script: SCRIPT,
        style: include_str!("../../templates/explorer/style.css"),
        redacted: run.redact,
        local_only: run.manifest.suite.data_policy == DataPolicy::LocalOnly,
        index,
        blocks,
    })
}
