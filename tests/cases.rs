//! `eval cases`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Outcome, Sandbox, shop};
use serde_json::{Value, json};
use std::{io::Write, process::Stdio};

/// Runs the binary with this on its standard input.
fn typed(sandbox: &Sandbox, code: i32, words: &str, input: &str) -> Outcome {
    let mut command = sandbox.command();
    command.args(words.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(code), "eval {words}\n{}\n{}", outcome.stdout, outcome.stderr);
    outcome
}

/// The line of a case.
fn line(sandbox: &Sandbox, file: &str, id: &str) -> Value {
    let text = sandbox.read(file);
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.into_iter().find(|case| case["id"] == id).unwrap()
}

/// The shop with a run of both models.
fn ran() -> Sandbox {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate small=replay:mixed.jsonl --reference large=replay:right.jsonl");
    sandbox
}

#[test]
fn a_failing_input_becomes_a_case() {
    let sandbox = shop::sandbox();
    let before = sandbox.read("shop/triage.jsonl");
    let input = "{\"input\": \"charged three times\", \"tags\": [\"live\"]}\n";
    let added = typed(&sandbox, 0, "cases add --suite ./shop --task triage --expected billing", input);
    assert_eq!(added.stdout, "t-7  ./shop/triage.jsonl:7\n");
    let new = r#"{"id": "t-7", "input": "charged three times", "expected": "billing", "tags": ["live"]}"#;
    assert_eq!(sandbox.read("shop/triage.jsonl"), format!("{before}{new}\n"));
    sandbox.eval_to(0, "suites check ./shop");
    // Named by its settings, and in contradiction to what is there.
    let words = "cases add --suite ./shop/suite.toml --task triage --expected returns";
    let other = typed(&sandbox, 0, words, input);
    assert_eq!(other.stdout, "t-8  ./shop/triage.jsonl:8\n");
    assert!(other.stderr.contains("`t-8` asks what `t-7` asks, and expects another outcome"), "{}", other.stderr);
    sandbox.write("shop/triage.jsonl", format!("{before}{new}\n"));
    for (words, input, part) in [
        ("--suite ./shop --task triage --expected billing", input, "t-7` at triage.jsonl:7"),
        ("--suite ./shop --task triage", "{\"input\": \"x\"}", "--expected JSON"),
        ("--suite ./shop --task triage --expected bill", "{\"input\": \"x\"}", "triage.jsonl:8"),
        ("--suite ./shop --task fields --expected {", "{\"input\": \"x\"}", "--expected is not JSON"),
        ("--suite ./shop --task triag --expected billing", "{\"input\": \"x\"}", "did you mean `triage`"),
        ("--suite support-tickets --task triage --expected billing", "{\"input\": \"x\"}", "part of the program"),
        ("--suite ./shop --task triage --expected billing", "", "nothing came on standard input"),
    ] {
        let refused = typed(&sandbox, 2, &format!("cases add {words}"), input);
        assert!(refused.stderr.contains(part), "{words}\n{}", refused.stderr);
    }
    assert_eq!(sandbox.read("shop/triage.jsonl"), format!("{before}{new}\n"));
}

#[test]
fn a_line_of_a_record_log_becomes_a_case_of_a_suite_that_has_it_not() {
    let sandbox = ran();
    let records = sandbox.the_run().read("records.jsonl");
    let record = records.lines().find(|line| line.contains("\"t-3\"")).unwrap();
    let there = typed(&sandbox, 2, "cases add --suite ./shop --task triage", record);
    assert!(there.stderr.contains("`t-3` at triage.jsonl:3"), "{}", there.stderr);
    let t3 = sandbox.read("shop/triage.jsonl").lines().nth(2).unwrap().to_string();
    sandbox.replace("shop/triage.jsonl", &(t3.clone() + "\n"), "");
    let added = typed(&sandbox, 0, "cases add --suite ./shop --task triage", record);
    assert_eq!(added.stdout, "t-3  ./shop/triage.jsonl:6\n");
    assert_eq!(sandbox.read("shop/triage.jsonl").lines().last().unwrap(), t3);
}

