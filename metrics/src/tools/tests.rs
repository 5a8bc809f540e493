use crate::{compile, sample};
use eval_core::{ArgumentRule, Behaviour, Expected, Grade, Response, Score, Task, Tool};
use serde_json::{Value, json};

fn grade(expected: Value, response: &Response) -> Grade {
    compile(&sample::tools()).unwrap().grader.grade(&sample::calls_case("c", expected), response)
}

fn score(grade: &Grade, name: &str) -> Option<f64> {
    grade.scores.iter().find(|(known, _)| *known == name).and_then(|(_, score)| score.value())
}

fn call(name: &str, arguments: Value) -> Value {
    json!({"name": name, "arguments": arguments})
}

fn refund(order: &str) -> Value {
    call("refund", json!({"order_number": order}))
}

#[test]
fn calls_are_judged() {
    let legal = || call("escalate", json!({"team": "legal"}));
    let two = json!({"calls": [refund("FM-1"), legal()]});
    let given = json!({"calls": [refund("FM-1"), legal()], "order": "given"});
    let none = json!({"calls": []});
    let twins = json!({"calls": [
        {"name": "refund", "arguments": {"order_number": {"any_of": ["FM-1", "FM-2"]}}},
        refund("FM-1"),
    ]});
    // Expected, made, then: calls_matched, names_matched, calls_missing, calls_valid, extra_calls; note (none: correct).
    for (expected, made, counts, note) in [
        (&two, json!([refund("FM-1"), legal()]), [2., 2., 0., 2., 0.], None),
        (&two, json!([legal(), refund(" FM-1 ")]), [2., 2., 0., 2., 0.], None),
        (&two, json!([refund("FM-1")]), [1., 1., 1., 1., 0.], Some("missing call `escalate`")),
        (&two, json!([refund("FM-1"), legal(), legal()]), [2., 2., 0., 3., 1.], Some("extra call `escalate`")),
        (
            &two,
            json!([refund("FM-1"), call("ping", json!({}))]),
            [1., 1., 1., 2., 1.],
            Some("missing call `escalate`, got `ping`"),
        ),
        (
            &two,
            json!([refund("FM-7"), legal()]),
            [1., 2., 0., 2., 0.],
            Some("refund: order_number: expected `FM-1`, got `FM-7`"),
        ),
        (
            &two,
            json!([refund("FM-1"), call("escalate", json!({"team": "sales"}))]),
            [1., 2., 0., 1., 0.],
            Some("escalate: team: expected `legal`, got `sales`"),
        ),
        (
            &two,
            json!([call("refund", json!({"order_number": "FM-1", "quantity": 1})), legal()]),
            [2., 2., 0., 2., 0.],
            None,
        ),
        (
            &two,
            json!([call("refnd", json!({})), legal()]),
            [1., 1., 1., 1., 1.],
            Some("missing call `refund`, got `refnd`"),
        ),
        (&given, json!([refund("FM-1"), legal()]), [2., 2., 0., 2., 0.], None),
        (
            &given,
            json!([legal(), refund("FM-1")]),
            [1., 1., 0., 2., 0.],
            Some("the calls are not in the order asked, or one is made twice"),
        ),
        (&twins, json!([refund("FM-1"), refund("FM-2")]), [2., 2., 0., 2., 0.], None),
        (&twins, json!([refund("FM-1"), refund("FM-1")]), [2., 2., 0., 2., 0.], None),
        (
            &twins,
            json!([refund("FM-2"), refund("FM-2")]),
            [1., 2., 0., 2., 0.],
            Some("refund: order_number: expected `FM-1`, got `FM-2`"),
        ),
        (&none, json!([refund("FM-1")]), [0., 0., 0., 1., 1.], Some("extra call `refund`, where no call is right")),
    ] {
        let grade = grade(expected.clone(), &sample::makes(made.clone()));
        assert_eq!(grade.behaviour, Behaviour::Answered, "{made}");
        assert_eq!((&grade.correct, grade.note.as_deref()), (&Score::from_bool(note.is_none()), note), "{made}");
        let names = ["calls_matched", "names_matched", "calls_missing", "calls_valid", "extra_calls"];
        assert_eq!(names.map(|name| score(&grade, name).unwrap()), counts, "{made}");
        assert_eq!(score(&grade, "called_needlessly"), (expected == &none).then_some(1.0));
    }
}

