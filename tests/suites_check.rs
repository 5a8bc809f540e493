//! `eval suites check`: what is amiss with a suite that is valid, and what a run says of it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};
use serde_json::{Value, json};

/// The shop with some of everything that is warned of.
fn flawed() -> Sandbox {
    let sandbox = shop::sandbox();
    let add = |task: &str, cases: &[Value]| {
        let name = format!("shop/{task}.jsonl");
        sandbox.write(&name, sandbox.read(&name) + &shop::lines(cases));
    };
    let letter = "please tell me why the grey tent that came on Monday has only three of its four poles";
    let mut triage = vec![
        json!({"id": "t-7", "input": "Charged  twice", "expected": "billing"}),
        json!({"id": "t-8", "input": "the driver never rang", "expected": "returns"}),
        json!({"id": "t-9", "input": "intent: billing. I was charged", "expected": "billing"}),
        json!({"id": "t-10", "input": letter, "expected": "returns"}),
        json!({"id": "t-11", "input": letter.replace("grey", "blue"), "expected": "returns"}),
        json!({"id": "t-12", "input": "card 4929 1234 5678 9015, jo@gmail.com", "expected": "billing"}),
    ];
    for n in 13..20 {
        triage.push(json!({"id": format!("t-{n}"), "input": "where is it", "expected": "delivery", "tags": ["short"]}));
    }
    add("triage", &triage);
    add("actions", &[json!({"id": "x-5", "input": "my wife's phone is +49 151 2345 9876", "expected": {"calls": []}})]);
    sandbox
}

#[test]
fn warnings_name_five_places_and_end_with_0() {
    let sandbox = flawed();
    let outcome = sandbox.eval_to(0, "suites check ./shop");
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.stdout.contains("4929") && !outcome.stdout.contains("gmail"));
    snapshot!(sandbox, outcome.stdout);
}

#[test]
fn strict_turns_warnings_into_2() {
    let sandbox = flawed();
    let lax = sandbox.eval_to(0, "suites check ./shop").stdout;
    let outcome = sandbox.eval_to(2, "suites check ./shop --strict");
    assert_eq!((outcome.stdout, outcome.stderr.as_str()), (lax, ""));
    sandbox.eval_to(2, "suites check ./shop --strict --format json");
}

/// Enough cases of two labels that none is like another.
fn sound(sandbox: &Sandbox) {
    sandbox.write(
        "good/suite.toml",
        "name = \"good\"\n[decision]\nmargin = 0.3\n[[task]]\nname = \"t\"\nkind = \"classification\"\nlabels = [\"even\", \"odd\"]\nabstain = \"neither\"\n",
    );
    let letters = |n: usize| [n % 26, n / 26].map(|n| char::from(b'a' + n as u8)).iter().collect::<String>();
    let label = |n: usize| ["even", "odd", "neither"][n * 7 % 11 % 3];
    let cases: Vec<Value> =
        (0..60).map(|n| json!({"id": format!("{n}"), "input": letters(n), "expected": label(n)})).collect();
    sandbox.write("good/t.jsonl", shop::lines(&cases)).write("good/t.jinja", "{{ input }}");
}

#[test]
fn a_sound_suite_passes_strictly() {
    let sandbox = Sandbox::new();
    sound(&sandbox);
    let outcome = sandbox.eval_to(0, "suites check ./good --strict");
    assert!(outcome.stdout.ends_with("\nno warnings\n"), "{}", outcome.stdout);
}

#[test]
fn programs_get_every_place() {
    let sandbox = flawed();
    let checked: Value = serde_json::from_str(&sandbox.eval_to(0, "suites check ./shop --format json").stdout).unwrap();
    assert_eq!((&checked["v"], &checked["suite"]), (&json!(1), &json!("shop")));
    let warnings = checked["warnings"].as_array().unwrap();
    let of = |kind: &str| warnings.iter().find(|warning| warning["kind"] == kind).unwrap();
    assert_eq!(of("duplicate")["places"].as_array().unwrap().len(), 8);
    assert_eq!(
        of("contradiction")["places"],
        json!([{"file": "triage.jsonl", "line": 8, "case": "t-8", "note": "as triage.jsonl:6 (t-6)"}])
    );
    assert_eq!(of("size")["places"], json!([]));
    let triage = &checked["tasks"][0];
    assert_eq!((&triage["cases"], &triage["declining"], &triage["cases_wanted"]), (&json!(19), &json!(1), &json!(270)));
    assert_eq!((&triage["bar"], &triage["shortcuts"][0]["foretold"]), (&json!(0.85), &json!("label")));
}

#[test]
fn what_is_not_valid_ends_with_2_in_every_format() {
    let sandbox = shop::sandbox();
    sandbox.replace("shop/triage.jsonl", "\"billing\"", "\"biling\"");
    for format in ["text", "json"] {
        let outcome = sandbox.eval_to(2, &format!("suites check ./shop --format {format}"));
        assert_eq!(outcome.stdout, "");
        assert!(outcome.stderr.contains("triage.jsonl:1"), "{}", outcome.stderr);
    }
}

#[test]
fn a_run_says_what_it_would_send_away() {
    let sandbox = flawed();
    let said = |sandbox: &Sandbox, words: &str| {
        let stderr = sandbox.eval_to(0, &format!("run --suite ./shop --dry-run {words}")).stderr;
        stderr.lines().filter(|line| line.contains("personal data")).map(String::from).collect::<Vec<_>>()
    };
    let away = "--candidate openai:gpt-4o-mini --reference anthropic:claude-haiku-4-5";
    snapshot!(sandbox, said(&sandbox, away).join("\n"));
    let none: [String; 0] = [];
    assert_eq!(said(&sandbox, &format!("{away} --task fields --task answers")), none);
    // What stays on this machine is nobody's concern.
    assert_eq!(said(&sandbox, "--candidate ollama:llama3.3 --reference m=replay:mixed.jsonl"), none);
}

#[test]
fn data_that_stays_here_is_not_warned_of() {
    let sandbox = flawed();
    sandbox.replace("shop/suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    let checked = sandbox.eval_to(0, "suites check ./shop").stdout;
    assert!(!checked.contains("personal data"), "{checked}");
}