#[test]
fn golds_are_reviewed_line_by_line() {
    let sandbox = ran();
    let before = sandbox.read("shop/triage.jsonl");
    let shown = typed(&sandbox, 0, "cases review latest --task triage --by ana", "r\nw\n1\nu\n");
    for part in [
        "3 cases that one model got right and one wrong, 0 that both got wrong",
        "1 of 3 · triage · t-3",
        "I send it back, and what of my money",
        "1 small · wrong",
        "2 large · right",
        "3 cases reviewed: 1 right, 1 changed, 1 unsure; 0 skipped, 0 left",
    ] {
        assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
    }
    let [t3, t5, t6] = ["t-3", "t-5", "t-6"].map(|id| line(&sandbox, "shop/triage.jsonl", id));
    assert_eq!((&t3["expected"], &t3["reviewed"]["verdict"]), (&json!("returns"), &json!("right")));
    assert_eq!((&t5["expected"], &t5["reviewed"]["was"]), (&json!("undetermined"), &json!("billing")));
    assert_eq!((&t6["tags"], &t6["reviewed"]["by"]), (&json!(["unsure"]), &json!("ana")));
    // The lines of the other cases are as they were.
    let after = sandbox.read("shop/triage.jsonl");
    let same = before.lines().zip(after.lines()).filter(|(old, new)| old == new).count();
    assert_eq!((same, after.lines().count()), (3, 6));
    let again = typed(&sandbox, 0, "cases review latest --task triage --by ana", "");
    assert!(again.stdout.contains("3 reviewed before"), "{}", again.stdout);
    for command in ["suites show ./shop", "suites check ./shop"] {
        let told = sandbox.eval_to(0, command).stdout;
        assert!(told.contains("reviewed 3 cases by people: 1 changed, 1 right, 1 unsure"), "{told}");
    }
    sandbox.eval_to(0, "run --suite ./shop --task triage --candidate small=replay:mixed.jsonl");
    let page = sandbox.runs().last().unwrap().read("report.html");
    assert!(page.contains("6 of 6; 3 reviewed by people (1 right, 1 changed, 1 unsure)"), "{page}");
}

#[test]
fn an_answer_is_added_to_the_accepted_ones_and_taken_back() {
    let sandbox = ran();
    let before = sandbox.read("shop/answers.jsonl");
    typed(&sandbox, 0, "cases review latest --task answers --by ana", "w\nno charge\nq\n");
    let expected = json!({"answers": ["nothing", "free", "no charge"]});
    assert_eq!(line(&sandbox, "shop/answers.jsonl", "a-3")["expected"], expected);
    sandbox.write("shop/answers.jsonl", &before);
    let shown = typed(&sandbox, 0, "cases review latest --task answers --by ana", "w\n1\nb\ns\nq\n");
    assert_eq!(sandbox.read("shop/answers.jsonl"), before);
    assert!(
        shown.stdout.contains("0 cases reviewed") && shown.stdout.contains("1 skipped, 1 left"),
        "{}",
        shown.stdout
    );
    // One model alone: what it got wrong.
    let alone = typed(&sandbox, 0, "cases review latest --model small --task actions --by ana", "w\n1\n");
    assert!(alone.stdout.starts_with("2 cases that small got wrong"), "{}", alone.stdout);
    let calls = json!({"calls": [{"name": "refund", "arguments": {"order": "FM-3", "amount": 70.0}}]});
    assert_eq!(line(&sandbox, "shop/actions.jsonl", "x-3")["expected"], calls);
}

#[test]
fn what_a_model_wrote_cannot_move_the_cursor() {
    let sandbox = shop::sandbox();
    let mut answers = shop::mixed();
    answers[2]["text"] = json!("\u{1b}[2Jbilling\u{7}\u{202e}");
    sandbox.write("mixed.jsonl", shop::lines(&answers));
    sandbox.eval_to(0, "run --suite ./shop --task triage --candidate small=replay:mixed.jsonl");
    let shown = typed(&sandbox, 0, "cases review latest --by ana", "").stdout;
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{shown:?}");
    assert!(shown.contains("\\u{1b}[2Jbilling"), "{shown}");
}

#[test]
fn mistakes_exit_2_and_keep_what_was_decided() {
    let sandbox = ran();
    for (words, input, part) in [
        ("latest", "", "--by NAME"),
        ("latest --by ana --model medium", "", "holds no model"),
        ("latest --by ana --suite support-tickets", "", "part of the program"),
        ("nothing --by ana", "", "no run"),
        ("latest --by ana --task topic", "", "no task `topic`"),
        ("latest --by ana --task triage", "x\n", "none of r, w, u, s, b and q"),
        ("latest --by ana --task triage", "b\n", "the first case"),
        ("latest --by ana --task triage", "r\nw\nrefunds\n", "refunds"),
        // What could not be read is no label.
        ("latest --by ana --task triage", "s\nw\n1\n", "cannot be read as an expected outcome"),
    ] {
        let failed = typed(&sandbox, 2, &format!("cases review {words}"), input);
        assert!(failed.stderr.contains(part), "{words}\n{}", failed.stderr);
    }
    assert_eq!(line(&sandbox, "shop/triage.jsonl", "t-3")["reviewed"]["verdict"], "right");
    assert_eq!(line(&sandbox, "shop/triage.jsonl", "t-5").get("reviewed"), None);
}

