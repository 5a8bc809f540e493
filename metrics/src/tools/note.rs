//! Says what is wrong with the calls made.

use super::fitting::Fitting;
use crate::text::cut;
use eval_core::{ExpectedCall, ToolCall};
use std::collections::HashMap;

/// The first thing that is wrong.
pub(super) fn first_wrong(fitting: Fitting<'_>, expected: &[ExpectedCall], made: &[ToolCall]) -> String {
    let mut surplus: HashMap<&str, isize> = HashMap::new();
    made.iter().for_each(|call| *surplus.entry(&call.name).or_default() += 1);
    expected.iter().for_each(|call| *surplus.entry(&call.name).or_default() -= 1);
    let is_missing = |call: &&ExpectedCall| surplus[call.name.as_str()] < 0;
    let is_extra = |call: &&ToolCall| surplus[call.name.as_str()] > 0;
    if let Some(call) = expected.iter().find(is_missing) {
        return match made.iter().find(is_extra) {
            Some(extra) => format!("missing call `{}`, got `{}`", cut(&call.name), cut(&extra.name)),
            None => format!("missing call `{}`", cut(&call.name)),
        };
    }
    if let Some(call) = made.iter().find(is_extra) {
        let why = if expected.is_empty() { ", where no call is right" } else { "" };
        return format!("extra call `{}`{why}", cut(&call.name));
    }
    let fits = |call: &ExpectedCall, made: &ToolCall| fitting.fits(&call.name, &call.arguments, made);
    let unmatched = expected.iter().find(|call| !made.iter().any(|made| fits(call, made)));
    let wrong = unmatched.and_then(|call| {
        let candidate =
            made.iter().find(|made| made.name == call.name && !expected.iter().any(|other| fits(other, made)));
        let candidate = candidate.or_else(|| made.iter().find(|made| made.name == call.name))?;
        Some(format!("{}: {}", call.name, fitting.wrong_argument(&call.arguments, candidate)?))
    });
    wrong.unwrap_or_else(|| "the calls are not in the order asked, or one is made twice".into())
}
