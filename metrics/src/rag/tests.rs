use crate::{compile, sample};
use eval_core::{Behaviour, Case, Grade, Response, Score, TaskKind};
use serde_json::json;

fn grade(case: &Case, response: &Response) -> Grade {
    compile(&sample::task(TaskKind::Rag)).unwrap().grader.grade(case, response)
}

fn score(grade: &Grade, name: &str) -> Option<f64> {
    grade.scores.iter().find(|(known, _)| *known == name).and_then(|(_, score)| score.value())
}

#[test]
fn answers_are_judged_where_there_is_one() {
    use Behaviour::{Answered, Broken, Declined};
    let case = sample::answer_case("c", &["30 days", "thirty days", "30"], &["kb-1"]);
    for (text, behaviour, correct, reading, note) in [
        (r#"{"answer": "30 days", "citations": ["kb-1"]}"#, Answered, true, "json", None),
        (r#"{"answer": "The 30 Days.", "citations": []}"#, Answered, true, "json", None),
        (r#"{"answer": 30}"#, Answered, true, "json", None),
        (r#"{"answer": 30.0}"#, Answered, true, "json", None),
        ("```json\n{\"answer\": \"thirty days\"}\n```", Answered, true, "recovered", None),
        ("Answer: {'answer': '30 days', 'citations': ['kb-1']}", Answered, true, "recovered", None),
        ("30 days", Answered, true, "text", None),
        ("\"30 days\"", Answered, true, "text", None),
        ("14 days", Answered, false, "text", Some("expected `30 days`, got `14 days`")),
        (r#"{"answer": "14 days"}"#, Answered, false, "json", Some("expected `30 days`, got `14 days`")),
        ("{30} days, I'd say", Broken, false, "none", Some("JSON without an answer")),
        ("See {kb-1}: 30 days", Answered, false, "text", Some("expected `30 days`, got `See {kb-1}: 30 days`")),
        (r#"{"answer": null, "citations": []}"#, Declined, false, "json", Some("expected `30 days`, declined")),
        ("null", Declined, false, "text", Some("expected `30 days`, declined")),
        (r#"{"answer": "I don't know."}"#, Declined, false, "json", Some("expected `30 days`, declined")),
        ("The passages do not say.", Declined, false, "text", Some("expected `30 days`, declined")),
        ("", Broken, false, "none", Some("an empty answer")),
        (r#"{"answer": " "}"#, Broken, false, "json", Some("an empty answer")),
        (r#"{"text": "30 days"}"#, Broken, false, "json", Some("JSON without an answer")),
        (r#"{"answer": ["30 days"]}"#, Broken, false, "json", Some("an answer that is no text, number or null")),
        (r#"{"answer": "30 da"#, Broken, false, "none", Some("JSON without an answer")),
        (r#"["30 days"]"#, Broken, false, "none", Some("a JSON list where an answer is asked for")),
    ] {
        let grade = grade(&case, &sample::says(text));
        let found = (grade.behaviour, &grade.correct, grade.reading, grade.note.as_deref());
        assert_eq!(found, (behaviour, &Score::from_bool(correct), reading, note), "{text}");
        let outcome = ["right_answers", "wrong_answers", "over_refusals"].map(|name| score(&grade, name).unwrap());
        let is = |hit: bool| f64::from(u8::from(hit));
        assert_eq!(outcome, [is(correct), is(behaviour == Answered && !correct), is(behaviour == Declined)], "{text}");
        assert_eq!(score(&grade, "right_refusals"), None);
    }
}

#[test]
fn declining_is_right_where_there_is_no_answer() {
    let case = sample::answer_case("c", &[], &[]);
    for (text, behaviour, note) in [
        (r#"{"answer": null, "citations": []}"#, Behaviour::Declined, None),
        ("Leider enthalten die Passagen dazu keine Angaben.", Behaviour::Declined, None),
        ("none", Behaviour::Declined, None),
        ("5 euros", Behaviour::Answered, Some("expected no answer, got `5 euros`")),
        ("  ", Behaviour::Broken, Some("an empty answer")),
    ] {
        let grade = grade(&case, &sample::says(text));
        let right = behaviour == Behaviour::Declined;
        let found = (grade.behaviour, &grade.correct, grade.note.as_deref());
        assert_eq!(found, (behaviour, &Score::from_bool(right), note), "{text}");
        assert_eq!(score(&grade, "right_refusals"), Some(f64::from(u8::from(right))));
        let answered = f64::from(u8::from(behaviour == Behaviour::Answered));
        assert_eq!(score(&grade, "answered_unanswerable"), Some(answered));
        assert_eq!((score(&grade, "right_answers"), score(&grade, "citations_given")), (None, None));
    }
}

#[test]
fn an_accepted_answer_that_sounds_like_declining_is_right() {
    let case = sample::answer_case("c", &["none"], &[]);
    assert_eq!(grade(&case, &sample::says("None.")).correct, Score::Correct);
}

#[test]
fn citations_are_counted() {
    let counts = |case: &Case, text: &str| {
        let grade = grade(case, &sample::says(text));
        let names =
            ["citations_right", "citations_given", "citations_expected", "citations_invented", "citations_named"];
        names.map(|name| score(&grade, name))
    };
    let both = sample::answer_case("c", &["30 days"], &["kb-1", "kb-2"]);
    let all = |counts: [f64; 5]| counts.map(Some);
    assert_eq!(counts(&both, r#"{"answer": "x", "citations": ["kb-2", "kb-2", "kb-9"]}"#), all([1., 2., 2., 1., 2.]));
    assert_eq!(counts(&both, r#"{"answer": "x", "citations": "kb-1"}"#), all([1., 1., 2., 0., 1.]));
    assert_eq!(counts(&both, r#"{"answer": "x", "citations": [null, {}, ""]}"#), all([0., 0., 2., 0., 0.]));
    assert_eq!(counts(&both, "plain text"), all([0., 0., 2., 0., 0.]));
    let unknown = sample::answer_case("c", &["30 days"], &[]);
    let cited = counts(&unknown, r#"{"answer": "x", "citations": ["kb-1", "kb-7"]}"#);
    assert_eq!(cited, [None, None, None, Some(1.0), Some(2.0)]);
}

#[test]
fn a_tool_call_is_no_answer() {
    let calls = sample::makes(json!([{"name": "search", "arguments": {}}]));
    let response = Response { text: "30 days".into(), ..calls };
    let grade = grade(&sample::answer_case("c", &["30 days"], &[]), &response);
    assert_eq!((grade.behaviour, grade.correct), (Behaviour::Broken, Score::Incorrect));
}
