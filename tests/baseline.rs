//! `eval baseline`: the file that a repository keeps.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, paired, shop, snapshot};
use serde_json::{Value, json};

const KEY: &str = "sk-not-to-be-seen-7f3a";
const SAVE: &str = "baseline save latest base.json";

/// A run of the shop's suite, with prices and a call that failed.
fn with_a_run() -> Sandbox {
    let sandbox = shop::sandbox().with("OPENAI_API_KEY", KEY);
    sandbox.replace("shop/suite.toml", "[[task]]", "[decision]\nmax_error_rate = 0.2\n\n[[task]]");
    let mut answers = shop::mixed();
    answers[1] = json!({"task": "triage", "case": "t-2", "error": {"kind": "timeout", "message": "SILENT for 60 s"}});
    sandbox.write("mixed.jsonl", shop::lines(&answers));
    let price = "price = { input = 1.0, output = 2.0 }";
    sandbox.write("eval.toml", format!("[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\n{price}\n"));
    sandbox.eval_to(0, "run --suite ./shop --candidate m --quiet");
    sandbox
}

fn cases(sandbox: &Sandbox) -> Vec<Value> {
    let baseline: Value = serde_json::from_str(&sandbox.read("base.json")).unwrap();
    baseline["cases"].as_array().unwrap().clone()
}

#[test]
fn a_case_is_a_line_without_prompt_and_answer() {
    let sandbox = with_a_run();
    let said = sandbox.eval_to(0, SAVE).stdout;
    assert_eq!(said, "base.json: 18 cases of m on shop\n");
    let text = sandbox.read("base.json");
    let (_, cases) = text.split_once("\"cases\": [").unwrap();
    snapshot!(sandbox, cases);
    let baseline: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(baseline["baseline"], 1);
    assert_eq!(baseline["manifest"]["id"], sandbox.the_run().manifest()["id"]);
    assert_eq!(baseline["manifest"]["models"][0]["name"], "m");
}

#[test]
fn what_models_and_users_said_stays_out() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, SAVE);
    let text = sandbox.read("base.json");
    // An input, an answer, a passage, an argument of a tool call, an error.
    for words in ["charged twice", "It is about the driver.", "from noon", "Returns: 30 days", "FM-3", "SILENT", KEY] {
        assert!(!text.contains(words), "the baseline holds {words:?}");
    }
    assert!(text.contains("\"error\":\"timeout\""), "{text}");
}

#[test]
fn answers_are_kept_where_they_are_asked_for() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, &format!("{SAVE} --with-answers"));
    let text = sandbox.read("base.json");
    assert!(text.contains("It is about the driver.") && text.contains("from noon"));
    for words in ["charged twice", "Returns: 30 days", "SILENT", KEY] {
        assert!(!text.contains(words), "the baseline holds {words:?}");
    }
    // They stand in a comparison.
    sandbox.write("ours.jsonl", shop::lines(&shop::right()));
    sandbox.eval_to(0, "run --suite ./shop --candidate best=replay:ours.jsonl --quiet");
    let shown = sandbox.eval("compare latest base.json").stdout;
    assert!(shown.contains("from noon"), "{shown}");
}

#[test]
fn a_key_of_the_environment_appears_nowhere() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, &format!("{SAVE} --with-answers"));
    let gate = "gate latest --baseline base.json --junit a.xml --json a.json --markdown a.md --github";
    let outcomes = [sandbox.eval("compare latest base.json"), sandbox.eval(gate)];
    sandbox.eval_to(0, "run --suite ./shop --candidate best=replay:right.jsonl --quiet");
    let outcomes = outcomes.into_iter().chain([sandbox.eval("compare latest base.json"), sandbox.eval(gate)]);
    for outcome in outcomes {
        assert!(!outcome.stdout.contains(KEY) && !outcome.stderr.contains(KEY));
    }
    for file in ["base.json", "a.xml", "a.json", "a.md", ".eval/runs/looks.jsonl"] {
        assert!(!sandbox.read(file).contains(KEY), "{file}");
    }
}

