//! The readers of JSON, numbers, days and labels, tried through what they decide: whether an answer is right.

use crate::{compile, sample};
use eval_core::{Behaviour, Compare, FieldRule, Grade, Score, Task};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn grade(task: &Task, expected: Value, text: &str) -> Grade {
    compile(task).unwrap().grader.grade(&sample::object_case("c", expected), &sample::says(text))
}

/// An extraction of one field that is compared so.
fn one_field(compare: Compare) -> Task {
    let fields = [("/total".to_string(), FieldRule { compare, ..FieldRule::default() })].into();
    Task { fields, ..sample::extraction() }
}

fn is_right(task: &Task, expected: Value, given: &str) -> bool {
    let object = |total| json!({"order_number": null, "total": total, "ordered_on": null});
    grade(task, object(expected), &object(json!(given)).to_string()).correct == Score::Correct
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        "[a-z {}\\[\\]\",:'`\\\\é🙂-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("[a-z]{1,6}", any_json(), 1..5).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn an_object_is_read_as_it_is_and_dug_out_of_a_fence(object in any_object()) {
        let task = Task { schema: Some(std::sync::Arc::new(json!({"type": "object"}))), ..sample::extraction() };
        let object = Value::Object(object);
        let given = grade(&task, object.clone(), &object.to_string());
        prop_assert_eq!((given.reading, &given.answer), ("as_given", &object));
        prop_assert!(given.behaviour != Behaviour::Broken);
        // A fence within a text of the object would end the fence around it.
        prop_assume!(!object.to_string().contains("```"));
        let fenced = grade(&task, object.clone(), &format!("Here it is:\n```json\n{object:#}\n```\n"));
        prop_assert_eq!((fenced.reading, &fenced.answer), ("recovered", &object));
        prop_assert_eq!((fenced.behaviour, fenced.correct), (Behaviour::Broken, Score::Incorrect));
    }

    #[test]
    fn what_is_cut_short_is_no_object(object in any_object(), at in 0.0..1.0f64) {
        let task = Task { schema: Some(std::sync::Arc::new(json!({"type": "object"}))), ..sample::extraction() };
        let text = Value::Object(object.clone()).to_string();
        let mut end = (text.len() as f64 * at) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = grade(&task, Value::Object(object), &text[..end]);
        prop_assert!(cut.reading != "as_given");
        prop_assert_eq!(cut.correct, Score::Incorrect);
    }

    #[test]
    fn a_number_is_right_in_every_notation_and_another_number_in_none(cents in 0u64..1_000_000_000, other in 0u64..1_000_000_000) {
        let task = one_field(Compare::Number);
        let amount = |cents: u64| (cents as f64 / 100.0, cents / 100, cents % 100);
        let grouped = |whole: u64, mark: &str| {
            let digits = whole.to_string();
            let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
            groups.join(mark)
        };
        let forms = |cents: u64| {
            let (number, whole, part) = amount(cents);
            [
                number.to_string(),
                format!("{whole},{part:02} €"),
                format!("${}.{part:02}", grouped(whole, ",")),
                format!("{},{part:02} EUR", grouped(whole, ".")),
                format!("{},{part:02}", grouped(whole, "\u{a0}")),
            ]
        };
        let (number, ..) = amount(cents);
        for form in forms(cents) {
            prop_assert!(is_right(&task, json!(number), &form), "{form}");
        }
        prop_assume!(cents != other);
        for form in forms(other) {
            prop_assert!(!is_right(&task, json!(number), &form), "{form} is not {number}");
        }
    }

    #[test]
    fn a_day_is_right_in_every_notation_and_the_next_in_none(year in 1900i32..2100, month in 1usize..=12, day in 1u32..=27) {
        let task = one_field(Compare::Date);
        let names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December"];
        let forms = |day: u32| {
            let name = names[month - 1];
            [
                format!("{year}-{month:02}-{day:02}"),
                format!("{day:02}.{month:02}.{year}"),
                format!("{day} {name} {year}"),
                format!("{name} {day}, {year}"),
                format!("{year}-{month:02}-{day:02}T10:30:00Z"),
            ]
        };
        let iso = json!(format!("{year}-{month:02}-{day:02}"));
        for form in forms(day) {
            prop_assert!(is_right(&task, iso.clone(), &form), "{form}");
        }
        for form in forms(day + 1) {
            prop_assert!(!is_right(&task, iso.clone(), &form), "{form} is not {iso}");
        }
    }

    #[test]
    fn any_text_as_a_number_or_a_day_is_right_or_wrong(text in "[0-9.,' €$+-]{0,16}|\\PC{0,24}|[0-9]{1,40}[a-zµ°%]{0,6}") {
        for (compare, expected) in [(Compare::Number, json!(1299)), (Compare::Date, json!("2026-03-14"))] {
            let _ = is_right(&one_field(compare), expected, &text);
        }
    }

    #[test]
    fn a_label_that_is_read_is_one_of_the_set(text in "[a-z* \"'.:\\n-]{0,24}|\\PC{0,24}|(billing|delivery|Order change|not|and|,| ){0,5}") {
        let task = sample::classification();
        let scorer = compile(&task).unwrap();
        let grade = scorer.grader.grade(&sample::label_case("c", "billing"), &sample::says(&text));
        match grade.answer.as_str() {
            Some(label) => {
                prop_assert!(task.labels.iter().any(|known| known == label));
                prop_assert!(grade.behaviour != Behaviour::Broken);
                prop_assert_eq!(grade.correct == Score::Correct, label == "billing");
                // Whatever the leniency, a label that is read stands in the answer.
                let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' ', '\n'], "");
                prop_assert!(plain(&text).contains(&plain(label)), "{text:?} was read as {label}");
            }
            None => prop_assert_eq!((grade.behaviour, grade.correct), (Behaviour::Broken, Score::Incorrect)),
        }
    }
}
