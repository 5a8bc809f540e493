//! Data of real people that a run would send away.

use super::{Look, Warning, WarningKind};
use crate::personal::personal_data;
use eval_core::DataPolicy;

pub(super) fn warnings(look: &Look<'_>) -> Option<Warning> {
    if look.loaded.suite.data_policy != DataPolicy::Any {
        return None;
    }
    let found = look.task.cases.iter().enumerate().filter_map(|(place, case)| {
        let kinds: Vec<String> = personal_data(case).keys().map(ToString::to_string).collect();
        (!kinds.is_empty()).then(|| (place, Some(kinds.join(", "))))
    });
    let message = "what looks like personal data, and `data_policy = \"any\"` lets a run send it to any server: replace it, \
                   or write `data_policy = \"local-only\"`";
    look.cases(WarningKind::PersonalData, found.collect(), message)
}
