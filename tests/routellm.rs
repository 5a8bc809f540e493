//! A closed and an open model on public data, from replayed outputs to the verdict, against an independent computation.
//!
//! The data are not part of the repository: where they are missing the tests say so. EVAL_DATA names the folder that
//! holds `routellm/replay.jsonl.gz`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Sandbox;
use serde_json::{Value, json};
use std::{path::PathBuf, process::Command};

/// One item: what each model said, and whether it was right.
struct Item {
    id: String,
    input: String,
    /// Open, closed.
    said: [Option<String>; 2],
    right: [bool; 2],
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("EVAL_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").into(), PathBuf::from);
    let path = folder.join("routellm/replay.jsonl.gz");
    if !path.is_file() {
        eprintln!("skipped: no routellm/replay.jsonl.gz in the folder that EVAL_DATA names");
        return None;
    }
    Some(path)
}

/// The items of one data set in file order.
fn items(path: &PathBuf, set: &str) -> Vec<Item> {
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip is needed");
    let mut items: Vec<Item> = Vec::new();
    for line in std::str::from_utf8(&unpacked.stdout).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["dataset"] != set {
            continue;
        }
        let text = |key: &str| row[key].as_str().map(String::from);
        let id = text("case_id").unwrap();
        if items.last().is_none_or(|item| item.id != id) {
            items.push(Item { id, input: text("input").unwrap(), said: [None, None], right: [false, false] });
        }
        let item = items.last_mut().unwrap();
        let model = usize::from(row["kind"] == "closed");
        item.said[model] = text("output");
        item.right[model] = row["correct"].as_bool().unwrap();
    }
    items
}

fn oracle() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/decision/decision.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A suite in which an answer is right where the data say so, and the recorded outputs of both models.
fn write(sandbox: &Sandbox, items: &[Item], cluster: impl Fn(&Item) -> Option<String>) {
    sandbox.write(
        "items/suite.toml",
        "name = \"items\"\ndescription = \"Public items.\"\n\n[[task]]\nname = \"items\"\nkind = \"rag\"\n",
    );
    sandbox.write("items/items.jinja", "{{ input }}\n");
    let mut lines = [String::new(), String::new(), String::new()];
    for item in items {
        // What each model said where it was right; where the outputs are not known, a word that stands for it.
        let said = |model: usize| {
            item.said[model].clone().unwrap_or_else(|| if item.right[model] { "right" } else { "wrong" }.into())
        };
        let accepted: Vec<String> = [0, 1]
            .into_iter()
            .filter(|model| item.right[*model])
            .map(said)
            .chain(["the right answer".into()])
            .collect();
        let mut case = json!({"id": item.id, "input": format!("{} {}", item.id, item.input), "expected": {"answers": accepted}, "context": [{"id": "question", "text": item.input}]});
        if let Some(cluster) = cluster(item) {
            case["cluster"] = cluster.into();
        }
        lines[2].push_str(&format!("{case}\n"));
        for (model, line) in lines.iter_mut().take(2).enumerate() {
            line.push_str(&format!("{}\n", json!({"task": "items", "case": item.id, "text": said(model)})));
        }
    }
    sandbox.write("items/items.jsonl", &lines[2]);
    sandbox.write("open.jsonl", &lines[0]);
    sandbox.write("closed.jsonl", &lines[1]);
}

/// Runs both models, each in a run of its own, and gives the ids of the runs.
fn run(sandbox: &Sandbox) -> [String; 2] {
    ["open", "closed"].map(|model| {
        let before: Vec<_> = sandbox.runs().into_iter().map(|run| run.0).collect();
        sandbox.eval_to(0, &format!("run --suite ./items --candidate {model}=replay:{model}.jsonl --quiet"));
        let new = sandbox.runs().into_iter().map(|run| run.0).find(|run| !before.contains(run)).unwrap();
        new.file_name().unwrap().to_string_lossy().into_owned()
    })
}