#[test]
fn no_call_is_declining_and_a_dead_parser_earns_nothing() {
    use Behaviour::{Broken, Declined};
    let some = json!({"calls": [refund("FM-1")]});
    let none = json!({"calls": []});
    for (expected, text, behaviour, correct, note) in [
        (&none, "The order is settled, nothing to do.", Declined, true, None),
        (&some, "The order is settled, nothing to do.", Declined, false, Some("missing call `refund`")),
        (&none, " \n", Broken, false, Some("an empty answer")),
        (
            &none,
            "<tool_call>{\"name\": \"refund\"</tool_call>",
            Broken,
            false,
            Some("a call that could not be read: `<tool_call>{\"name\": \"refund\"</tool_call>`"),
        ),
        (
            &some,
            "refund(order_number=\"FM-1\")",
            Broken,
            false,
            Some("a call that could not be read: `refund(order_number=\"FM-1\")`"),
        ),
    ] {
        let grade = grade(expected.clone(), &sample::says(text));
        let found = (grade.behaviour, &grade.correct, grade.note.as_deref());
        assert_eq!(found, (behaviour, &Score::from_bool(correct), note), "{text}");
        assert_eq!(grade.answer, Value::Null);
        assert_eq!(score(&grade, "called_needlessly"), (expected == &none).then_some(0.0));
    }
}

#[test]
fn calls_that_cannot_be_read_are_broken_even_beside_right_ones() {
    let expected = json!({"calls": [refund("FM-1")]});
    for (made, note) in [
        (
            json!([{"name": "refund", "arguments": "{\"order_number\": "}]),
            "refund: arguments that are no JSON object: `{\"order_number\":`",
        ),
        (json!([{"name": "", "arguments": "{\"na"}]), "a call that could not be read: `{\"na`"),
        (json!([refund("FM-1"), {"name": "", "arguments": {}}]), "a call without a name"),
    ] {
        let grade = grade(expected.clone(), &sample::makes(made));
        assert_eq!((grade.behaviour, grade.correct, grade.reading), (Behaviour::Broken, Score::Incorrect, "unparsed"));
        assert_eq!(grade.note.as_deref(), Some(note));
    }
}

#[test]
fn a_case_may_bring_its_own_functions() {
    let function = json!({"type": "function", "function": {"name": "refund", "parameters": {
        "type": "object", "properties": {"order_number": {"type": "integer"}}
    }}});
    let mut case = sample::calls_case("c", json!({"calls": [refund("FM-1")]}));
    case.tools = [Tool(function)].into();
    let mut task = sample::tools();
    task.cases = vec![std::sync::Arc::new(case)];
    let grade = compile(&task).unwrap().grader.grade(&task.cases[0], &sample::makes(json!([refund("FM-1")])));
    assert_eq!((&grade.correct, score(&grade, "calls_valid")), (&Score::Correct, Some(0.0)));
}

#[test]
fn parameters_that_do_not_compile_are_named() {
    let function = Tool(json!({"type": "function", "function": {"name": "refund", "parameters": {"type": 5}}}));
    let error = compile(&Task { tools: [function].into(), ..sample::tools() }).err().unwrap();
    assert_eq!(error.key, "tools");
    assert!(error.message.starts_with("the parameters of function `refund` do not compile: "), "{}", error.message);
}