/// The triage task with labels that are numbers, one case, and a run of two models.
fn numbered() -> Sandbox {
    let sandbox = Sandbox::new();
    let rows = [("much too late", "1"), ("just in time", "2"), ("never came", "1"), ("all fine", "2"), ("hm", "3")];
    let rows: String = rows.iter().map(|(text, label)| format!("{text},{label}\n")).collect();
    sandbox.write("mails.csv", format!("text,label\n{rows}"));
    sandbox.eval_to(0, "import mails.csv --to suite --kind classification --task stars");
    let answer =
        |n: usize, text: &str| json!({"task": "stars", "case": format!("row-{n}"), "text": text}).to_string() + "\n";
    for (file, first) in [("small.jsonl", "3"), ("large.jsonl", "2")] {
        let rest = ["2", "1", "2", "3"].iter().zip(2..).map(|(text, n)| answer(n, text));
        sandbox.write(file, answer(1, first) + &rest.collect::<String>());
    }
    // Too few for a verdict, which is not asked for here.
    sandbox.eval("run --suite ./suite --candidate small=replay:small.jsonl --reference large=replay:large.jsonl");
    sandbox
}

#[test]
fn a_number_that_is_a_label_is_no_model() {
    let sandbox = numbered();
    let before = sandbox.read("suite/stars.jsonl");
    let refused = typed(&sandbox, 2, "cases review latest --by ana", "w\n2\n");
    assert!(refused.stdout.contains("a number as \"1\""), "{}", refused.stdout);
    assert!(refused.stderr.contains("`2` is a label, and a model's number"), "{}", refused.stderr);
    assert!(refused.stderr.contains("in quotation marks, \"2\""), "{}", refused.stderr);
    assert_eq!(sandbox.read("suite/stars.jsonl"), before);
    typed(&sandbox, 0, "cases review latest --by ana", "w\n\"2\"\nq\n");
    assert_eq!(line(&sandbox, "suite/stars.jsonl", "row-1")["expected"], "2");
    // A label that is no model's number needs none.
    sandbox.write("suite/stars.jsonl", &before);
    typed(&sandbox, 0, "cases review latest --by ana", "w\n3\nq\n");
    assert_eq!(line(&sandbox, "suite/stars.jsonl", "row-1")["expected"], "3");
}

#[test]
fn at_a_terminal_a_mistake_is_asked_again() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        return eprintln!("skipped: no program `script` gives a terminal");
    }
    let sandbox = numbered();
    let eval = format!("{} cases review latest --by ana", sandbox.command().get_program().to_string_lossy());
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &eval, "/dev/null"]).current_dir(sandbox.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A label that does not exist, and the number of a model; then what is meant, at the same question.
    child.stdin.take().unwrap().write_all(b"w\nfour\n1\n\"3\"\nq\n").unwrap();
    let shown = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(shown.contains("is a label, and a model's number") && shown.contains("four"), "{shown}");
    assert!(!shown.contains("none of r, w, u"), "{shown}");
    assert!(shown.contains("1 changed"), "{shown}");
    assert_eq!(line(&sandbox, "suite/stars.jsonl", "row-1")["expected"], "3");
}

#[test]
fn one_answer_in_place_of_checks_is_said_to_be_one() {
    let sandbox = Sandbox::new();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/tests/fixtures/import/inspect/open.json");
    sandbox.eval_to(0, &format!("import {samples} --format inspect --to suite"));
    let text = sandbox.read("suite/samples.jsonl");
    let case: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(case["expected"]["checks"].is_array());
    let answers = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
    let answers: String =
        answers.map(|id| json!({"task": "samples", "case": id, "text": "zzz"}).to_string() + "\n").collect();
    sandbox.write("wrong.jsonl", answers);
    sandbox.eval_to(0, "run --suite ./suite --candidate wrong=replay:wrong.jsonl");
    let shown = typed(&sandbox, 0, "cases review latest --by ana", "w\n\nq\n").stdout;
    assert!(shown.contains("it takes the place of the checks"), "{shown}");
}