fn compare(sandbox: &Sandbox, candidate: &str, reference: &str, margin: &str) -> Value {
    let outcome = sandbox.eval_to(0, &format!("compare {candidate} {reference} --margin {margin} --format json"));
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn close(what: &str, got: &Value, want: &Value) {
    let (got, want) = (got.as_f64().unwrap_or(f64::NAN), want.as_f64().unwrap());
    assert!((got - want).abs() <= 1e-6, "{what}: {got} is not {want}");
}

/// The figures of a comparison against those that were computed independently.
fn check(summary: &Value, set: &Value, margin: &str) {
    let row = &summary["tasks"][0]["comparisons"][0];
    for (cell, key) in ["both", "candidate_only", "reference_only", "neither"].into_iter().enumerate() {
        assert_eq!(row[key], set["table"][cell], "{key}");
    }
    close("difference", &row["difference"], &set["difference"]);
    for end in [0, 1] {
        close("interval", &row["interval"][end], &set["tango"]["0.90"][end]);
        close("cross-check", &row["cross_check"][end], &set["newcombe"]["0.90"][end]);
        close("wrong answers", &row["wrong_answers"]["interval"][end], &set["wrong_answers"]["tango"]["0.90"][end]);
        for (model, name) in ["candidate", "reference"].into_iter().enumerate() {
            let interval = &summary["tasks"][0]["models"][model]["intervals"]["accuracy"];
            close(name, &interval[end], &set[name]["wilson"]["0.90"][end]);
        }
    }
    close("p", &row["p_noninferiority"], &set["p_noninferiority"][margin]);
    close("p of a regression", &row["p_regression"], &set["mcnemar"]["mid_p_worse"]);
    assert_eq!(row["verdict"], set["verdict"][margin], "margin {margin}");
}

#[test]
fn gsm8k_from_two_replays_and_the_other_way_round() {
    let Some(path) = data() else { return };
    let sandbox = Sandbox::new();
    write(&sandbox, &items(&path, "gsm8k"), |_| None);
    let [open, closed] = run(&sandbox);
    for margin in ["0.02", "0.05", "0.10"] {
        check(&compare(&sandbox, &open, &closed, margin), &oracle()["sets"]["gsm8k"], margin);
    }
    let summary = compare(&sandbox, &closed, &open, "0.05");
    assert_eq!(summary["tasks"][0]["comparisons"][0]["verdict"], "good_enough");
    assert_eq!(summary["verdicts"][0]["recommendation"], "Move items to closed.");
    sandbox.eval_to(10, &format!("gate {open} --baseline {closed}"));
    sandbox.eval_to(0, &format!("gate {closed} --baseline {open}"));
}

#[test]
fn the_verdict_settles_as_mmlu_grows() {
    let Some(path) = data() else { return };
    let items = items(&path, "mmlu");
    let oracle = oracle();
    for name in ["mmlu_50", "mmlu_200", "mmlu_800"] {
        let set = &oracle["sets"][name];
        let (step, n) = (set["step"].as_u64().unwrap() as usize, set["cases"].as_u64().unwrap() as usize);
        let sandbox = Sandbox::new();
        let some: Vec<Item> = items
            .iter()
            .step_by(step)
            .take(n)
            .map(|item| Item { id: item.id.clone(), input: item.input.clone(), said: [None, None], right: item.right })
            .collect();
        write(&sandbox, &some, |_| None);
        let [open, closed] = run(&sandbox);
        for margin in ["0.02", "0.05", "0.10"] {
            check(&compare(&sandbox, &open, &closed, margin), set, margin);
        }
    }
}

#[test]
fn subjects_are_clusters() {
    let Some(path) = data() else { return };
    let items = items(&path, "mmlu");
    let oracle = &oracle()["mmlu_by_subject"];
    let sandbox = Sandbox::new();
    write(&sandbox, &items, |item| item.id.rsplit_once('-').map(|(subject, _)| subject.into()));
    let [open, closed] = run(&sandbox);
    let summary = compare(&sandbox, &open, &closed, "0.05");
    let row = &summary["tasks"][0]["comparisons"][0];
    assert_eq!(row["method"], "cluster_robust");
    assert_eq!(summary["tasks"][0]["models"][0]["independent_units"], oracle["difference"]["clusters"]);
    close("mean", &row["difference"], &oracle["difference"]["mean"]);
    // Never narrower than Tango on as many pairs as there are subjects, which is wider here.
    let limit = |end: usize| row["interval"][end].as_f64().unwrap();
    let robust = |end: usize| oracle["difference"]["interval"]["0.90"][end].as_f64().unwrap();
    assert!(limit(0) <= robust(0) && limit(1) >= robust(1), "{row}");
}
