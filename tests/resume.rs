//! `eval run --resume`: no finished case is asked again, and nothing is mixed that does not belong together.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{RunFiles, Sandbox, shop, snapshot};
use std::fs;

const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl --reference r=replay:right.jsonl --quiet";
const RECORDS: usize = 2 * shop::CASES;

/// A finished run.
fn finished() -> (Sandbox, RunFiles) {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    (sandbox, run)
}

/// A run whose log was cut after so many whole records and so many bytes of the next one.
fn cut(records: usize, bytes: usize) -> (Sandbox, RunFiles) {
    let (sandbox, run) = finished();
    let log = run.log();
    let whole: usize = log.split_inclusive('\n').take(records).map(str::len).sum();
    fs::write(run.file("records.jsonl"), &log[..whole + bytes]).unwrap();
    for name in ["summary.json", "report.html"] {
        fs::remove_file(run.file(name)).unwrap();
    }
    (sandbox, run)
}

#[test]
fn a_cut_run_ends_as_an_uncut_one() {
    let (_kept, uncut) = finished();
    // Within the candidate, at the end of a line, within the reference, and before a line's end.
    for (records, bytes) in [(5, 300), (7, 0), (shop::CASES + 3, 1), (3, 120)] {
        let (sandbox, run) = cut(records, bytes);
        let before = run.log();
        sandbox.eval_to(0, &format!("run --resume {}", run.id()));
        assert_eq!(run.distinct_records(), RECORDS);
        assert_eq!(run.records(), uncut.records());
        let whole = before.rfind('\n').map_or(0, |end| end + 1);
        assert!(run.log().starts_with(&before[..whole]), "finished records stay as they are");
        assert_eq!(run.summary()["tasks"], uncut.summary()["tasks"]);
        assert!(run.file("report.html").exists());
    }
}

#[test]
fn a_torn_line_is_dropped_and_said() {
    let (sandbox, run) = cut(5, 300);
    let outcome = sandbox.eval_to(0, &format!("run --resume {}", run.id()));
    snapshot!(sandbox, outcome.stderr);
}

#[test]
fn a_last_line_without_its_end_is_torn_even_where_it_parses() {
    let (sandbox, run) = finished();
    let log = run.log();
    fs::write(run.file("records.jsonl"), log.trim_end()).unwrap();
    let outcome = sandbox.eval_to(0, &format!("run --resume {}", run.id()));
    assert!(outcome.stderr.contains("line 36 of the record log was cut off"), "{}", outcome.stderr);
    assert_eq!(run.log(), log);
}

#[test]
fn a_finished_run_gains_nothing() {
    let (sandbox, run) = finished();
    let (log, summary) = (run.log(), run.summary());
    let by_folder = format!("run --resume .eval/runs/{}", run.id());
    for words in ["run --resume latest", &by_folder] {
        sandbox.eval_to(0, words);
        assert_eq!((run.log(), run.summary()), (log.clone(), summary.clone()));
    }
    assert_eq!(sandbox.runs().len(), 1);
}

#[test]
fn a_run_that_was_killed_before_its_first_record() {
    for breaks in [
        |run: &RunFiles| fs::remove_file(run.file("records.jsonl")),
        |run: &RunFiles| fs::write(run.file("records.jsonl"), ""),
    ] {
        let (sandbox, run) = finished();
        breaks(&run).unwrap();
        sandbox.eval_to(0, &format!("run --resume {}", run.id()));
        assert_eq!(run.distinct_records(), RECORDS);
    }
}

#[test]
fn a_part_of_a_suite_stays_that_part() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:right.jsonl --task triage --sample 4 --seed 7 --quiet");
    let run = sandbox.the_run();
    let log = run.log();
    fs::write(run.file("records.jsonl"), log.lines().next().unwrap().to_string() + "\n").unwrap();
    sandbox.eval_to(0, "run --resume latest");
    assert_eq!(run.log(), log);
}

/// What changes between the two commands, and how.
type Change<'a> = (&'a str, &'a dyn Fn(&Sandbox));

#[test]
fn what_changed_is_named_and_nothing_is_written() {
    let changes: [Change<'_>; 9] = [
        ("a case", &|sandbox| {
            sandbox.replace("shop/triage.jsonl", "charged twice", "charged three times");
        }),
        ("one case more", &|sandbox| {
            let line = "{\"id\": \"t-7\", \"input\": \"?\", \"expected\": \"undetermined\"}\n";
            sandbox.write("shop/triage.jsonl", sandbox.read("shop/triage.jsonl") + line);
        }),
        ("the prompt", &|sandbox| {
            sandbox.replace("shop/actions.jinja", "{{ input }}", "Please: {{ input }}");
        }),
        ("the schema", &|sandbox| {
            sandbox.replace(
                "shop/order.schema.json",
                "\"additionalProperties\": false",
                "\"additionalProperties\": true",
            );
        }),
        ("a bar", &|sandbox| {
            sandbox.replace("shop/suite.toml", "0.85", "0.45");
        }),
        ("the margin", &|sandbox| {
            sandbox.replace("shop/suite.toml", "[[task]]", "[decision]\nmargin = 0.2\n\n[[task]]");
        }),
        ("a task less", &|sandbox| {
            sandbox.replace(
                "shop/suite.toml",
                "[[task]]\nname = \"actions\"\nkind = \"tools\"\ntools = \"tools.json\"\n",
                "",
            );
        }),
        ("an answer", &|sandbox| {
            sandbox.replace("right.jsonl", "free", "gratis");
        }),
        ("several", &|sandbox| {
            sandbox.replace("shop/suite.toml", "\"delivery\", ", "\"delivery\", \"praise\", ").replace(
                "mixed.jsonl",
                "1000",
                "1001",
            );
        }),
    ];
    let mut errors = String::new();
    for (title, change) in changes {
        let (sandbox, run) = cut(5, 300);
        let log = run.log();
        change(&sandbox);
        let error = sandbox.eval_to(2, &format!("run --resume {} --quiet", run.id())).stderr;
        errors.push_str(&format!("# {title}\n{error}\n"));
        assert_eq!(run.log(), log, "{title}");
    }
    snapshot!(Sandbox::new(), errors);
}

#[test]
fn a_price_that_changed_is_named() {
    let sandbox = shop::sandbox();
    let config = "[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = 1.0, output = 2.0 }\n";
    sandbox.write("eval.toml", config);
    sandbox.eval_to(0, "run --suite ./shop --candidate m --quiet");
    sandbox.replace("eval.toml", "2.0", "3.0");
    let error = sandbox.eval_to(2, "run --resume latest").stderr;
    assert!(error.contains("price.output"), "{error}");
}

#[test]
fn a_file_that_moved_and_a_run_that_is_not_there() {
    let (sandbox, run) = cut(5, 0);
    sandbox.remove("right.jsonl");
    let gone = sandbox.eval_to(2, &format!("run --resume {}", run.id())).stderr;
    let unknown = sandbox.eval_to(2, "run --resume 20260314-101500-shop").stderr;
    snapshot!(sandbox, format!("{gone}\n{unknown}"));
}
