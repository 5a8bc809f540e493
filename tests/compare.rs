//! `eval compare`: two runs, or one that holds both, paired by the content of their cases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    page,
    paired::{self, OURS, THEIRS, Task, compare, rows, task, verdicts},
    snapshot,
};
use serde_json::{Value, json};

#[test]
fn each_verdict_for_a_terminal() {
    let sandbox = paired::apart(&paired::four_verdicts());
    // A task without a yardstick makes the evidence invalid.
    snapshot!(sandbox, sandbox.eval_to(12, &format!("compare {OURS} {THEIRS}")).stdout);
}

#[test]
fn each_verdict_as_markdown() {
    let sandbox = paired::apart(&paired::four_verdicts());
    snapshot!(sandbox, sandbox.eval_to(12, &format!("compare {OURS} {THEIRS} --format md")).stdout);
}

#[test]
fn each_verdict_as_json() {
    let sandbox = paired::apart(&paired::four_verdicts());
    let found = compare(&sandbox, 12, &format!("{OURS} {THEIRS}"));
    assert_eq!(verdicts(&found), ["good_enough", "not_good_enough", "need_more_data", "invalid"]);
    let table = ["cases", "unpaired", "both", "candidate_only", "reference_only", "neither"];
    assert_eq!(table.map(|key| &rows(&found)[1][key]), [200, 0, 150, 2, 40, 8]);
    // Behind by 1.7 points; were that chance, so many cases would show it.
    assert_eq!(["cases_needed", "cases_needed_at_zero"].map(|key| &rows(&found)[2][key]), [&json!(null), &json!(303)]);
    let verdict = &found["verdicts"][0];
    assert_eq!(["candidate", "reference", "verdict"].map(|key| &verdict[key]), ["small", "large", "invalid"]);
    assert_eq!(found["differences"], json!([]));

    let details = &found["details"][0];
    assert_eq!(["candidate", "reference"].map(|key| &details[key]), ["small", "large"]);
    let worse = &details["tasks"][1];
    assert_eq!(["lost_total", "won_total"].map(|key| &worse[key]), [40, 2]);
    let lost = &worse["lost"][0];
    assert_eq!(
        (&lost["case"], &lost["expected"], &lost["candidate"]["text"], &lost["reference"]["text"]),
        (&json!("c-0152"), &json!("billing"), &json!("undetermined"), &json!("billing"))
    );
    assert!(found.get("gate").is_none());
}

#[test]
fn one_run_that_holds_both_says_the_same() {
    let sandbox = paired::apart(&paired::four_verdicts());
    paired::run(&sandbox, "--candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl", "both");
    let (apart, both) = (compare(&sandbox, 12, &format!("{OURS} {THEIRS}")), compare(&sandbox, 12, "both/run"));
    assert_eq!(rows(&apart), rows(&both));
    assert_eq!(apart["details"], both["details"]);
    assert_eq!(compare(&sandbox, 12, "both/run#small both/run#large")["tasks"], both["tasks"]);
}

#[test]
fn a_baseline_is_a_reference_like_its_run() {
    let sandbox = paired::apart(&paired::four_verdicts());
    sandbox.eval_to(0, &format!("baseline save {THEIRS} large.json"));
    let (run, baseline) =
        (compare(&sandbox, 12, &format!("{OURS} {THEIRS}")), compare(&sandbox, 12, &format!("{OURS} large.json")));
    assert_eq!(rows(&run), rows(&baseline));
    assert_eq!(run["verdicts"], baseline["verdicts"]);
    // The answers are not in it, and yet it is known which cases were lost.
    let lost = |found: &Value| found["details"][0]["tasks"][1]["lost"].clone();
    assert_eq!(lost(&run).as_array().unwrap().len(), lost(&baseline).as_array().unwrap().len());
    assert_eq!(lost(&baseline)[0]["reference"], json!({"outcome": "right", "text": "", "note": null}));
}

#[test]
fn the_margin_can_be_given() {
    let sandbox = paired::apart(&[task("good", [180, 6, 6, 8])]);
    assert_eq!(verdicts(&compare(&sandbox, 0, &format!("{OURS} {THEIRS} --margin 0.01"))), ["need_more_data"]);
    for margin in ["0", "1", "-0.1", "NaN", "5%"] {
        let error = sandbox.eval_to(2, &format!("compare {OURS} {THEIRS} --margin={margin}")).stderr;
        assert!(error.contains("a share above 0 and below 1"), "{error}");
    }
}

/// One tag holds the cases that are lost; the others are spread over all cases.
fn tagged() -> Task {
    Task {
        case: |n, cell| {
            let noise = format!("noise-{}", n * 7919 % 12);
            let hard = cell == 2 || n % 40 == 0;
            json!({"tags": if hard { vec!["hard".to_string(), noise] } else { vec![noise] }})
        },
        ..task("mail", [330, 4, 24, 42])
    }
}

