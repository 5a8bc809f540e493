use super::{Checked, flaw};
use crate::nearest::suggest;
use eval_core::Expected;
use serde_json::Value;
use std::sync::Arc;

/// One of the labels, as it is written in the settings.
pub(super) fn expected(value: &Value, labels: &[Arc<str>]) -> Checked<Expected> {
    let names = || labels.iter().map(|label| &**label);
    match value.as_str() {
        Some(label) => {
            if let Some(known) = labels.iter().find(|known| &***known == label) {
                return Ok(Expected::Label(known.clone()));
            }
            let message = format!("the label `{label}` is not in the task's label set");
            flaw("/expected", message, suggest(label, "labels", names()))
        }
        None => flaw("/expected", "`expected` is not a label", suggest("", "write one of the labels", names())),
    }
}
