//! Cases whose tools answer: each scripted answer is given once, and may change the state.

use super::fitting::Fitting;
use crate::text::show;
use eval_core::{Exchange, Response, Script, ScriptedAnswer, ToolCall};
use serde_json::{Map, Value, json};

/// A script while it is played.
pub(super) struct Play<'a> {
    fitting: Fitting<'a>,
    left: Vec<&'a ScriptedAnswer>,
    /// What holds now.
    pub(super) state: Value,
    /// Calls that no answer was left for.
    pub(super) unanswered: Vec<ToolCall>,
}

impl<'a> Play<'a> {
    pub(super) fn new(fitting: Fitting<'a>, script: &'a Script) -> Self {
        Self { fitting, left: script.steps.iter().collect(), state: script.state.clone(), unanswered: Vec::new() }
    }

    /// What the tool gives back.
    pub(super) fn call(&mut self, call: &ToolCall) -> String {
        let fits = |answer: &&ScriptedAnswer| self.fitting.fits(&answer.name, &answer.arguments, call);
        let Some(place) = self.left.iter().position(fits) else {
            self.unanswered.push(call.clone());
            let known = self.fitting.case.tools.iter().any(|tool| tool.name() == call.name);
            return json!({"error": if known { "nothing found" } else { "there is no such function" }}).to_string();
        };
        let answer = self.left.remove(place);
        for (pointer, value) in &answer.sets {
            set(&mut self.state, pointer, value.clone());
        }
        match &answer.answer {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// What the tools answer to a response, `None` where there is nothing to answer or the budget is used up.
pub(super) fn answers(fitting: Fitting<'_>, so_far: &[Exchange], response: &Response) -> Option<Vec<String>> {
    let script = fitting.case.script.as_deref()?;
    let before = so_far.iter().map(|exchange| exchange.tool_calls.len()).sum::<usize>();
    let in_budget = so_far.len() + 1 < script.budget.steps as usize
        && before + response.tool_calls.len() <= script.budget.calls as usize;
    if response.tool_calls.is_empty() || !in_budget {
        return None;
    }
    let mut play = Play::new(fitting, script);
    so_far.iter().flat_map(|exchange| &exchange.tool_calls).for_each(|call| drop(play.call(call)));
    Some(response.tool_calls.iter().map(|call| play.call(call)).collect())
}

/// Which limit the conversation met, in words.
pub(super) fn over_budget(script: &Script, response: &Response) -> Option<String> {
    let budget = script.budget;
    let calls = response.tool_calls.len();
    if calls > budget.calls as usize {
        return Some(format!("{calls} calls, where the budget is {}", budget.calls));
    }
    // A recording may hold the calls alone: then nobody knows in how many steps they were made.
    let steps = response.steps.as_deref().filter(|steps| !steps.is_empty() || calls == 0)?;
    let answered = steps.iter().map(|exchange| exchange.tool_calls.len()).sum::<usize>();
    let unfinished = answered < calls || steps.len() >= budget.steps as usize;
    unfinished.then(|| format!("not done within the budget of {} steps", budget.steps))
}

/// The first difference between two states, by pointer; `None` where they are the same.
pub(super) fn state_difference(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(a), Value::Object(b)) => {
            let null = Value::Null;
            let below = |key: &String| {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => state_difference(a, b, &at),
                    (a, b) => Some(differ(&at, a.unwrap_or(&null), b.unwrap_or(&null))),
                }
            };
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.into_iter().find_map(below)
        }
        _ => (!super::arguments::equal(wanted, found)).then(|| differ(at, wanted, found)),
    }
}

fn differ(at: &str, wanted: &Value, found: &Value) -> String {
    format!("state {at}: expected {}, is {}", show(wanted), show(found))
}