#[test]
fn saving_twice_writes_the_same() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, SAVE);
    let first = sandbox.read("base.json");
    sandbox.eval_to(0, SAVE);
    assert_eq!(sandbox.read("base.json"), first);
    // A baseline of a baseline is the same too; in a folder that is not there yet.
    sandbox.eval_to(0, "baseline save base.json kept/here/base.json");
    assert_eq!(sandbox.read("kept/here/base.json"), first);

    // Another run of the same answers gives the same cases in the same order, whatever the order they were asked in.
    let lines = cases(&sandbox);
    sandbox.eval_to(0, "run --suite ./shop --candidate m --seed 7 --quiet");
    sandbox.eval_to(0, SAVE);
    assert_eq!(cases(&sandbox), lines);
}

#[test]
fn a_metric_that_an_old_baseline_lacks_is_no_change() {
    let sandbox = with_a_run();
    sandbox.eval_to(0, SAVE);
    sandbox.eval_to(0, "run --suite ./shop --candidate best=replay:right.jsonl --quiet");
    let told = || {
        let [gate, compare] =
            ["gate latest --baseline base.json", "compare latest base.json"].map(|words| sandbox.eval(words));
        (gate.code, gate.stdout, compare.code, compare.stdout)
    };
    let today = told();
    assert!(today.1.contains("gate") && today.3.contains("fields"), "{today:?}");
    let mut base: Value = serde_json::from_str(&sandbox.read("base.json")).unwrap();
    let newer = ["schema_valid_as_given", "schema_valid_any_form"];
    for task in base["manifest"]["tasks"].as_array_mut().unwrap() {
        task["metrics"].as_array_mut().unwrap().retain(|spec| !newer.iter().any(|name| spec["name"] == *name));
    }
    let cases = base["cases"].as_array_mut().unwrap().iter_mut();
    for scores in cases.filter_map(|case| case.get_mut("scores")?.as_object_mut()) {
        scores.retain(|name, _| !newer.contains(&name.as_str()));
    }
    sandbox.write("base.json", base.to_string());
    assert!(!sandbox.read("base.json").contains(newer[0]));
    assert_eq!(told(), today);
}

#[test]
fn one_of_several_models_is_named() {
    let sandbox = paired::sandbox(&[paired::task("mail", [20, 2, 3, 5])]);
    let models = "--candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl";
    sandbox.eval(&format!("run --suite ./paired --quiet {models}"));
    let errors = ["latest", "latest#lagre"]
        .map(|run| format!("# {run}\n{}", sandbox.eval_to(2, &format!("baseline save {run} base.json")).stderr));
    snapshot!(sandbox, errors.join("\n"));
    assert!(!sandbox.path().join("base.json").exists());

    sandbox.eval_to(0, "baseline save latest#large base.json");
    let right = cases(&sandbox).iter().filter(|case| case["correct"] == true).count();
    assert_eq!((cases(&sandbox).len(), right), (30, 23));
}

#[test]
fn what_no_gate_can_pass_against_is_said() {
    let sandbox = paired::sandbox(&[paired::task("mail", [20, 2, 3, 5])]);
    assert_eq!(with_a_run().eval_to(0, SAVE).stderr, "");
    let first = sandbox.read("theirs.jsonl").split_once('\n').unwrap().1.to_string();
    sandbox.write("theirs.jsonl", first);
    sandbox.eval_to(12, "run --suite ./paired --candidate large=replay:theirs.jsonl --quiet");
    let failed = sandbox.eval_to(0, SAVE).stderr;
    sandbox.eval("run --suite ./paired --candidate small=replay:ours.jsonl --limit 10 --quiet");
    let part = sandbox.eval_to(0, SAVE).stderr;
    snapshot!(sandbox, [failed, part].join("\n"));
}

#[test]
fn a_file_that_cannot_be_written() {
    let sandbox = with_a_run();
    sandbox.write("taken", "a file");
    let error = sandbox.eval_to(2, "baseline save latest taken/base.json").stderr;
    assert!(error.contains("failed to write taken/base.json"), "{error}");
    let error = sandbox.eval_to(2, "gate latest --baseline base.json").stderr;
    assert!(error.contains("there is no file base.json"), "{error}");
}
