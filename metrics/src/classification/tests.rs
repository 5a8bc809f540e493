use crate::{compile, sample};
use eval_core::{Behaviour, Grade, Response, Score};
use serde_json::{Value, json};

fn grade(expected: &str, response: Response) -> Grade {
    let scorer = compile(&sample::classification()).unwrap();
    scorer.grader.grade(&sample::label_case("c", expected), &response)
}

fn score(grade: &Grade, name: &str) -> Option<f64> {
    grade.scores.iter().find(|(known, _)| *known == name).and_then(|(_, score)| score.value())
}

#[test]
fn labels_are_judged() {
    use Behaviour::{Answered, Broken, Declined};
    for (expected, text, behaviour, correct, reading, note) in [
        ("billing", "billing", Answered, true, "exact", None),
        ("billing", "**Billing**.", Answered, true, "normalised", None),
        ("order-change", "Queue: order change", Answered, true, "normalised", None),
        ("billing", "delivery", Answered, false, "exact", Some("expected `billing`, got `delivery`")),
        ("undetermined", "undetermined", Declined, true, "exact", None),
        ("undetermined", "Undetermined", Declined, true, "normalised", None),
        ("billing", "undetermined", Declined, false, "exact", Some("expected `billing`, got `undetermined`")),
        ("undetermined", "billing", Answered, false, "exact", Some("expected `undetermined`, got `billing`")),
        ("billing", "invoices", Broken, false, "outside", Some("no label of the set, or several: `invoices`")),
        ("billing", "{\"queue\": \"billing\"}", Answered, true, "named", None),
        ("billing", "I'd say delivery.", Answered, false, "named", Some("expected `billing`, got `delivery`")),
        ("undetermined", "It is undetermined.", Declined, true, "named", None),
        (
            "billing",
            "billing or delivery",
            Broken,
            false,
            "outside",
            Some("no label of the set, or several: `billing or delivery`"),
        ),
        (
            "undetermined",
            "I cannot tell.",
            Broken,
            false,
            "outside",
            Some("no label of the set, or several: `I cannot tell.`"),
        ),
        ("billing", " \n", Broken, false, "none", Some("an empty answer")),
    ] {
        let grade = grade(expected, sample::says(text));
        let found = (grade.behaviour, &grade.correct, grade.reading, grade.note.as_deref());
        assert_eq!(found, (behaviour, &Score::from_bool(correct), reading, note), "{expected}: {text}");
        for (name, of) in [
            ("outside_labels", "outside"),
            ("read_exact", "exact"),
            ("read_normalised", "normalised"),
            ("read_named", "named"),
        ] {
            assert_eq!(score(&grade, name), Some(f64::from(u8::from(reading == of))), "{name}: {text}");
        }
    }
}

#[test]
fn the_answer_is_the_label_as_the_set_writes_it() {
    assert_eq!(grade("order-change", sample::says("ORDER_CHANGE")).answer, json!("order-change"));
    assert_eq!(grade("billing", sample::says("other")).answer, Value::Null);
}

#[test]
fn declining_is_counted_where_it_is_right_and_where_it_is_not() {
    let right = grade("undetermined", sample::says("undetermined"));
    assert_eq!((score(&right, "abstain_recall"), score(&right, "over_abstention")), (Some(1.0), None));
    let missed = grade("undetermined", sample::says("billing"));
    assert_eq!((score(&missed, "abstain_recall"), score(&missed, "over_abstention")), (Some(0.0), None));
    let over = grade("billing", sample::says("undetermined"));
    assert_eq!((score(&over, "abstain_recall"), score(&over, "over_abstention")), (None, Some(1.0)));
}

#[test]
fn what_is_answered_and_what_is_declined_are_judged_apart() {
    // Selective accuracy, coverage, precision of declining.
    for (expected, text, selective, coverage, precision) in [
        ("billing", "billing", Some(1.0), 1.0, None),
        ("billing", "delivery", Some(0.0), 1.0, None),
        ("billing", "no idea", Some(0.0), 1.0, None),
        ("billing", "undetermined", None, 0.0, Some(0.0)),
        ("undetermined", "undetermined", None, 0.0, Some(1.0)),
        ("undetermined", "billing", Some(0.0), 1.0, None),
    ] {
        let grade = grade(expected, sample::says(text));
        let scores = ["selective_accuracy", "coverage", "abstain_precision"].map(|name| score(&grade, name));
        assert_eq!(scores, [selective, Some(coverage), precision], "{expected}: {text}");
    }
}

#[test]
fn strictly_only_the_label_itself_is_right() {
    let scorer = compile(&eval_core::Task { strict: true, ..sample::classification() }).unwrap();
    let grade = |text| scorer.grader.grade(&sample::label_case("c", "billing"), &sample::says(text));
    assert_eq!(grade("billing").correct, Score::Correct);
    for text in ["Billing", "The label is billing."] {
        assert_eq!((grade(text).behaviour, grade(text).correct), (Behaviour::Broken, Score::Incorrect), "{text}");
    }
}

#[test]
fn a_tool_call_is_no_label_whatever_the_text() {
    let calls = sample::makes(json!([{"name": "billing", "arguments": {}}]));
    let grade = grade("billing", Response { text: "billing".into(), ..calls });
    assert_eq!((grade.behaviour, &grade.correct, &grade.answer), (Behaviour::Broken, &Score::Incorrect, &Value::Null));
    assert_eq!(grade.note.as_deref(), Some("a tool call where a label is asked for"));
}

#[test]
fn without_an_abstain_label_nothing_is_declined() {
    let mut task = sample::classification();
    task.abstain = None;
    let scorer = compile(&task).unwrap();
    let grade = scorer.grader.grade(&sample::label_case("c", "undetermined"), &sample::says("undetermined"));
    assert_eq!((grade.behaviour, grade.correct, grade.scores.len()), (Behaviour::Answered, Score::Correct, 4));
    assert!(scorer.specs.iter().all(|spec| !spec.name.contains("abst")));
}
