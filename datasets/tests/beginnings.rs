//! Which beginnings a case's prompt says that it shares with others of its task.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(unused)]
mod common;

use common::Folder;
use eval_datasets::LoadedSuite;
use serde_json::{Value, json};

const TERMS: &str = "Everything may be sent back within 30 days.";
const HOURS: &str = "The shop is open from 9 to 17.";

fn case(id: &str, input: Value, passages: &[(&str, &str)]) -> String {
    let context: Vec<Value> = passages.iter().map(|(id, text)| json!({"id": id, "text": text})).collect();
    let case = json!({"id": id, "input": input, "context": context, "expected": {"answerable": false}});
    format!("{case}\n")
}

/// The beginnings of each case's user turn that it says it shares.
fn shared(loaded: &LoadedSuite, task: &str) -> Vec<Vec<String>> {
    let task = loaded.suite.tasks.iter().find(|other| other.name == task).unwrap();
    let of = |case: &std::sync::Arc<_>| {
        let prompt = loaded.prompt(task, case, 0, None).unwrap();
        let words = &prompt.messages.last().unwrap().content;
        loaded.shared(task, case, &prompt, None).into_iter().map(|end| words[..end].to_string()).collect()
    };
    task.cases.iter().map(of).collect()
}

fn of_answers(template: &str, cases: &[String]) -> Vec<Vec<String>> {
    let folder = Folder::new();
    folder.write("answers.jinja", template);
    folder.write("answers.jsonl", cases.concat());
    shared(&folder.load().unwrap(), "answers")
}

const CONTEXT_FIRST: &str = "Passages:\n{% for passage in context %}\n[{{ passage.id }}] {{ passage.text }}\n{% endfor %}\nQuestion: {{ input }}\n";

#[test]
fn the_questions_on_one_document_share_all_of_it() {
    let passages = [("kb-1", TERMS), ("kb-2", HOURS)];
    let cases = ["May I return it?", "When do you open?", "On Sundays, too?"];
    let cases = cases.map(|question| case(question, question.into(), &passages));
    let document = format!("Passages:\n[kb-1] {TERMS}\n[kb-2] {HOURS}\nQuestion: ");
    assert_eq!(of_answers(CONTEXT_FIRST, &cases), vec![vec![document]; 3]);
}

#[test]
fn beginnings_end_where_cases_part_and_nothing_is_said_of_what_one_case_has_alone() {
    let cases = [
        case("both", "a?".into(), &[("kb-1", TERMS), ("kb-2", HOURS)]),
        case("both again", "b?".into(), &[("kb-1", TERMS), ("kb-2", HOURS)]),
        case("another second one", "c?".into(), &[("kb-1", TERMS), ("kb-3", "No.")]),
        case("another order", "d?".into(), &[("kb-2", HOURS), ("kb-1", TERMS)]),
    ];
    let all = "Passages:\n[".to_string();
    let one = format!("Passages:\n[kb-1] {TERMS}\n[");
    let both = format!("Passages:\n[kb-1] {TERMS}\n[kb-2] {HOURS}\nQuestion: ");
    let expected = [
        vec![all.clone(), one.clone(), both.clone()],
        vec![all.clone(), one.clone(), both],
        vec![all.clone(), one],
        vec![all],
    ];
    assert_eq!(of_answers(CONTEXT_FIRST, &cases), expected);
}

#[test]
fn a_question_that_comes_first_shares_what_stands_before_it() {
    let passages = [("kb-1", TERMS)];
    let cases = ["a?", "b?"].map(|question| case(question, question.into(), &passages));
    let template = "Answer this: {{ input }}\n{% for passage in context %}{{ passage.text }}{% endfor %}\n";
    assert_eq!(of_answers(template, &cases), vec![vec!["Answer this: ".to_string()]; 2]);
}

#[test]
fn instructions_in_the_user_turn_are_shared_by_all_cases_whatever_their_input_is_made_of() {
    let folder = Folder::new();
    folder.write("fields.jinja", "Read the mail of {{ input.day }}, as ever.\n\n{{ input.body | upper }}\n");
    let line = |id: &str, day: &str, n: i64| {
        let expected = json!({"order_number": null, "total": null, "lines": []});
        json!({"id": id, "input": {"day": day, "body": "x", "n": n}, "expected": expected}).to_string() + "\n"
    };
    folder.write("fields.jsonl", [line("f-1", "Monday", 1), line("f-2", "Monday", 2)].concat());
    assert_eq!(shared(&folder.load().unwrap(), "fields"), vec![vec!["Read the mail of ".to_string()]; 2]);
}

#[test]
fn a_case_without_others_and_a_template_that_takes_no_mark_share_nothing() {
    let alone = [case("only", "a?".into(), &[("kb-1", TERMS)])];
    assert_eq!(of_answers(CONTEXT_FIRST, &alone), [vec![] as Vec<String>]);
    let counted = "Over {{ input.n + 1 }} questions, and then: {{ input.words }}";
    let cases = [1, 2].map(|n| case(&n.to_string(), json!({"n": n, "words": "a?"}), &[("kb-1", TERMS)]));
    assert_eq!(of_answers(counted, &cases), vec![vec![] as Vec<String>; 2]);
}