/// Puts a value where a pointer points, with the objects on the way to it.
fn set(state: &mut Value, pointer: &str, value: Value) {
    let mut place = state;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compile, sample};
    use eval_core::{Behaviour, Case, Expected, Grade, Grader, StepBudget};

    fn case(expected: Value, budget: StepBudget) -> Case {
        let steps = json!([
            {"name": "refund", "arguments": {"order_number": {"any_of": ["FM-1", "FM-01"]}},
             "answer": {"refund": "R-7"}, "sets": {"/orders/FM-1": "refunded", "/count": 1}},
            {"name": "ping", "answer": "busy"},
            {"name": "ping", "answer": "pong", "sets": {"/seen": true}},
        ]);
        let steps = serde_json::from_value(steps).unwrap();
        let state = json!({"orders": {"FM-1": "paid", "FM-2": "paid"}});
        let mut case = sample::calls_case("c", json!({"calls": []}));
        case.script = Some(Box::new(Script { steps, state, budget }));
        case.expected = match expected.get("state") {
            Some(state) => Expected::State(Box::new(state.clone())),
            None => sample::calls_case("c", expected).expected,
        };
        case
    }

    /// Plays answers of a model against the case, as the engine does.
    fn played(case: &Case, said: &[Value]) -> (Vec<Exchange>, Grade) {
        let grader: Box<dyn Grader> = compile(&sample::tools()).unwrap().grader;
        let (mut steps, mut calls) = (Vec::<Exchange>::new(), Vec::new());
        for calls_of_one in said {
            let response =
                if calls_of_one == &json!([]) { sample::says("Done.") } else { sample::makes(calls_of_one.clone()) };
            calls.extend(response.tool_calls.clone());
            match grader.answers(case, &steps, &response) {
                Some(answers) => steps.push(Exchange { text: String::new(), tool_calls: response.tool_calls, answers }),
                None => break,
            }
        }
        let response = Response { tool_calls: calls, steps: Some(steps.clone()), ..sample::says("Done.") };
        (steps, grader.grade(case, &response))
    }

    fn refund(order: &str) -> Value {
        json!({"name": "refund", "arguments": {"order_number": order}})
    }

    fn ping() -> Value {
        json!({"name": "ping", "arguments": {}})
    }

    #[test]
    fn each_answer_is_given_once_and_in_order() {
        let case = case(json!({"calls": []}), StepBudget::default());
        let (steps, _) = played(&case, &[json!([ping(), refund("FM-01"), ping()]), json!([ping()]), json!([])]);
        assert_eq!(steps[0].answers, ["busy", "{\"refund\":\"R-7\"}", "pong"]);
        assert_eq!(steps[1].answers, ["{\"error\":\"nothing found\"}"]);
        let (steps, _) = played(&case, &[json!([{"name": "pong", "arguments": {}}]), json!([])]);
        assert_eq!(steps[0].answers, ["{\"error\":\"there is no such function\"}"]);
    }

    #[test]
    fn the_final_state_decides_and_extra_calls_cost() {
        let refunded = json!({"state": {"orders": {"FM-1": "refunded", "FM-2": "paid"}, "count": 1}});
        let case = case(refunded, StepBudget::default());
        for (said, note) in [
            (vec![json!([refund("FM-1")]), json!([])], None),
            // A look that changes nothing is foreseen by the script.
            (vec![json!([ping()]), json!([refund("FM-1")]), json!([])], None),
            (vec![json!([])], Some("state /orders/FM-1: expected `refunded`, is `paid`")),
            (vec![json!([refund("FM-2")]), json!([])], Some("state /orders/FM-1: expected `refunded`, is `paid`")),
            (vec![json!([refund("FM-1")]), json!([refund("FM-1")]), json!([])], Some("extra call `refund`")),
            (vec![json!([ping(), ping(), refund("FM-1")]), json!([])], Some("state /seen: expected null, is true")),
        ] {
            let (_, grade) = played(&case, &said);
            assert_eq!(grade.note.as_deref(), note, "{said:?}");
            let extra = note.is_some_and(|note| note.starts_with("extra")) || said[0] == json!([refund("FM-2")]);
            let scores: Vec<_> = grade.scores.iter().map(|(name, score)| (*name, score.value().unwrap())).collect();
            assert!(scores.contains(&("extra_calls", f64::from(u8::from(extra)))), "{said:?} {scores:?}");
        }
    }

    #[test]
    fn the_set_of_calls_decides_over_several_steps() {
        let expected = json!({"calls": [{"name": "ping"}, {"name": "refund", "arguments": {"order_number": "FM-1"}}], "order": "given"});
        let case = case(expected, StepBudget::default());
        let note = |said: &[Value]| played(&case, said).1.note;
        assert_eq!(note(&[json!([ping()]), json!([refund("FM-1")]), json!([])]), None);
        let reversed = note(&[json!([refund("FM-1")]), json!([ping()]), json!([])]);
        assert_eq!(reversed.as_deref(), Some("the calls are not in the order asked, or one is made twice"));
        assert_eq!(note(&[json!([ping()]), json!([])]).as_deref(), Some("missing call `refund`"));
        let more = note(&[json!([ping()]), json!([refund("FM-1"), ping()]), json!([])]);
        assert_eq!(more.as_deref(), Some("extra call `ping`"));
    }

    #[test]
    fn a_conversation_ends_with_its_budget() {
        let state = json!({"state": {"orders": {"FM-1": "refunded", "FM-2": "paid"}, "count": 1}});
        let calls = [json!([ping()]), json!([refund("FM-1")]), json!([])];
        let graded = |steps, calls_allowed, said: &[Value]| {
            let (steps, grade) = played(&case(state.clone(), StepBudget { steps, calls: calls_allowed }), said);
            (steps.len(), grade.note, grade.behaviour)
        };
        assert_eq!(graded(3, 2, &calls), (2, None, Behaviour::Answered));
        let over = |words: &str| Some(words.to_string());
        assert_eq!(graded(2, 2, &calls), (1, over("not done within the budget of 2 steps"), Behaviour::Answered));
        assert_eq!(graded(3, 1, &calls), (1, over("2 calls, where the budget is 1"), Behaviour::Answered));
    }

    #[test]
    fn a_recording_of_the_calls_alone_is_graded() {
        let state = json!({"state": {"orders": {"FM-1": "refunded", "FM-2": "paid"}, "count": 1}});
        let case = case(state, StepBudget::default());
        let grader = compile(&sample::tools()).unwrap().grader;
        let response = Response { steps: Some(Vec::new()), ..sample::makes(json!([ping(), refund("FM-1")])) };
        assert_eq!(grader.grade(&case, &response).note, None);
        let twice = Response { steps: Some(Vec::new()), ..sample::makes(json!([refund("FM-1"), refund("FM-1")])) };
        assert_eq!(grader.grade(&case, &twice).note.as_deref(), Some("extra call `refund`"));
    }

    #[test]
    fn an_attempt_at_a_call_in_the_last_words_is_broken() {
        let case = case(json!({"calls": [{"name": "ping"}]}), StepBudget::default());
        let grader = compile(&sample::tools()).unwrap().grader;
        let made = sample::makes(json!([ping()]));
        let steps =
            vec![Exchange { text: String::new(), tool_calls: made.tool_calls.clone(), answers: vec!["busy".into()] }];
        let response = Response { text: "<tool_call>{\"na".into(), steps: Some(steps), ..made };
        let grade = grader.grade(&case, &response);
        assert_eq!(grade.behaviour, Behaviour::Broken);
        assert_eq!(grade.note.as_deref(), Some("a call that could not be read: `<tool_call>{\"na`"));
    }
}
