//! What a gate does with evidence that is missing, broken or partial: never a pass.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, OURS, THEIRS, equal, gate, hint_of_a_loss, task, with_baseline},
    snapshot,
};
use serde_json::{Value, json};

#[test]
fn a_margin_that_could_pass_anything_is_refused() {
    let sandbox = with_baseline(&[hint_of_a_loss()]);
    for margin in ["0", "1", "abc", "-0.05", "inf"] {
        let error = sandbox.eval_to(2, &format!("gate {OURS} --baseline large.json --margin={margin}")).stderr;
        assert!(error.contains("a share above 0 and below 1"), "{error}");
    }
    gate(&sandbox, 0, &format!("{OURS} --baseline large.json --margin 0.1"));

    sandbox.replace("ours/run/run.json", "\"margin\": 0.05", "\"margin\": 1");
    let edited = sandbox.eval_to(2, &format!("gate {OURS} --baseline large.json")).stderr;
    sandbox.replace("large.json", "\"alpha\": 0.05", "\"alpha\": 0.5");
    let baseline = sandbox.eval_to(2, &format!("gate {THEIRS} --baseline large.json")).stderr;
    sandbox.replace("paired/suite.toml", "[[task]]", "[decision]\nalpha = 0.5\n\n[[task]]");
    let suite = sandbox.eval_to(2, "run --suite ./paired --candidate small=replay:ours.jsonl --gate").stderr;
    snapshot!(sandbox, [edited, baseline, suite].join("\n"));
}

#[test]
fn a_baseline_that_cannot_be_used() {
    let sandbox = with_baseline(&[equal()]);
    let good = sandbox.read("large.json");
    let case = good.lines().find(|line| line.contains("c-0007")).unwrap();
    let baselines = [
        ("no such file", None),
        ("no JSON", Some("small and large\n".to_string())),
        ("JSON of something else", Some("{\"task\": \"mail\"}\n".into())),
        ("another version", Some(good.replacen("\"baseline\": 1", "\"baseline\": 2", 1))),
        ("a manifest of another version", Some(good.replacen("\"v\": 1", "\"v\": 9", 1))),
        ("cut short", Some(good[..good.find("\"cases\": [").unwrap() + 10].to_string())),
        ("a case twice", Some(good.replacen(case, &format!("{case}\n{case}"), 1))),
        ("an unknown key", Some(good.replacen("\"correct\":true", "\"corect\":true", 1))),
        ("another suite", Some(good.replacen("\"name\": \"paired\"", "\"name\": \"other\"", 1))),
        ("a hash that is none", Some(good.replacen("\"case_hash\":\"", "\"case_hash\":\"x", 1))),
    ];
    let errors = baselines.map(|(title, text)| {
        let _ = std::fs::remove_file(sandbox.path().join("bad.json"));
        if let Some(text) = text {
            sandbox.write("bad.json", text);
        }
        let outcome = sandbox.eval_to(2, &format!("gate {OURS} --baseline bad.json"));
        assert_eq!(outcome.stdout, "", "{title}");
        // A run is not paid for before such an error is told.
        let run = "run --suite ./paired --candidate small=replay:ours.jsonl --gate --baseline bad.json";
        sandbox.eval_to(2, run);
        assert!(sandbox.runs().is_empty(), "{title}");
        format!("# {title}\n{}", outcome.stderr)
    });
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn a_record_that_is_there_twice() {
    let sandbox = with_baseline(&[equal()]);
    let log = sandbox.read("ours/run/records.jsonl");
    let first = log.lines().next().unwrap();
    sandbox.write("ours/run/records.jsonl", format!("{log}{first}\n"));
    let error = sandbox.eval_to(2, &format!("gate {OURS} --baseline large.json")).stderr;
    assert!(error.contains("records 1 and 201 of the file: remove one of them"), "{error}");
}

#[test]
fn without_pairs_there_is_no_evidence() {
    let sandbox = with_baseline(&[equal()]);
    let cases = sandbox.read("paired/mail.jsonl").replace("the mail", "the letter");
    sandbox.write("paired/mail.jsonl", cases);
    paired::run_ours(&sandbox);
    let outcome = sandbox.eval_to(12, &format!("gate {OURS} --baseline large.json"));
    assert!(outcome.stdout.contains("Only 0 of 200 cases are paired"), "{}", outcome.stdout);
    // Nor in a baseline without cases.
    let text = sandbox.read("large.json");
    let (head, _) = text.split_once("\"cases\": [\n").unwrap();
    sandbox.write("large.json", format!("{head}\"cases\": []\n}}\n"));
    gate(&sandbox, 12, &format!("{OURS} --baseline large.json"));
}

/// The recording's answers from `first` on, `n` of them, become failures.
fn fail(sandbox: &Sandbox, file: &str, first: usize, n: usize) {
    let failed = |line: &str| {
        let mut answer: Value = serde_json::from_str(line).unwrap();
        answer.as_object_mut().unwrap().remove("text");
        answer["error"] = json!({"kind": "timeout", "message": "no answer in 60 s"});
        answer.to_string()
    };
    let text = sandbox.read(file);
    let broken = first..first + n;
    let lines =
        text.lines().enumerate().map(|(at, line)| if broken.contains(&at) { failed(line) } else { line.into() });
    sandbox.write(file, lines.collect::<Vec<String>>().join("\n"));
}

/// A run of which every call failed; a run that is asked ends before that.
fn all_failed(sandbox: &Sandbox, log: &str) {
    let failed = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["outcome"] = json!("runner_failed");
        record["correct"] = json!(false);
        record["behaviour"] = json!(null);
        record["scores"] = json!({});
        record["error"] = json!({"kind": "timeout", "message": "no answer in 60 s"});
        record.to_string() + "\n"
    };
    sandbox.write(log, sandbox.read(log).lines().map(failed).collect::<String>());
}

