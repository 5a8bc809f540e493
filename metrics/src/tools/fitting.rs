use super::{arguments, functions::definition, leaderboard};
use crate::text::cut;
use eval_core::{ArgumentRule, Arguments, Case, ToolCall};
use serde_json::{Map, Value};

/// Tells which calls of a case are the ones meant, as its task compares arguments.
#[derive(Clone, Copy)]
pub(super) struct Fitting<'a> {
    pub(super) case: &'a Case,
    pub(super) rule: ArgumentRule,
}

impl Fitting<'_> {
    /// Whether a call is one of this function with these arguments.
    pub(super) fn fits(self, name: &str, arguments: &Map<String, Value>, made: &ToolCall) -> bool {
        name == made.name && self.wrong_argument(arguments, made).is_none()
    }

    /// The first argument that is not the one meant.
    pub(super) fn wrong_argument(self, wanted: &Map<String, Value>, made: &ToolCall) -> Option<String> {
        let difference = match self.rule {
            ArgumentRule::Exact => arguments::difference,
            ArgumentRule::Bfcl => leaderboard::difference,
        };
        match &made.arguments {
            Arguments::Object(given) => difference(wanted, given, definition(self.case, &made.name)),
            Arguments::Raw(raw) => Some(format!("arguments that are no JSON object: `{}`", cut(raw))),
        }
    }
}