#[test]
fn a_slice_stands_out_where_it_is_worse_and_noise_does_not() {
    let sandbox = paired::apart(&[tagged()]);
    let found = compare(&sandbox, 0, &format!("{OURS} {THEIRS}"));
    let details = &found["details"][0];
    assert_eq!(details["slices_looked_at"], 13);
    let slices = details["tasks"][0]["slices"].as_array().unwrap();
    let out: Vec<&Value> = slices.iter().filter(|slice| slice["stands_out"] == true).collect();
    assert_eq!(out.iter().map(|slice| &slice["tag"]).collect::<Vec<_>>(), ["hard"]);
    assert!(slices[0]["p_adjusted"].as_f64().unwrap() < 0.001, "{}", slices[0]);
    let text = sandbox.eval_to(0, &format!("compare {OURS} {THEIRS}")).stdout;
    let part = text.split("worst slices").nth(1).unwrap().split("\n\n").next().unwrap();
    snapshot!(sandbox, part);
}

#[test]
fn cases_of_one_cluster_are_not_independent() {
    let clustered = |size: usize| -> fn(usize, usize) -> Value {
        match size {
            5 => |n, _| json!({"cluster": format!("thread-{}", n / 5)}),
            _ => |n, _| json!({"cluster": format!("thread-{}", n / 20)}),
        }
    };
    let with = |size| Task { case: clustered(size), ..task("mail", [180, 6, 6, 8]) };
    let found = |task| {
        let sandbox = paired::apart(&[task]);
        compare(&sandbox, 0, &format!("{OURS} {THEIRS}"))
    };
    let (alone, five, twenty) = (found(task("mail", [180, 6, 6, 8])), found(with(5)), found(with(20)));
    let lower = |found: &Value| rows(found)[0]["interval"][0].as_f64().unwrap();
    assert_eq!([&alone, &five].map(|found| &rows(found)[0]["method"]), ["tango", "cluster_robust"]);
    assert!(lower(&five) < lower(&alone));
    // Ten threads never decide, however alike the two models are.
    assert_eq!(verdicts(&twenty), ["need_more_data"]);
    let reasons = rows(&twenty)[0]["reasons"].to_string();
    assert!(reasons.contains("10 independent groups, and fewer than 20 never decide"), "{reasons}");
}

#[test]
fn texts_of_a_local_only_suite_stay_where_they_are() {
    let sandbox = paired::sandbox(&[task("good", [180, 6, 6, 8])]);
    sandbox.replace("paired/suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    for file in ["ours.jsonl", "theirs.jsonl"] {
        let secret = sandbox.read(file).replace("\"undetermined\"", "\"SECRET WORDS\"");
        sandbox.write(file, secret);
    }
    sandbox.replace("paired/suite.toml", "labels = [", "labels = [\"SECRET WORDS\", ");
    paired::run_ours(&sandbox);
    paired::run_theirs(&sandbox);
    for format in ["text", "json", "md"] {
        let shown = sandbox.eval_to(0, &format!("compare {OURS} {THEIRS} --format {format}")).stdout;
        // Labels are the suite's, not a case's.
        let details = shown.split("\"details\"").nth(1).unwrap_or(&shown);
        assert!(!details.contains("SECRET WORDS"), "{format}: {shown}");
        assert!(!shown.contains("the mail "), "{format}: {shown}");
    }
    let text = sandbox.eval_to(0, &format!("compare {OURS} {THEIRS}")).stdout;
    assert!(text.contains("− c-0186") && text.contains("(private)"), "{text}");
}

#[test]
fn a_redacted_comparison_tells_no_word_of_a_case() {
    let sandbox = paired::apart(&[task("mail", [180, 6, 6, 8])]);
    let shown = |format: &str| sandbox.eval_to(0, &format!("compare {OURS} {THEIRS} --format {format}")).stdout;
    // A prompt, answers that were declined, and an expected label.
    let words = ["the mail 190 of mail", "undetermined", "\"text\": \"undetermined\"", "\"expected\": \"billing\""];
    let (told, redacted) = (page::opened(&shown("html")), page::opened(&shown("html --redact")));
    assert!(told.contains(words[0]) && !redacted.contains(words[0]) && redacted.contains("c-0190"));
    for (format, word) in [("text", 1), ("junit", 1), ("json", 2), ("json", 3)] {
        let (told, redacted) = (shown(format), shown(&format!("{format} --redact")));
        assert!(told.contains(words[word]) && !redacted.contains(words[word]), "{format}: {told}\n{redacted}");
        assert!(redacted.contains("c-0190"), "{format}: {redacted}");
    }
}
