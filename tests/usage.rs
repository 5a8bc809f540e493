//! The command line itself: help, mistakes, and the codes that commands end with.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};

#[test]
fn the_first_page() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox, sandbox.eval_to(0, "--help").stdout);
}

#[test]
fn every_command_shows_examples() {
    let sandbox = Sandbox::new();
    let commands = [
        "",
        "run",
        "report",
        "cost",
        "compare",
        "gate",
        "baseline save",
        "plan",
        "init",
        "models list",
        "models pull",
        "models show",
        "models presets",
        "suites list",
        "suites show",
        "suites check",
        "metrics list",
        "metrics show",
        "cache stats",
        "cache clear",
        "cache explain",
    ];
    for command in commands {
        let help = sandbox.eval_to(0, &format!("{command} --help")).stdout;
        assert!(help.contains("Examples:\n  eval ") && help.contains("Usage: eval"), "eval {command} --help\n{help}");
    }
    for group in ["models", "suites", "metrics", "cache", "baseline"] {
        let help = sandbox.eval_to(0, &format!("{group} --help")).stdout;
        assert!(help.contains("Commands:"), "{help}");
    }
}

#[test]
fn a_version_is_named() {
    let version = format!("eval {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Sandbox::new().eval_to(0, "--version").stdout, version);
}

#[test]
fn mistakes_on_the_command_line() {
    let sandbox = shop::sandbox();
    let mistakes = [
        "",
        "rnu",
        "run",
        "run --suite ./shop --repeat 0",
        "run --suite ./shop --concurrency 0",
        "run --suite ./shop --limit -1",
        "run --suite ./shop --limit 1 --sample 1",
        "run --suite ./shop --resume latest",
        "report",
        "report latest --format pdf",
        "cost",
        "cost latest --volume 8M",
        "cost latest --peak-factor 0.5",
        "models pull",
        "compare",
        "compare latest --format pdf",
        "history",
        "history --suite shop --limit none",
        "view --port 99999",
        "gate",
        "gate latest --policy better",
        "gate latest --margin 5",
        "baseline",
        "baseline save latest",
        "run --suite ./shop --margin 5",
    ];
    for words in mistakes {
        let outcome = sandbox.eval_to(2, words);
        assert!(
            outcome.stderr.contains("Usage:") || outcome.stderr.contains("--help"),
            "eval {words}\n{}",
            outcome.stderr
        );
        assert_eq!(outcome.stdout, "", "eval {words}");
    }
}

#[test]
fn a_selection_that_cannot_be() {
    let sandbox = shop::sandbox();
    let run = "run --suite ./shop --candidate m=replay:mixed.jsonl";
    let errors = ["--task tirage", "--tag shrot", "--limit 0", "--sample 0"].map(|words| {
        let outcome = sandbox.eval_to(2, &format!("{run} {words}"));
        format!("# {words}\n{}", outcome.stderr)
    });
    snapshot!(sandbox, errors.join("\n"));
    assert!(sandbox.runs().is_empty());
}

#[test]
fn what_cannot_be_written_to_standard_output_is_an_error() {
    let Ok(full) = std::fs::File::create("/dev/full") else {
        return eprintln!("skipped: this system has no /dev/full");
    };
    let sandbox = Sandbox::new();
    let output = sandbox.command().args(["suites", "list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed to write to standard output"));
}

#[test]
fn a_run_goes_on_where_nobody_reads_its_progress() {
    let Ok(full) = std::fs::File::create("/dev/full") else {
        return eprintln!("skipped: this system has no /dev/full");
    };
    let sandbox = shop::sandbox();
    let words = ["run", "--suite", "./shop", "--candidate", "m=replay:mixed.jsonl"];
    let status = sandbox.command().args(words).stderr(full).stdout(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(sandbox.the_run().distinct_records(), shop::CASES);
}
