//! Case files that are written: cases added, reviewed and held out.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Folder, rendered};
use eval_core::ReviewVerdict;
use eval_datasets::{EditableSuite, Finding, Review, SuiteError};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

fn open(folder: &Folder) -> EditableSuite {
    EditableSuite::open(folder.path().to_str().unwrap()).unwrap()
}

fn text(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// What adding this to a task came to: ids and places, or the error.
fn add(folder: &Folder, task: &str, text: &str, expected: Option<Value>) -> Result<Vec<String>, SuiteError> {
    let mut suite = open(folder);
    let cases = suite.incoming(task, text, expected.as_ref())?;
    let added = suite.add(task, cases)?;
    Ok(added.into_iter().map(|added| format!("{} {}:{}", added.id, added.file, added.line)).collect())
}

#[test]
fn an_input_becomes_a_case_in_the_style_of_the_file() {
    let folder = Folder::new();
    folder.write("triage.jsonl", "\u{feff}{\"id\":\"t-01\",\"input\":\"na\\u00efve\",\"expected\":\"delivery\"}\r\n{\"id\":\"t-02\",\"input\":\"hm\",\"expected\":\"undetermined\"}");
    let before = text(&folder, "triage.jsonl");
    let line = r#"{"expected": "billing", "tags": ["new", "short"], "input": "zwei Gebühren"}"#;
    let added = add(&folder, "triage", line, None).unwrap();
    assert_eq!(added, ["t-03 triage.jsonl:3"]);
    let new = r#"{"id":"t-03","input":"zwei Geb\u00fchren","expected":"billing","tags":["new","short"]}"#;
    assert_eq!(text(&folder, "triage.jsonl"), format!("{before}\r\n{new}\r\n"));
    // On several lines, several at once, with ids of their own and without.
    let several = "{\"input\": \"one\",\n \"id\": \"mine\"}\n{\"input\": {\"a\": 1}} {\"input\": \"two\"}";
    let added = add(&folder, "triage", several, Some(json!("returns"))).unwrap();
    assert_eq!(added, ["mine triage.jsonl:4", "t-04 triage.jsonl:5", "t-05 triage.jsonl:6"]);
    folder.load().unwrap();
}

#[test]
fn records_and_replay_lines_become_cases() {
    let folder = Folder::new();
    let record = |input: &str| {
        json!({"v": 1, "task": "triage", "case": "req-7", "case_hash": "00", "model": "m", "text": "returns", "note": null,
            "correct": false, "expected": "billing", "tags": ["live"], "cluster": null,
            "prompt": [{"role": "system", "content": "One of: billing, delivery, returns, undetermined."},
                {"role": "user", "content": input}]})
    };
    // The input is read out of the prompt, where the same prompt comes of it.
    let added = add(&folder, "triage", &record("charged twice").to_string(), None).unwrap();
    assert_eq!(added, ["req-7 triage.jsonl:3"]);
    let last = text(&folder, "triage.jsonl").lines().last().unwrap().to_string();
    assert_eq!(last, r#"{"id": "req-7", "input": "charged twice", "expected": "billing", "tags": ["live"]}"#);
    // Its id is taken now.
    let replay = json!({"task": "triage", "case": "req-7", "text": "x", "input": "where", "latency_ms": 3.0});
    let added = add(&folder, "triage", &replay.to_string(), Some(json!("delivery"))).unwrap();
    assert_eq!(added, ["t-3 triage.jsonl:4"]);
    let mut other = record("x");
    other["prompt"][0]["content"] = json!("Another prompt.");
    let error = rendered(&add(&folder, "triage", &other.to_string(), None).unwrap_err());
    assert!(error.contains("it holds no `input`"), "{error}");
}

#[test]
fn a_case_that_contradicts_another_says_so() {
    let folder = Folder::new();
    let mut suite = open(&folder);
    let cases = suite.incoming(
        "triage",
        r#"{"input": "hm", "expected": "billing"} {"input": "hn", "expected": "billing"}"#,
        None,
    );
    let added = suite.add("triage", cases.unwrap()).unwrap();
    assert_eq!(added.iter().map(|added| added.contradicts.as_deref()).collect::<Vec<_>>(), [Some("t-2"), None]);
}

#[test]
fn what_would_not_load_is_never_written() {
    let folder = Folder::new();
    let before = text(&folder, "triage.jsonl");
    for (line, part) in [
        (r#"{"input": "x"}"#, "no `expected`"),
        (r#"{"input": "x", "expected": "biling"}"#, "billing"),
        (r#"{"input": "x", "expected": "billing", "tag": []}"#, "unknown key `tag`"),
        (r#"{"id": "t-1", "input": "x", "expected": "billing"}"#, "is taken by line 1"),
        (r#"{"input": "hm", "expected": "undetermined"}"#, "there already: `t-2` at triage.jsonl:2"),
        (r#"{"input": "y", "expected": "billing"} {"input": "y", "expected": "billing"}"#, "there already: `t-"),
        (r#"{"input": "x", "expected": "billing", "expected": "returns"}"#, "stands twice"),
        ("{\"input\": \"x\",\n \"expected\": }", "standard input:2"),
        ("[1]", "not a JSON object"),
        (r#"{"task": "fields", "input": "x", "expected": "billing"}"#, "of the task \"fields\""),
        ("  \n", "nothing came"),
    ] {
        let error = rendered(&add(&folder, "triage", line, None).unwrap_err());
        assert!(error.contains(part), "{line}\n{error}");
        assert_eq!(text(&folder, "triage.jsonl"), before);
    }
    let long = format!("{{\"input\": \"{}\", \"expected\": \"billing\"}}", "x".repeat(5_000));
    let both = rendered(&add(&folder, "triage", &long, Some(json!("returns"))).unwrap_err());
    assert!(both.contains("--expected says") && both.len() < 800, "{both}");
    let error = EditableSuite::open("support-tickets").unwrap_err();
    assert!(rendered(&error).contains("part of the program"));
}

fn review(finding: Finding) -> Review {
    Review { by: "ana".into(), on: "2026-11-21".into(), finding }
}

#[test]
fn a_review_changes_one_line() {
    let folder = Folder::new();
    let mut suite = open(&folder);
    let hash = |suite: &EditableSuite, place: usize| suite.task("triage").unwrap().cases[place].hash;
    let (first, second) = (hash(&suite, 0), hash(&suite, 1));
    let lines: Vec<String> = text(&folder, "triage.jsonl").lines().map(String::from).collect();
    let old = suite.review("triage", "t-2", second, &review(Finding::Changed(json!("returns")))).unwrap();
    assert_eq!(old, lines[1]);
    let changed = r#"{"id": "t-2", "input": "hm", "expected": "returns", "reviewed": {"by": "ana", "on": "2026-11-21", "verdict": "changed", "was": "undetermined"}}"#;
    assert_eq!(text(&folder, "triage.jsonl"), format!("{}\n{changed}\n", lines[0]));
    suite.review("triage", "t-1", first, &review(Finding::Unsure)).unwrap();
    let cases = &folder.load().unwrap().suite.tasks[0].cases;
    assert_eq!(cases[0].tags, ["unsure"]);
    assert_eq!([cases[0].reviewed, cases[1].reviewed], [Some(ReviewVerdict::Unsure), Some(ReviewVerdict::Changed)]);
    // What the models were asked is another matter than what a person said of it.
    assert_eq!((cases[0].hash, cases[1].hash != second), (first, true));
    suite.take_back("triage", "t-2", &old).unwrap();
    suite.take_back("triage", "t-1", &lines[0]).unwrap();
    assert_eq!(text(&folder, "triage.jsonl"), lines.join("\n") + "\n");
    let same = suite.review("triage", "t-2", second, &review(Finding::Changed(json!("undetermined"))));
    assert!(same.unwrap_err().to_string().contains("already"));
    assert!(suite.review("triage", "t-2", second, &review(Finding::Changed(json!("refunds")))).is_err());
    assert!(suite.review("triage", "t-2", first, &review(Finding::Right)).is_err(), "it is another case by now");
    assert_eq!(text(&folder, "triage.jsonl"), lines.join("\n") + "\n");
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part") })
            .count(),
        0
    );
}

#[test]
fn what_is_no_review_is_an_error() {
    let folder = Folder::new();
    for (keys, part) in [
        (r#""held_out": "yes""#, "neither true nor false"),
        (r#""reviewed": "ana""#, "not an object"),
        (r#""reviewed": {"by": " ", "on": "2026-11-21", "verdict": "right"}"#, "who looked"),
        (r#""reviewed": {"by": "ana", "on": "21.11.2026", "verdict": "right"}"#, "not a day"),
        (r#""reviewed": {"by": "ana", "on": "2026-13-21", "verdict": "right"}"#, "not a day"),
        (r#""reviewed": {"by": "ana", "on": "2026-11-21", "verdict": "wrong"}"#, "not one of right"),
        (r#""reviewed": {"by": "ana", "on": "2026-11-21", "verdict": "changed"}"#, "`was` holds"),
        (r#""reviewed": {"by": "ana", "on": "2026-11-21", "verdict": "right", "note": ""}"#, "unknown key `note`"),
    ] {
        folder.write(
            "triage.jsonl",
            format!("{{\"id\": \"t-1\", \"input\": \"x\", \"expected\": \"billing\", {keys}}}\n"),
        );
        let error = folder.error();
        assert!(error.contains(part) && error.contains("triage.jsonl:1"), "{keys}\n{error}");
    }
}

/// Triage with so many cases, every third one in a cluster of three.
fn large(cases: usize) -> Folder {
    let folder = Folder::new();
    folder.write("triage.jsonl", lines(0, cases));
    folder
}

fn lines(from: usize, to: usize) -> String {
    let labels = ["billing", "delivery", "returns", "undetermined"];
    let line = |n: usize| {
        let cluster = if n.is_multiple_of(3) { format!(", \"cluster\": \"thread-{}\"", n / 9) } else { String::new() };
        format!("{{\"id\": \"t-{n}\", \"input\": \"mail {n}\", \"expected\": \"{}\"{cluster}}}\n", labels[n % 4])
    };
    (from..to).map(line).collect()
}

fn held_out(folder: &Folder) -> BTreeSet<String> {
    let suite = folder.load().unwrap();
    suite.suite.tasks[0].cases.iter().filter(|case| case.held_out).map(|case| case.id.to_string()).collect()
}

#[test]
fn a_part_is_held_out_and_nobody_moves_when_the_suite_grows() {
    let folder = large(400);
    let before = text(&folder, "triage.jsonl");
    let hash = folder.load().unwrap().suite.hash;
    let splits = open(&folder).split(0.4, 7).unwrap();
    let first = held_out(&folder);
    assert_eq!((splits[0].held_out, splits[0].new, splits[0].cases), (first.len(), first.len(), 400));
    assert!((140..=190).contains(&first.len()), "{}", first.len());
    for (label, (held_out, all)) in &splits[0].strata {
        assert!(*held_out as f64 >= 0.3 * *all as f64 && *held_out as f64 <= 0.55 * *all as f64, "{label} {held_out}");
    }
    // Neither the content nor any open line is another.
    assert_eq!(folder.load().unwrap().suite.hash, hash);
    for (old, new) in before.lines().zip(text(&folder, "triage.jsonl").lines()) {
        assert!(new == old || new == format!("{}, \"held_out\": true}}", old.strip_suffix('}').unwrap()), "{new}");
    }
    let cases = folder.load().unwrap().suite.tasks[0].cases.clone();
    for pair in cases.iter().flat_map(|one| cases.iter().map(move |other| (one, other))) {
        let (one, other) = pair;
        assert!(one.cluster.is_none() || one.cluster != other.cluster || one.held_out == other.held_out);
    }
    // Again, and larger: in front of the others, with golds changed.
    assert_eq!(open(&folder).split(0.4, 7).unwrap()[0].new, 0);
    let grown = lines(400, 700) + &text(&folder, "triage.jsonl").replace("\"billing\"", "\"delivery\"");
    folder.write("triage.jsonl", grown);
    let splits = open(&folder).split(0.4, 7).unwrap();
    let second = held_out(&folder);
    let old: BTreeSet<String> = (0..400).map(|n| format!("t-{n}")).collect();
    assert_eq!(second.intersection(&old).cloned().collect::<BTreeSet<_>>(), first);
    assert_eq!(splits[0].new, second.len() - first.len());
    assert!((80..=160).contains(&splits[0].new), "{}", splits[0].new);
    // By other rules only after it was ended: a larger share would move what was open.
    for (share, seed) in [(0.4, 8), (0.6, 7), (0.3, 7)] {
        let error = rendered(&open(&folder).split(share, seed).unwrap_err());
        assert!(
            error.contains("split already, by the share 0.4 and the seed 7") && error.contains("--clear"),
            "{error}"
        );
        assert_eq!(held_out(&folder), second);
    }
    let of_all: usize = splits.iter().map(|split| split.held_out).sum();
    assert_eq!(open(&folder).clear_split().unwrap(), of_all);
    assert!(held_out(&folder).is_empty() && !text(&folder, "triage.jsonl").contains("held_out"));
    open(&folder).split(0.4, 8).unwrap();
    assert_ne!(held_out(&folder), second);
}

#[test]
fn a_split_that_is_ended_leaves_every_byte_as_it_was() {
    let folder = large(60);
    let files = ["triage.jsonl", "fields.jsonl", "answers.jsonl", "actions.jsonl", "suite.toml"];
    let before = files.map(|name| text(&folder, name));
    let mut suite = open(&folder);
    suite.split(0.5, 0).unwrap();
    assert_ne!(text(&folder, files[0]), before[0]);
    assert!(text(&folder, "suite.toml").contains("\n[held_out]\nshare = 0.5\nseed = 0\n\n[[task]]\nname = \"triage\""));
    suite.clear_split().unwrap();
    assert_eq!(files.map(|name| text(&folder, name)), before);
}

#[test]
fn marks_without_a_rule_are_no_split() {
    let folder = large(8);
    let marked = text(&folder, "triage.jsonl").replacen('}', ", \"held_out\": true}", 1);
    folder.write("triage.jsonl", marked);
    let error = rendered(&open(&folder).split(0.5, 0).unwrap_err());
    assert!(error.contains("held out already (1)") && error.contains("[held_out]"), "{error}");
    // By hand it is one; what was marked stays so.
    let settings = text(&folder, "suite.toml");
    folder.write("suite.toml", settings.replace("[decision]", "[held_out]\nshare = 0.5\n\n[decision]"));
    open(&folder).split(0.5, 0).unwrap();
    assert!(held_out(&folder).contains("t-0"));
    open(&folder).clear_split().unwrap();
    assert_eq!(text(&folder, "suite.toml"), settings);
    for (rule, part) in [
        ("share = 1", "a share above 0 and below 1"),
        ("seed = 3", "`held_out` has no `share`"),
        ("share = 0.5\nseed = -1", "a whole number of at least 0"),
        ("share = 0.5\nsed = 1", "unknown key `sed`"),
    ] {
        folder.write("suite.toml", settings.replace("[decision]", &format!("[held_out]\n{rule}\n\n[decision]")));
        assert!(folder.error().contains(part), "{}", folder.error());
    }
}

#[test]
fn the_smallest_label_is_served_and_a_task_is_never_passed_over() {
    let folder = Folder::new();
    for seed in 0..20 {
        folder.write("triage.jsonl", lines(0, 8).replace(", \"cluster\": \"thread-0\"", ""));
        let splits = open(&folder).split(0.5, seed).unwrap();
        assert!(splits[0].strata.values().all(|(held_out, all)| (*held_out, *all) >= (1, 2)), "{seed} {splits:?}");
        open(&folder).clear_split().unwrap();
        // Less than half a case of each label.
        let splits = open(&folder).split(0.1, seed).unwrap();
        assert!(splits[0].held_out >= 1, "{seed} {splits:?}");
        open(&folder).clear_split().unwrap();
    }
}

#[test]
fn a_label_gets_a_part_of_its_share_however_the_draw_goes() {
    let folder = Folder::new();
    for seed in 0..20 {
        let alone =
            lines(0, 40).lines().map(|line| line.split(", \"cluster").next().unwrap().to_string()).collect::<Vec<_>>();
        let alone: String = alone.iter().map(|line| line.trim_end_matches('}').to_string() + "}\n").collect();
        folder.write("triage.jsonl", alone);
        let splits = open(&folder).split(0.5, seed).unwrap();
        assert!(splits[0].strata.values().all(|(held_out, all)| *held_out >= all * 2 / 5), "{seed} {splits:?}");
        open(&folder).clear_split().unwrap();
    }
}
