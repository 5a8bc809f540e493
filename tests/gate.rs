//! `eval gate` and `eval run --gate`: the exit code, and what it is decided on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    paired::{self, OURS, THEIRS, Task, equal, gate, hint_of_a_loss, task, with_baseline},
    snapshot,
};

/// Surely worse, but by less than the margin: 23 cases of 1,000 lost and 5 won.
fn but_worse() -> Task {
    task("mail", [900, 5, 23, 72])
}

#[test]
fn against_a_baseline_file_and_against_a_run() {
    for (task, code, words) in [
        (equal(), 0, "✓ gate passed (policy non-inferior, margin 5 points, against large"),
        (task("mail", [150, 2, 40, 8]), 10, "✗ gate failed (policy non-inferior, margin 5 points, against large"),
        (hint_of_a_loss(), 11, "? gate undecided (policy non-inferior, margin 5 points, against large"),
        (task("mail", [10, 3, 3, 44]), 12, "! gate invalid (policy non-inferior, margin 5 points, against large"),
    ] {
        let sandbox = with_baseline(&[task]);
        for baseline in ["large.json", THEIRS] {
            let last = gate(&sandbox, code, &format!("{OURS} --baseline {baseline}"));
            assert!(last.starts_with(words), "{last}");
        }
    }
}

#[test]
fn against_the_reference_of_the_run_or_a_candidate_that_is_named() {
    let sandbox = paired::sandbox(&[equal()]);
    let models = "--candidate small=replay:ours.jsonl --candidate twin=replay:ours.jsonl";
    paired::run(&sandbox, &format!("{models} --reference large=replay:theirs.jsonl"), "both");
    snapshot!(sandbox, sandbox.eval_to(2, "gate both/run").stderr);
    for words in ["both/run#small", "both/run#twin", "both/run#small --baseline both/run#large"] {
        assert!(gate(&sandbox, 0, words).starts_with("✓ gate passed"));
    }
    let error = sandbox.eval_to(2, "gate both/run#small --baseline both/run#small").stderr;
    assert!(error.contains("held against itself"), "{error}");
    let error = sandbox.eval_to(2, "gate both/run#tiny").stderr;
    assert!(error.contains("holds no model \"tiny\"") && error.contains("small, twin, large"), "{error}");
}

#[test]
fn against_bars_alone() {
    let with = |bars| Task { bars, ..equal() };
    for (bars, code, last) in [
        ("accuracy = { min = 0.85 }", 0, "gate passed"),
        ("accuracy = { min = 0.99 }", 10, "gate failed"),
        ("accuracy = { min = 0.93 }", 11, "gate undecided"),
        ("", 12, "There is nothing to decide by: mail has no bar, and there is no reference."),
    ] {
        let sandbox = paired::sandbox(&[with(bars)]);
        paired::run_ours(&sandbox);
        let found = gate(&sandbox, code, OURS);
        assert!(found.contains(last), "{bars}: {found}");
    }
    // Nothing to regress from.
    let sandbox = paired::sandbox(&[with("accuracy = { min = 0.85 }")]);
    paired::run_ours(&sandbox);
    let error = sandbox.eval_to(2, &format!("gate {OURS} --policy no-regression")).stderr;
    assert!(error.contains("no-regression needs a model"), "{error}");
    // One of several, and a name that is none of them.
    let sandbox = paired::sandbox(&[with("accuracy = { min = 0.85 }")]);
    paired::run(&sandbox, "--candidate small=replay:ours.jsonl --candidate twin=replay:theirs.jsonl", "ours");
    assert!(gate(&sandbox, 0, "ours/run#twin").contains("gate passed"));
    sandbox.eval_to(2, "gate ours/run");
    sandbox.eval_to(2, "gate ours/run#tiny");
}

