//! Tools: the response calls functions, or none where none is right.

mod arguments;
mod fitting;
mod functions;
mod leaderboard;
mod literal;
mod matching;
mod note;
mod script;
mod tally;
mod unparsed;

use crate::{MetricError, compile::CompiledKind, spec, text::cut};
use eval_core::{
    ArgumentRule, Arguments, Behaviour, CallOrder, Case, Direction, Exchange, Expected, ExpectedCall, Grade, Grader,
    MetricSpec, Response, Score, Task, ToolCall,
};
use fitting::Fitting;
use functions::Functions;
use script::Play;
use serde_json::{Map, Value};
use tally::Tally;
use unparsed::looks_like_call;

struct Tools {
    functions: Functions,
    rule: ArgumentRule,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    Ok((Box::new(Tools { functions: Functions::new(task)?, rule: task.arguments }), specs()))
}

/// Whether one call of this function with no arguments is what the case expects.
pub(crate) fn is_right_without_arguments(case: &Case, name: &str, rule: ArgumentRule) -> bool {
    let call = ToolCall { name: name.into(), arguments: Arguments::Object(Map::new()) };
    let fitting = Fitting { case, rule };
    match &case.expected {
        Expected::Calls { calls, .. } => {
            matches!(&calls[..], [one] if fitting.fits(&one.name, &one.arguments, &call))
        }
        Expected::SomeCall => rule == ArgumentRule::Bfcl,
        Expected::State(state) => {
            let response = Response { tool_calls: vec![call], ..Response::default() };
            state_wrong(fitting, state, &response, &mut Vec::new()).is_none()
        }
        _ => false,
    }
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
        spec::share(
            "over_budget",
            Lower,
            "Of the cases whose tools answer, the share that did not end within its steps and calls.",
        ),
        spec::share("called_needlessly", Lower, "Of the cases where no call is right, the share with a call."),
        spec::ratio(
            "schema_valid_calls",
            Higher,
            ["calls_valid", "calls_made"],
            "Of the calls made, the share that names an offered function and fits its parameters.",
        ),
    ]
}

fn unreadable(call: &ToolCall) -> bool {
    call.name.is_empty() || matches!(call.arguments, Arguments::Raw(_))
}

fn behaviour(case: &Case, response: &Response) -> (Behaviour, &'static str) {
    // A conversation goes on after a call, so its last words may be an attempt at another.
    let attempt = || looks_like_call(&response.text, &case.tools);
    match &response.tool_calls[..] {
        [] if response.text.trim().is_empty() => (Behaviour::Broken, "none"),
        [] if attempt() => (Behaviour::Broken, "unparsed"),
        [] => (Behaviour::Declined, "text"),
        calls if calls.iter().any(unreadable) => (Behaviour::Broken, "unparsed"),
        _ if response.steps.is_some() && case.script.is_some() && attempt() => (Behaviour::Broken, "unparsed"),
        _ => (Behaviour::Answered, "calls"),
    }
}

impl Grader for Tools {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let made = &response.tool_calls;
        let fitting = Fitting { case, rule: self.rule };
        let (behaviour, reading) = behaviour(case, response);
        let answer = if made.is_empty() { Value::Null } else { serde_json::json!(made) };
        let valid = made.iter().filter(|call| self.functions.accept(case, call)).count();
        let mut scores = vec![("calls_made", count(made.len())), ("calls_valid", count(valid))];
        let why = match &case.expected {
            Expected::Calls { calls, order } => calls_wrong(fitting, calls, *order, response, &mut scores),
            Expected::SomeCall => match self.rule {
                _ if made.is_empty() => Some("no call, where some call is right".into()),
                ArgumentRule::Exact if valid == 0 => Some("no call that an offered function would take".into()),
                _ => None,
            },
            Expected::State(state) => state_wrong(fitting, state, response, &mut scores),
            _ => {
                let correct = Score::Failed(format!("case `{}` expects no calls", case.id));
                let (scores, fields) = Default::default();
                return Grade { behaviour, correct, answer, reading, scores, fields, note: None };
            }
        };
        let over_budget = case.script.as_deref().map(|script| script::over_budget(script, response));
        if let Some(over) = &over_budget {
            scores.push(("over_budget", Score::from_bool(over.is_some())));
        }
        let broken = (behaviour == Behaviour::Broken).then(|| unreadable_in_words(response, reading)).flatten();
        let wrong = why.or(over_budget.flatten());
        let correct = behaviour != Behaviour::Broken && wrong.is_none();
        let note = (!correct).then(|| broken.or(wrong).unwrap_or_else(|| "it cannot be read".into()));
        let fields = Default::default();
        Grade { behaviour, correct: Score::from_bool(correct), answer, reading, scores, fields, note }
    }

    fn answers(&self, case: &Case, so_far: &[Exchange], response: &Response) -> Option<Vec<String>> {
        let readable = behaviour(case, response).0 == Behaviour::Answered;
        readable.then(|| script::answers(Fitting { case, rule: self.rule }, so_far, response))?
    }
}

type Scores = Vec<(&'static str, Score)>;

fn count(n: usize) -> Score {
    Score::Graded(n as f64)
}

/// The first thing that is wrong with the calls made.
fn calls_wrong(
    fitting: Fitting<'_>,
    expected: &[ExpectedCall],
    order: CallOrder,
    response: &Response,
    scores: &mut Scores,
) -> Option<String> {
    let made = &response.tool_calls;
    let tally = Tally::new(fitting, expected, order, made);
    scores.extend([
        ("calls_expected", count(expected.len())),
        ("names_matched", count(tally.names_matched)),
        ("calls_matched", count(tally.calls_matched)),
        ("calls_missing", count(tally.missing)),
        ("extra_calls", Score::from_bool(tally.extra > 0)),
    ]);
    if expected.is_empty() {
        scores.push(("called_needlessly", Score::from_bool(!made.is_empty())));
    }
    let all_matched = tally.calls_matched == expected.len() && made.len() == expected.len();
    (!all_matched).then(|| note::first_wrong(fitting, expected, made))
}

/// The first thing that is wrong with the state in the end; a call that the script did not foresee is one as well.
fn state_wrong(fitting: Fitting<'_>, wanted: &Value, response: &Response, scores: &mut Scores) -> Option<String> {
    let Some(script) = fitting.case.script.as_deref() else { return Some("the case has no script".into()) };
    let mut play = Play::new(fitting, script);
    response.tool_calls.iter().for_each(|call| drop(play.call(call)));
    scores.push(("extra_calls", Score::from_bool(!play.unanswered.is_empty())));
    let differs = script::state_difference(wanted, &play.state, "");
    differs.or_else(|| play.unanswered.first().map(|call| format!("extra call `{}`", cut(&call.name))))
}

/// What of a broken answer cannot be read; `None` where the calls say it better.
fn unreadable_in_words(response: &Response, reading: &str) -> Option<String> {
    let made = &response.tool_calls;
    match reading {
        "none" => return Some("an empty answer".into()),
        "unparsed" if !made.iter().any(unreadable) => {
            return Some(format!("a call that could not be read: `{}`", cut(&response.text)));
        }
        _ => {}
    }
    let call = made.iter().find(|call| call.name.is_empty())?;
    Some(match &call.arguments {
        Arguments::Raw(raw) => format!("a call that could not be read: `{}`", cut(raw)),
        Arguments::Object(_) => "a call without a name".into(),
    })
}

#[cfg(test)]
mod tests;
