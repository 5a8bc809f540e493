//! `eval split`, and what reports tell of held-out cases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop};
use serde_json::{Value, json};

/// Of the shop, a right case, one that the candidate loses and one that neither gets right, of several tasks.
const HELD_OUT: [(&str, &str, &str); 4] = [
    ("triage", "t-1", "charged twice"),
    ("triage", "t-3", "I send it back, and what of my money"),
    ("answers", "a-4", "are you open on Sunday"),
    ("actions", "x-4", "refund FM-4, 8 euros"),
];

/// The shop with these cases held out.
fn split() -> Sandbox {
    let sandbox = shop::sandbox();
    for (task, id, _) in HELD_OUT {
        let file = format!("shop/{task}.jsonl");
        let text = sandbox.read(&file);
        let old = text.lines().find(|line| line.contains(&format!("\"{id}\""))).unwrap();
        sandbox.replace(&file, old, &format!("{}, \"held_out\": true}}", old.strip_suffix('}').unwrap()));
    }
    sandbox
}

/// Fails if a report tells anything of a held-out case, and if it tells nothing of their totals.
fn tells_totals_alone(name: &str, text: &str) {
    for (_, id, input) in HELD_OUT {
        let ids = [format!("{id}\""), format!("{id} "), format!("{id}<"), format!("{id},"), format!("{id}\n")];
        assert!(!ids.iter().any(|id| text.contains(id.as_str())), "{name} tells of {id}\n{text}");
        assert!(!text.contains(input), "{name} tells what {id} is\n{text}");
    }
    assert!(text.contains("held out") || text.contains("held_out"), "{name} tells no totals\n{text}");
}

#[test]
fn reports_tell_totals_of_held_out_cases_alone() {
    let sandbox = split();
    // One of the answers that failed, with a message of its own.
    let mut answers = shop::mixed();
    answers[2] =
        json!({"task": "triage", "case": "t-3", "error": "no answer to: I send it back, and what of my money"});
    sandbox.write("mixed.jsonl", shop::lines(&answers));
    let run = "run --suite ./shop --candidate small=replay:mixed.jsonl --reference large=replay:right.jsonl";
    let ran = sandbox.eval(run);
    tells_totals_alone("the terminal", &format!("{}{}", ran.stdout, ran.stderr));
    let files = sandbox.the_run();
    assert_eq!(files.read("records.jsonl").matches("\"held_out\":true").count(), 2 * HELD_OUT.len());
    tells_totals_alone("the page", &files.page());
    tells_totals_alone("the summary", &files.read("summary.json"));
    for words in
        ["report latest --format md", "compare latest", "compare latest --format json", "compare latest --format md"]
    {
        tells_totals_alone(words, &sandbox.eval(words).stdout);
    }
    let gate = sandbox.eval("gate latest --junit gate.xml --markdown gate.md --json gate.json");
    tells_totals_alone("the gate", &gate.stdout);
    for name in ["gate.xml", "gate.md", "gate.json"] {
        tells_totals_alone(name, &sandbox.read(name));
    }
    // The others are told.
    assert!(files.page().contains("the driver never rang"));
    assert!(sandbox.read("gate.xml").contains("t-6"));
    // A baseline tells of them no answer, and as a reference hides them as well.
    sandbox.eval_to(0, "baseline save latest#large baseline.json --with-answers");
    assert!(!sandbox.read("baseline.json").contains("\"text\":\"returns\""));
    tells_totals_alone("against a baseline", &sandbox.eval("compare latest#small baseline.json").stdout);
}

