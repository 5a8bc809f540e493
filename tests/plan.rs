//! `eval plan`: how many cases a verdict needs, and what a suite's size can show.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, OURS, THEIRS, task},
    snapshot,
};
use serde_json::{Value, json};

/// Two tasks of which one is large enough.
fn suite() -> Sandbox {
    paired::apart(&[task("large", [520, 15, 15, 50]), task("small", [85, 6, 3, 6])])
}

fn plan(sandbox: &Sandbox, words: &str) -> Value {
    let outcome = sandbox.eval_to(0, &format!("plan --suite ./paired {words} --format json"));
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn what_each_task_needs_and_can_show() {
    let sandbox = suite();
    snapshot!(sandbox, sandbox.eval_to(0, "plan --suite ./paired --margin 0.05 --discordance 0.1 --power 0.8").stdout);
}

#[test]
fn a_pilot_says_how_often_the_models_differ() {
    let sandbox = suite();
    let words = format!("plan --suite ./paired --pilot {OURS} --pilot {THEIRS}");
    snapshot!(sandbox, sandbox.eval_to(0, &words).stdout);
    let found = plan(&sandbox, &format!("--pilot {OURS} --pilot {THEIRS}"));
    let pilots = [0, 1].map(|task| &found["tasks"][task]["pilot"]);
    assert_eq!([&pilots[0]["cases"], &pilots[1]["cases"]], [600, 100]);
    assert_eq!([&pilots[0]["discordance"], &pilots[1]["discordance"]], [&json!(0.05), &json!(0.09)]);
    // At the upper limit of a small pilot's discordance more cases are needed.
    let needed = |key: &str| found["tasks"][1][key].as_u64().unwrap();
    assert!(needed("needed_at_most") > needed("needed"), "{found}");
}

#[test]
fn assumptions_change_what_is_needed() {
    let sandbox = suite();
    let needed = |words: &str| plan(&sandbox, words)["tasks"][0]["needed"].as_u64();
    assert_eq!(needed(""), Some(269));
    assert_eq!(needed("--power 0.9"), Some(362));
    assert!(needed("--margin 0.03") > needed("") && needed("--discordance 0.2") > needed(""));
    assert!(needed("--difference -0.01") > needed("") && needed("--difference 0.01") < needed(""));
    // A margin that nobody could pay for has no number, and says so.
    assert_eq!(needed("--margin 0.0001"), None);
    assert!(sandbox.eval_to(0, "plan --suite ./paired --margin 0.0001").stdout.contains("cannot be shown"));
}

#[test]
fn mistakes() {
    let sandbox = suite();
    let mistakes = [
        "plan",
        "plan --suite ./nowhere",
        "plan --suite ./paired --margin 0",
        "plan --suite ./paired --power 1",
        "plan --suite ./paired --discordance 2",
        "plan --suite ./paired --difference -0.05",
        "plan --suite ./paired --pilot nothing",
        &format!("plan --suite ./paired --pilot {OURS}"),
        &format!("plan --suite support-tickets --pilot {OURS} --pilot {THEIRS}"),
    ]
    .map(|words| format!("$ eval {words}\n{}\n", sandbox.eval_to(2, words).stderr));
    snapshot!(sandbox, mistakes.concat());
}

#[test]
fn a_pilot_of_a_model_against_itself_says_nothing() {
    let sandbox = suite();
    let error = sandbox.eval_to(2, &format!("plan --suite ./paired --pilot {OURS} --pilot {OURS}")).stderr;
    assert!(error.contains("held against itself"), "{error}");
}
