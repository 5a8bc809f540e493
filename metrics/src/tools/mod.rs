//! Tools: the response calls functions, or none where none is right.

mod arguments;
mod functions;
mod matching;
mod unparsed;

use crate::{MetricError, compile::CompiledKind, spec, text::cut};
use arguments::difference;
use eval_core::{
    Arguments, Behaviour, CallOrder, Case, Direction, Expected, ExpectedCall, Grade, Grader, MetricSpec, Response,
    Score, Task, ToolCall,
};
use functions::{Functions, definition};
use serde_json::{Map, Value};
use std::collections::HashMap;
use unparsed::looks_like_call;

struct Tools {
    functions: Functions,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    Ok((Box::new(Tools { functions: Functions::new(task)? }), specs()))
}

/// Whether one call of this function with no arguments is what the case expects.
pub(crate) fn is_right_without_arguments(case: &Case, name: &str) -> bool {
    let call = ToolCall { name: name.into(), arguments: Arguments::Object(Map::new()) };
    matches!(&case.expected, Expected::Calls { calls, .. } if matches!(&calls[..], [one] if fits(case, one, &call)))
}

pub(crate) fn specs() -> Vec<MetricSpec> {
    use Direction::{Higher, Lower};
    vec![
        spec::accuracy("Share of cases with the expected calls and no other."),
        spec::ratio(
            "right_names",
            Higher,
            ["names_matched", "calls_expected"],
            "Of the calls expected, the share whose function was called, in the asked order where one is asked.",
        ),
        spec::ratio(
            "right_arguments",
            Higher,
            ["calls_matched", "names_matched"],
            "Of the calls of an expected function, the share with the right arguments.",
        ),
        spec::ratio(
            "missing_calls",
            Lower,
            ["calls_missing", "calls_expected"],
            "Of the calls expected, the share whose function was not called, in whatever order.",
        ),
        spec::share("extra_calls", Lower, "Share of cases with more calls of a function than expected."),
        spec::share("called_needlessly", Lower, "Of the cases where no call is right, the share with a call."),
        spec::ratio(
            "schema_valid_calls",
            Higher,
            ["calls_valid", "calls_made"],
            "Of the calls made, the share that names an offered function and fits its parameters.",
        ),
    ]
}

/// How the calls made meet those expected.
struct Tally {
    /// Pairs with the same name and the right arguments.
    calls_matched: usize,
    /// Pairs with the same name; with a given order, in that order.
    names_matched: usize,
    /// Expected functions that were not called, in whatever order.
    missing: usize,
    /// Calls of functions beyond those expected, in whatever order.
    extra: usize,
}

impl Tally {
    fn new(case: &Case, expected: &[ExpectedCall], order: CallOrder, made: &[ToolCall]) -> Self {
        let pairs = match order {
            CallOrder::Any => matching::any_order,
            CallOrder::Given => matching::in_order,
        };
        let size = (expected.len(), made.len());
        let same_name = |e: usize, m: usize| expected[e].name == made[m].name;
        let named = matching::any_order(size, &same_name);
        Self {
            calls_matched: pairs(size, &|e, m| fits(case, &expected[e], &made[m])),
            names_matched: pairs(size, &same_name),
            missing: expected.len() - named,
            extra: made.len() - named,
        }
    }
}

/// Whether a call is the expected one.
fn fits(case: &Case, expected: &ExpectedCall, made: &ToolCall) -> bool {
    expected.name == made.name && wrong_argument(case, expected, made).is_none()
}

fn wrong_argument(case: &Case, expected: &ExpectedCall, made: &ToolCall) -> Option<String> {
    match &made.arguments {
        Arguments::Object(given) => difference(&expected.arguments, given, definition(case, &made.name)),
        Arguments::Raw(raw) => Some(format!("arguments that are no JSON object: `{}`", cut(raw))),
    }
}

fn behaviour(case: &Case, response: &Response) -> (Behaviour, &'static str) {
    let unreadable = |call: &ToolCall| call.name.is_empty() || matches!(call.arguments, Arguments::Raw(_));
    match &response.tool_calls[..] {
        [] if response.text.trim().is_empty() => (Behaviour::Broken, "none"),
        [] if looks_like_call(&response.text, &case.tools) => (Behaviour::Broken, "unparsed"),
        [] => (Behaviour::Declined, "text"),
        calls if calls.iter().any(unreadable) => (Behaviour::Broken, "unparsed"),
        _ => (Behaviour::Answered, "calls"),
    }
}

impl Grader for Tools {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let made = &response.tool_calls;
        let (behaviour, reading) = behaviour(case, response);
        let answer = if made.is_empty() { Value::Null } else { serde_json::json!(made) };
        let Expected::Calls { calls: expected, order } = &case.expected else {
            let correct = Score::Failed(format!("case `{}` expects no calls", case.id));
            return Grade {
                behaviour,
                correct,
                answer,
                reading,
                scores: Vec::new(),
                fields: Default::default(),
                note: None,
            };
        };
        let tally = Tally::new(case, expected, *order, made);
        let all_matched = tally.calls_matched == expected.len() && made.len() == expected.len();
        let correct = behaviour != Behaviour::Broken && all_matched;
        let valid = made.iter().filter(|call| self.functions.accept(case, call)).count();
        let count = |n: usize| Score::Graded(n as f64);
        let mut scores = vec![
            ("calls_expected", count(expected.len())),
            ("calls_made", count(made.len())),
            ("calls_valid", count(valid)),
            ("names_matched", count(tally.names_matched)),
            ("calls_matched", count(tally.calls_matched)),
            ("calls_missing", count(tally.missing)),
            ("extra_calls", Score::from_bool(tally.extra > 0)),
        ];
        if expected.is_empty() {
            scores.push(("called_needlessly", Score::from_bool(!made.is_empty())));
        }
        let note = (!correct).then(|| note(case, expected, response, reading));
        Grade {
            behaviour,
            correct: Score::from_bool(correct),
            answer,
            reading,
            scores,
            fields: Default::default(),
            note,
        }
    }
}

/// The first thing that is wrong.
fn note(case: &Case, expected: &[ExpectedCall], response: &Response, reading: &str) -> String {
    let made = &response.tool_calls;
    match reading {
        "none" => return "an empty answer".into(),
        "unparsed" if made.is_empty() => return format!("a call that could not be read: `{}`", cut(&response.text)),
        _ => {}
    }
    if let Some(call) = made.iter().find(|call| call.name.is_empty()) {
        return match &call.arguments {
            Arguments::Raw(raw) => format!("a call that could not be read: `{}`", cut(raw)),
            Arguments::Object(_) => "a call without a name".into(),
        };
    }
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
    let unmatched = expected.iter().find(|call| !made.iter().any(|made| fits(case, call, made)));
    let wrong = unmatched.and_then(|call| {
        let candidate =
            made.iter().find(|made| made.name == call.name && !expected.iter().any(|other| fits(case, other, made)));
        let candidate = candidate.or_else(|| made.iter().find(|made| made.name == call.name))?;
        Some(format!("{}: {}", call.name, wrong_argument(case, call, candidate)?))
    });
    wrong.unwrap_or_else(|| "the calls are not in the order asked, or one is made twice".into())
}

#[cfg(test)]
mod tests;