#[test]
fn the_totals_are_those_of_the_parts() {
    let sandbox = split();
    sandbox.eval("run --suite ./shop --candidate small=replay:mixed.jsonl");
    let summary: Value = serde_json::from_str(&sandbox.the_run().read("summary.json")).unwrap();
    let row = &summary["tasks"][0]["models"][0];
    assert_eq!((&row["cases"], &row["correct"]), (&json!(6), &json!(3)));
    let parts = &row["parts"];
    assert_eq!((&parts["open"]["cases"], &parts["open"]["correct"]), (&json!(4), &json!(2)));
    assert_eq!((&parts["held_out"]["cases"], &parts["held_out"]["correct"]), (&json!(2), &json!(1)));
    assert_eq!(parts["held_out"]["correct_rate"], json!(0.5));
    // No case of this task is held out.
    assert!(summary["tasks"][1]["models"][0].get("parts").is_none());
    let xml = sandbox.eval("gate latest --junit gate.xml");
    assert_eq!(xml.code, Some(10), "{}", xml.stderr);
    assert!(sandbox.read("gate.xml").contains("held out: 1/2 right, 50.0%"));
    let page = sandbox.the_run().read("report.html");
    assert!(page.contains("6 of 6; 2 held out"), "{page}");
}

#[test]
fn review_never_shows_a_held_out_case() {
    let sandbox = split();
    sandbox.eval("run --suite ./shop --candidate small=replay:mixed.jsonl --reference large=replay:right.jsonl");
    let shown = sandbox.eval_to(0, "cases review latest --by ana").stdout;
    for (_, id, input) in HELD_OUT {
        assert!(!shown.contains(&format!("{id}\n")) && !shown.contains(input), "{id}\n{shown}");
    }
}

#[test]
fn a_part_is_run_and_cannot_gate() {
    let sandbox = split();
    sandbox.eval("run --suite ./shop --part held-out --candidate small=replay:mixed.jsonl");
    assert_eq!(sandbox.the_run().read("records.jsonl").lines().count(), HELD_OUT.len());
    let told = sandbox.eval("run --suite ./shop --part open --candidate small=replay:mixed.jsonl").stdout;
    assert!(told.contains("part: --part open"), "{told}");
    let gate = sandbox.eval_to(12, "gate latest");
    assert!(gate.stdout.contains("--part) cannot pass a gate"), "{}", gate.stdout);
    sandbox.eval_to(2, "run --suite ./shop --part open --candidate small=replay:mixed.jsonl --gate");
    let whole = shop::sandbox();
    let none = whole.eval_to(2, "run --suite ./shop --part open --candidate small=replay:mixed.jsonl");
    assert!(none.stderr.contains("has no parts") && none.stderr.contains("eval split ./shop"), "{}", none.stderr);
}

#[test]
fn a_suite_is_split_and_the_split_ended() {
    let sandbox = shop::sandbox();
    let before = sandbox.read("shop/triage.jsonl");
    let told = sandbox.eval_to(0, "split ./shop --share 0.5 --seed 1").stdout;
    assert!(
        told.contains("triage: ") && told.contains(" of 6 cases held out (") && told.contains("undetermined"),
        "{told}"
    );
    assert!(sandbox.read("shop/triage.jsonl").contains(", \"held_out\": true}"));
    assert!(sandbox.eval_to(0, "suites show ./shop").stdout.contains("held out "));
    // Again: nothing changes.
    let after = sandbox.read("shop/triage.jsonl");
    assert!(sandbox.eval_to(0, "split ./shop --share 0.5 --seed 1").stdout.contains(" 0 of them new"));
    assert_eq!(sandbox.read("shop/triage.jsonl"), after);
    sandbox.eval_to(0, "split ./shop --clear");
    assert_eq!(sandbox.read("shop/triage.jsonl"), before);
    for (words, part) in [
        ("split ./shop", "--share"),
        ("split ./shop --share 1.5", "above 0 and below 1"),
        ("split ./shop --share 0.4 --clear", "cannot be used with"),
        ("split support-tickets --share 0.4", "part of the program"),
        ("split ./nothing --share 0.4", "failed to open"),
    ] {
        let failed = sandbox.eval_to(2, words);
        assert!(failed.stderr.contains(part), "{words}\n{}", failed.stderr);
    }
}
