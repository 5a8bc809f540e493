//! How `eval compare` pairs the cases of two runs, and what it says of runs that differ.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    paired::{self, OURS, THEIRS, compare, rows, task, verdicts},
    snapshot,
};
use serde_json::{Value, json};

#[test]
fn models_are_named_behind_the_run() {
    let sandbox = paired::sandbox(&[task("good", [180, 6, 6, 8])]);
    let both = "--candidate small=replay:ours.jsonl --candidate large=replay:theirs.jsonl";
    paired::run(&sandbox, both, "both");
    let found = compare(&sandbox, 0, "both/run#small both/run#large");
    assert_eq!(["candidate", "reference"].map(|key| &found["verdicts"][0][key]), ["small", "large"]);
    let errors =
        ["both/run", "both/run#small both/run", "both/run#small both/run#lagre", "both/run#small both/run#small"]
            .map(|words| format!("# compare {words}\n{}", sandbox.eval_to(2, &format!("compare {words}")).stderr));
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn one_name_on_both_sides_is_told_apart() {
    let sandbox = paired::sandbox(&[task("good", [180, 6, 6, 8])]);
    paired::run(&sandbox, "--candidate m=replay:ours.jsonl", "ours");
    paired::run(&sandbox, "--candidate m=replay:theirs.jsonl", "theirs");
    let id = |folder: &str| -> String {
        let manifest: Value = serde_json::from_str(&sandbox.read(&format!("{folder}/run.json"))).unwrap();
        manifest["id"].as_str().unwrap().into()
    };
    sandbox.replace("theirs/run/run.json", &id(THEIRS), "20260314-101500-paired");
    let found = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    let row = rows(&found)[0];
    assert_eq!(["candidate", "reference"].map(|key| &row[key]), ["m", "m (20260314-101500-paired)"]);
    assert_eq!(["candidate_only", "reference_only"].map(|key| &row[key]), [6, 6]);
    let said = found["differences"].to_string();
    assert!(said.contains("m was set up in another way: outputs"), "{said}");
}

#[test]
fn pairs_are_made_by_content_and_not_by_place_or_id() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8])]);
    let before = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    // The same cases in another order, under other ids.
    for file in ["paired/good.jsonl", "theirs.jsonl"] {
        let renamed = sandbox.read(file).replace("\"c-", "\"other-");
        let lines: Vec<&str> = renamed.lines().rev().collect();
        sandbox.write(file, lines.join("\n"));
    }
    paired::run_theirs(&sandbox);
    let after = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    assert_eq!(rows(&before), rows(&after));
    assert_eq!(after["details"][0]["tasks"][0]["lost"][0]["case"], "c-0186");
    assert_eq!(after["differences"], json!([]));
}

#[test]
fn what_differs_is_said() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8]), task("more", [60, 0, 0, 0])]);
    sandbox.replace("paired/suite.toml", "[[task]]", "[decision]\nmargin = 0.1\n\n[[task]]");
    sandbox.replace("paired/good.jinja", "One of", "Any of");
    sandbox.replace("paired/more.jsonl", "the mail 7 of", "the letter 7 of");
    paired::run_ours(&sandbox);
    sandbox.replace("theirs/run/run.json", "\"date\": \"", "\"date\": \"1999-12-31 or ");
    let found = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    snapshot!(sandbox, lines(&found["differences"].to_string()));
    assert_eq!(rows(&found)[1]["unpaired"], 1);
    assert_eq!(rows(&found)[0]["margin"], 0.1);
    // A terminal and Markdown say it as well.
    for format in ["text", "md"] {
        let outcome = sandbox.eval_to(0, &format!("compare {OURS} {THEIRS} --format {format}"));
        assert!(outcome.stdout.contains("what makes its prompts"), "{}", outcome.stdout);
    }
}

/// The differences as lines.
fn lines(differences: &str) -> String {
    serde_json::from_str::<Vec<String>>(differences).unwrap().join("\n")
}

#[test]
fn runs_of_different_suites_are_not_compared() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8])]);
    sandbox.replace("paired/suite.toml", "\"paired\"", "\"other\"");
    paired::run_theirs(&sandbox);
    snapshot!(sandbox, sandbox.eval_to(2, &format!("compare {OURS} {THEIRS}")).stderr);
}

#[test]
fn too_few_common_cases_are_no_evidence() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8])]);
    for (letters, code, verdict) in [(4, 0, "good_enough"), (5, 12, "invalid")] {
        let cases = sandbox.read("paired/good.jsonl");
        let other: Vec<String> = cases
            .lines()
            .enumerate()
            .map(|(n, line)| if n < letters { line.replace("the mail", "the letter") } else { line.into() })
            .collect();
        sandbox.write("paired/good.jsonl", other.join("\n"));
        paired::run_theirs(&sandbox);
        let found = compare(&sandbox, code, &format!("{OURS} {THEIRS}"));
        assert_eq!((verdicts(&found)[0], &rows(&found)[0]["unpaired"]), (verdict, &json!(letters)));
        if code == 12 {
            let reasons = rows(&found)[0]["reasons"].to_string();
            assert!(reasons.contains("Only 195 of 200 cases are paired"), "{reasons}");
        }
    }
}

#[test]
fn of_repeats_one_is_shown_that_tells_the_models_apart() {
    let sandbox = paired::sandbox(&[task("mail", [60, 0, 0, 0])]);
    // The third answer of every fifth case goes wrong.
    let mut answers = String::new();
    for (n, line) in sandbox.read("ours.jsonl").lines().enumerate() {
        for repeat in 0..3 {
            let mut answer: Value = serde_json::from_str(line).unwrap();
            answer["repeat"] = json!(repeat);
            if repeat == 2 && n % 5 == 0 {
                answer["text"] = json!("undetermined");
            }
            answers.push_str(&format!("{answer}\n"));
        }
    }
    sandbox.write("thrice.jsonl", answers);
    paired::run(&sandbox, "--candidate small=replay:thrice.jsonl --repeat 3", "ours");
    paired::run_theirs(&sandbox);
    let found = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    let row = rows(&found)[0];
    assert_eq!((&row["cases"], &row["both"]), (&json!(60), &json!(null)));
    assert!((row["difference"].as_f64().unwrap() + 12.0 / 180.0).abs() < 1e-12, "{}", row["difference"]);
    let lost = found["details"][0]["tasks"][0]["lost"].as_array().unwrap();
    assert_eq!(lost.len(), 12);
    for case in lost {
        let said = [&case["candidate"]["outcome"], &case["reference"]["outcome"]];
        assert_eq!(said, ["declined, should answer", "right"], "{case}");
    }
    assert_eq!(found["differences"], json!(["Cases were asked 3 times and once."]));
}
