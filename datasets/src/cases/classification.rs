use super::{Checked, flaw};
use crate::nearest::suggest;
use eval_core::Expected;
use serde_json::Value;

/// One of the labels, as it is written in the settings.
pub(super) fn expected(value: &Value, labels: &[String]) -> Checked<Expected> {
    let names = || labels.iter().map(String::as_str);
    match value.as_str() {
        Some(label) if names().any(|name| name == label) => Ok(Expected::Label(label.to_string())),
        Some(label) => {
            let message = format!("the label `{label}` is not in the task's label set");
            flaw("/expected", message, suggest(label, "labels", labels.iter().map(String::as_str)))
        }
        None => flaw("/expected", "`expected` is not a label", suggest("", "write one of the labels", names())),
    }
}