#[test]
fn arguments_as_the_leaderboard_compares_them() {
    let parameters = json!({"type": "object", "required": ["city"], "properties": {
        "city": {"type": "string"}, "share": {"type": "number"}, "days": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}}, "where": {"type": "object"},
        "ids": {"type": "string", "x-literal": "java:ArrayList<long>"},
    }});
    let function = json!({"type": "function", "function": {"name": "plan", "parameters": parameters}});
    let task = Task { tools: [Tool(function)].into(), arguments: ArgumentRule::Bfcl, ..sample::tools() };
    let optional = |values: Value| json!({"any_of": values, "optional": true});
    let expected = json!({
        "city": {"any_of": ["New York, NY", "NYC"]},
        "share": optional(json!([5])),
        "days": optional(json!([3])),
        "tags": optional(json!([["a-b", "c"]])),
        "where": optional(json!([{"at": {"any_of": ["Here"]}, "unit": {"any_of": ["km"], "optional": true}}])),
        "ids": optional(json!([[1, 2]])),
    });
    let mut case = sample::calls_case("c", json!({"calls": [call("plan", expected)]}));
    case.tools = task.tools.clone();
    let grader = compile(&task).unwrap().grader;
    for (more, note) in [
        (json!({"city": "new york ny"}), None),
        (json!({"city": "nyc", "share": 5}), None),
        (json!({"city": "nyc", "days": 3.0}), Some("plan: days: expected a whole number, got 3.0")),
        (json!({"city": "nyc", "days": "3"}), Some("plan: days: expected a whole number, got `3`")),
        (json!({"city": "nyc", "tags": ["AB", "C."]}), None),
        (json!({"city": "nyc", "tags": ["c", "ab"]}), Some("plan: tags: expected [\"a-b\",\"c\"], got [\"c\",\"ab\"]")),
        (json!({"city": "nyc", "where": {"at": "here"}}), None),
        (
            json!({"city": "nyc", "where": {"unit": "km"}}),
            Some(
                "plan: where: expected {\"at\":{\"any_of\":[\"Here\"]},\"unit\":{\"any_of\":[\"km\"],\"optional\":true}}, \
                 got {\"unit\":\"km\"}",
            ),
        ),
        (json!({"city": "nyc", "ids": "new ArrayList<Long>(Arrays.asList(1L, 2L))"}), None),
        (json!({"city": "nyc", "ids": [1, 2]}), Some("plan: ids: a literal is a text, got [1,2]")),
        (json!({"days": 3}), Some("plan: city: required, got nothing")),
        (json!({"city": "nyc", "other": 1}), Some("plan: other: expected nothing, got 1")),
    ] {
        let grade = grader.grade(&case, &sample::makes(json!([call("plan", more.clone())])));
        assert_eq!(grade.note.as_deref(), note, "{more}");
    }
}

#[test]
fn some_call_is_right_whichever() {
    let mut case = sample::calls_case("c", json!({"calls": []}));
    case.expected = Expected::SomeCall;
    let grader = compile(&sample::tools()).unwrap().grader;
    let note = |response| grader.grade(&case, &response).note;
    assert_eq!(note(sample::makes(json!([refund("FM-9")]))), None);
    assert_eq!(note(sample::says("Nothing to do.")).as_deref(), Some("no call, where some call is right"));
    let unknown = note(sample::makes(json!([call("refnd", json!({}))])));
    assert_eq!(unknown.as_deref(), Some("no call that an offered function would take"));
}

#[test]
fn literals_of_no_type_are_named() {
    let parameters = json!({"type": "object", "properties": {"a": {"type": "string", "x-literal": "java:Set"}}});
    let function = Tool(json!({"type": "function", "function": {"name": "plan", "parameters": parameters}}));
    let error = compile(&Task { tools: [function].into(), ..sample::tools() }).err().unwrap();
    assert!(error.message.contains("`x-literal` is \"java:Set\": write \"java:TYPE\" with byte"), "{}", error.message);
}
