//! `eval import`: a suite of a table, in one command.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, snapshot};
use serde_json::{Value, json};

const TICKETS: &str = "\
id,subject,body,queue
t-1,Parcel,Where is my parcel?,delivery
t-2,Invoice,It was charged twice,billing
t-3,Hello,,
t-4,Broken
t-5,Parcel,\"Left at the door, and gone\",delivery
t-6,Refund,Still no money back,billing
t-7,Question,Is it the red one?,unclear
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tickets.csv", TICKETS);
    sandbox
}

const MAPPED: &str = "import tickets.csv --to mine --map expected=queue --map input.subject=subject --map input.body=body --task triage --abstain unclear";

/// Every case answered as it is expected.
fn gold(sandbox: &Sandbox, task: &str) -> String {
    let cases = sandbox.read(&format!("mine/{task}.jsonl"));
    let answer = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let expected = &case["expected"];
        let text = expected.as_str().map_or_else(|| expected.to_string(), String::from);
        json!({"task": task, "case": case["id"], "text": text}).to_string() + "\n"
    };
    cases.lines().map(answer).collect()
}

#[test]
fn a_table_becomes_a_suite_that_is_sound_and_runs() {
    let sandbox = sandbox();
    let told = sandbox.eval_to(0, MAPPED);
    snapshot!(sandbox, told.stdout);
    snapshot!(sandbox, sandbox.read("mine/suite.toml"));
    snapshot!(sandbox, sandbox.read("mine/import.jsonl"));
    sandbox.eval_to(0, "suites check ./mine");
    sandbox.write("gold.jsonl", gold(&sandbox, "triage"));
    sandbox.eval_to(0, "run --suite ./mine --candidate replay:gold.jsonl");
    let run = sandbox.the_run();
    assert!(run.records().iter().all(|record| record["correct"] == true), "{}", run.log());
}

#[test]
fn a_second_import_adds_a_task_to_the_suite() {
    let sandbox = sandbox();
    sandbox.eval_to(0, MAPPED);
    let order =
        |n: usize| format!("{{\"text\": \"{n} rolls\", \"expected\": {{\"item\": \"rolls\", \"pieces\": {n}}}}}\n");
    sandbox.write("orders.jsonl", (1..=9).map(order).collect::<String>());
    let before = sandbox.read("mine/suite.toml");
    sandbox.eval_to(0, "import orders.jsonl --to mine --task orders");
    assert!(sandbox.read("mine/suite.toml").starts_with(&before));
    sandbox.eval_to(0, "suites check ./mine");
    sandbox.write("gold.jsonl", gold(&sandbox, "triage") + &gold(&sandbox, "orders"));
    sandbox.eval_to(0, "run --suite ./mine --candidate replay:gold.jsonl");
    assert!(sandbox.the_run().records().iter().all(|record| record["correct"] == true));
    let again = sandbox.eval_to(2, "import orders.jsonl --to mine --task orders");
    assert!(again.stderr.contains("the suite has a task `orders`"), "{}", again.stderr);
}

#[test]
fn mistakes_end_with_2_and_write_nothing() {
    let sandbox = sandbox();
    sandbox.write("none.csv", "text,label\nx,\ny,\n");
    let mut told = String::new();
    for words in [
        "import tickets.csv",
        "import tickets.csv --to mine --format cvs",
        "import tickets.csv --to mine --map expected",
        "import tickets.csv --to mine --map expected=qeue",
        "import tickets.csv --to mine --limit 0",
        "import none.csv --to mine",
        "import no-such.csv --to mine",
    ] {
        let outcome = sandbox.eval_to(2, words);
        told.push_str(&format!("$ eval {words}\n{}{}\n", outcome.stdout, outcome.stderr));
    }
    snapshot!(sandbox, told);
    assert!(!sandbox.path().join("mine").exists());
}

#[test]
fn the_page_has_examples() {
    let page = Sandbox::new().eval_to(0, "import --help").stdout;
    assert!(page.contains("eval import tickets.csv --to my-suite"), "{page}");
}

#[test]
fn what_comes_next_can_be_typed_where_a_path_has_blanks() {
    let sandbox = Sandbox::new();
    sandbox.write("mails.csv", "text,label\na,x\nb,y\nc,x\nd,y\n");
    for arguments in [vec!["import", "mails.csv", "--to", "my mails"], vec!["init", "an example"]] {
        let outcome = sandbox.command().args(&arguments).output().unwrap();
        let told = String::from_utf8(outcome.stdout).unwrap();
        let folder = arguments.last().unwrap();
        assert!(
            told.contains(&format!("  eval suites check './{folder}'\n  eval run --suite './{folder}'\n")),
            "{told}"
        );
    }
}