#[test]
fn failed_calls_on_either_side() {
    for (file, ours, theirs) in [("ours.jsonl", "small", "large"), ("theirs.jsonl", "large", "small")] {
        for n in [200, 5] {
            let sandbox = paired::sandbox(&[equal()]);
            fail(&sandbox, file, 0, n.min(5));
            paired::run_ours(&sandbox);
            paired::run_theirs(&sandbox);
            if n == 200 {
                all_failed(&sandbox, &file.replace(".jsonl", "/run/records.jsonl"));
            }
            sandbox.eval_to(12, &format!("gate {OURS} --baseline {THEIRS} --json out.json"));
            let found: Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
            let reasons = found["gate"]["reasons"].to_string();
            let words = format!("{ours}: {n} of 200 calls failed");
            assert!(reasons.contains("above the 2% that the suite allows: timeout"), "{reasons}");
            assert!(reasons.contains(&words) && !reasons.contains(&format!("{theirs}: {n} of")), "{reasons}");
            // The same where the baseline is a file.
            sandbox.eval_to(0, &format!("baseline save {THEIRS} large.json"));
            gate(&sandbox, 12, &format!("{OURS} --baseline large.json"));
        }
    }
}

#[test]
fn an_outage_of_the_reference_never_helps() {
    // Without its failures the reference would be ahead by 9 cases of 400.
    let sandbox = paired::sandbox(&[task("mail", [360, 3, 9, 28])]);
    let good = {
        paired::run_ours(&sandbox);
        paired::run_theirs(&sandbox);
        gate(&sandbox, 0, &format!("{OURS} --baseline {THEIRS}"))
    };
    assert!(good.contains("gate passed"), "{good}");
    // Its only failures are on cases that the candidate gets wrong, so that they hide what it would have got right.
    fail(&sandbox, "theirs.jsonl", 392, 8);
    paired::run_theirs(&sandbox);
    let outcome = sandbox.eval_to(11, &format!("gate {OURS} --baseline {THEIRS}"));
    let text = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("With every failed call of the reference scored right"), "{text}");
}

#[test]
fn a_part_of_a_suite_cannot_pass() {
    let sandbox = with_baseline(&[equal()]);
    for part in ["--limit 150", "--sample 150"] {
        paired::run(&sandbox, &format!("--candidate small=replay:ours.jsonl {part}"), "ours");
        let last = gate(&sandbox, 12, &format!("{OURS} --baseline large.json"));
        assert!(last.contains("A part of a suite (--limit, --sample, --tag, --part) cannot pass a gate"), "{last}");
        let run = format!("run --suite ./paired --candidate small=replay:ours.jsonl --gate {part}");
        let error = sandbox.eval_to(2, &run).stderr;
        assert!(error.contains("cannot pass a gate") && sandbox.runs().is_empty(), "{error}");
    }
    // Neither can a candidate be held against a part.
    paired::run_ours(&sandbox);
    paired::run(&sandbox, "--candidate large=replay:theirs.jsonl --limit 150", "theirs");
    let last = gate(&sandbox, 12, &format!("{OURS} --baseline {THEIRS}"));
    assert!(last.contains("Only 150 of 200 cases are paired"), "{last}");
}

#[test]
fn a_look_at_a_part_is_remembered_and_spends() {
    let sandbox = paired::sandbox(&[equal()]);
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl";
    let text = |outcome: common::Outcome| outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let part = text(sandbox.eval_to(0, &format!("{run} --sample 100")));
    assert!(part.contains("A look at 100 of the 200 cases that the verdict is planned for"), "{part}");
    sandbox.eval_to(0, &format!("{run} --quiet"));
    let whole = text(sandbox.eval_to(0, "gate latest"));
    assert!(
        whole.contains(
            "All 200 cases that the verdict is planned for, after looks at 100: of alpha 0.05 this look may spend 0.0"
        ),
        "{whole}"
    );
    assert_eq!(sandbox.read(".eval/runs/looks.jsonl").lines().count(), 2);

    // Where the run is named by its folder its looks are found all the same.
    let folder = sandbox.runs().pop().unwrap();
    std::fs::create_dir(sandbox.path().join("elsewhere")).unwrap();
    let named = text(sandbox.eval_to(0, &format!("gate {} --out elsewhere", folder.0.display())));
    assert_eq!(named, whole);

    // The same size again: nothing is spent, but it is said.
    sandbox.eval_to(0, &format!("{run} --quiet"));
    let again = text(sandbox.eval_to(0, "gate latest"));
    assert!(again.contains("1 earlier run looked at as many cases before"), "{again}");
}

#[test]
fn a_log_of_looks_that_cannot_be_read() {
    let sandbox = paired::sandbox(&[equal()]);
    let run = "run --suite ./paired --candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl --quiet";
    sandbox.eval_to(0, run);
    sandbox.write(".eval/runs/looks.jsonl", "{\"suite\": \"paired\"}\n");
    let error = sandbox.eval_to(2, "gate latest").stderr;
    snapshot!(sandbox, error);
    // Another run is not begun.
    assert_eq!(sandbox.eval_to(2, run).stderr, error);
    assert_eq!(sandbox.runs().len(), 1);
}