#[test]
fn a_bar_that_is_missed_fails_whatever_the_reference_does() {
    let sandbox = with_baseline(&[Task { bars: "accuracy = { min = 0.99 }", ..equal() }]);
    let outcome = sandbox.eval_to(10, &format!("gate {OURS} --baseline large.json"));
    assert!(
        outcome.stdout.contains("small misses the bar of accuracy, and so does the reference."),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_small_sure_loss_passes_as_non_inferior_and_is_a_regression() {
    let sandbox = with_baseline(&[but_worse()]);
    let outcome = sandbox.eval_to(0, &format!("gate {OURS} --baseline large.json"));
    assert!(outcome.stdout.contains("Non-inferior, but worse: fewer right answers than large"), "{}", outcome.stdout);
    let last = gate(&sandbox, 10, &format!("{OURS} --baseline large.json --policy no-regression --markdown out.md"));
    assert!(
        last.contains(
            "gate failed (policy no-regression, margin 5 points, against large) mail: a regression: −1.8 points against large"
        ),
        "{last}"
    );
    // The comment on the pull request says why.
    let comment = sandbox.read("out.md");
    assert!(comment.contains("a regression: −1.8 points"), "{comment}");
}

#[test]
fn no_regression_is_not_read_from_silence() {
    let sandbox = with_baseline(&[task("mail", [50, 3, 4, 3])]);
    gate(&sandbox, 11, &format!("{OURS} --baseline large.json --policy no-regression"));
    let sandbox = with_baseline(&[equal()]);
    gate(&sandbox, 0, &format!("{OURS} --baseline large.json --policy no-regression"));
}

#[test]
fn confident_wrong_answers_count_apart() {
    // As many right answers; but what the candidate misses it answers wrongly, and the reference declines.
    let sandbox = paired::sandbox(&[task("mail", [150, 5, 5, 40])]);
    let ours = sandbox.read("ours.jsonl").replace("\"undetermined\"", "\"other\"");
    sandbox.write("ours.jsonl", ours);
    paired::run_ours(&sandbox);
    paired::run_theirs(&sandbox);
    let outcome = sandbox.eval_to(10, &format!("gate {OURS} --baseline {THEIRS}"));
    assert!(outcome.stdout.contains("Confident wrong answers: +"), "{}", outcome.stdout);
}

#[test]
fn a_run_can_decide_at_its_end() {
    let sandbox = with_baseline(&[equal()]);
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl --gate";
    let outcome = sandbox.eval_to(0, &format!("{run} --baseline large.json --json gate.json"));
    snapshot!(sandbox, outcome.stdout);
    assert!(outcome.stderr.contains("report.html"), "{}", outcome.stderr);
    // What it wrote is what the gate alone would say.
    sandbox.eval_to(0, "gate latest --baseline large.json --json again.json");
    assert_eq!(sandbox.read("gate.json"), sandbox.read("again.json"));
    sandbox.eval_to(12, run);
    // Against a reference that is asked with it; everything of one label goes wrong.
    sandbox.write("bad.jsonl", sandbox.read("ours.jsonl").replace("billing", "other"));
    let run = "run --suite ./paired --candidate bad=replay:bad.jsonl --reference large=replay:theirs.jsonl --gate";
    sandbox.eval_to(10, &format!("{run} --policy no-regression --quiet"));
}

#[test]
fn what_a_run_cannot_decide_is_told_before_anything_is_asked() {
    let sandbox = with_baseline(&[equal()]);
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl";
    let errors = [
        "--baseline large.json",
        "--junit eval.xml",
        "--gate --policy no-regression",
        "--gate --candidate twin=replay:theirs.jsonl",
        "--gate --baseline large.json --reference large=replay:theirs.jsonl",
        "--gate --baseline large.json --dry-run",
        "--gate --baseline large.json --limit 10",
    ]
    .map(|words| format!("# {words}\n{}", sandbox.eval_to(2, &format!("{run} {words}")).stderr));
    snapshot!(sandbox, errors.join("\n"));
    assert!(sandbox.runs().is_empty());
}

#[test]
fn the_latest_run_as_a_baseline_is_the_one_before() {
    let sandbox = paired::sandbox(&[equal()]);
    sandbox.eval_to(0, "run --suite ./paired --candidate large=replay:theirs.jsonl --quiet");
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl --gate --baseline latest";
    let text = sandbox.eval_to(0, run).stdout;
    assert!(text.contains("Can small take over paired from large?"), "{text}");
}
