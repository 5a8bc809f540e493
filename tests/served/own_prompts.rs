//! A model with a prompt of its own is asked by it, and whoever reads the verdict is told.

use crate::{
    common::{Sandbox, shop, snapshot},
    mock::{
        self,
        server::{Asked, Server},
    },
};
use serde_json::{Value, json};
use std::fs;

const RUN: &str = "run --suite ./shop --config models/eval.toml --candidate small --reference large --quiet";

const OWN: &str = "{% block system %}One word: {{ labels | join(' or ') }}.{% endblock %}\
                   {% block user %}Mail: {{ input }}{% endblock %}";

/// Two models of one server, of which the small one has a prompt of its own for triage.
fn sandbox(server: &Server) -> Sandbox {
    let sandbox = mock::shop(server);
    let model = |name: &str| format!("[models.{name}]\nrunner = \"openai\"\nmodel = \"{name}\"\n");
    let own = "[models.small.prompts]\ntriage = \"triage-small.jinja\"\n";
    sandbox.write("models/eval.toml", model("large") + &model("small") + own);
    sandbox.write("models/triage-small.jinja", OWN);
    sandbox
}

/// The system turns of the requests for triage to a model.
fn told(server: &Server, model: &str) -> Vec<String> {
    let system = |asked: &Asked| {
        let first = &asked.body["messages"][0];
        (asked.body["model"] == model && first["role"] == "system").then(|| first["content"].as_str().unwrap().into())
    };
    server.asked().iter().filter_map(system).collect()
}

/// The sentences about prompts in the reasons of each task's comparison.
fn remarks(summary: &Value) -> Vec<(String, Vec<String>)> {
    let tasks = summary["tasks"].as_array().unwrap().iter();
    tasks
        .map(|task| {
            let reasons = task["comparisons"][0]["reasons"].as_array().unwrap().iter();
            let remarks = reasons.filter_map(Value::as_str).filter(|reason| reason.contains("prompt"));
            (task["task"].as_str().unwrap().into(), remarks.map(String::from).collect())
        })
        .collect()
}

#[test]
fn the_model_is_asked_by_it_and_the_verdict_says_so() {
    let server = mock::right();
    let sandbox = sandbox(&server);
    sandbox.eval_to(0, RUN);
    assert_eq!(told(&server, "small"), ["One word: billing or delivery or returns or undetermined."; 6]);
    assert_eq!(told(&server, "large"), ["One of: billing, delivery, returns, undetermined."; 6]);
    let run = sandbox.the_run();
    let own = |prompt: &Value| prompt[1]["content"].as_str().is_some_and(|user| user.starts_with("Mail: "));
    let by_own = |record: &Value| record["model"] == "small" && record["task"] == "triage";
    assert!(run.records().iter().all(|record| own(&record["prompt"]) == by_own(record)));

    let manifest = run.manifest();
    let (small, large) = (&manifest["models"][0], &manifest["models"][1]);
    let hashes = small["prompts"].as_object().unwrap();
    assert_eq!(hashes.keys().collect::<Vec<_>>(), ["triage"]);
    assert_ne!(hashes["triage"], manifest["tasks"][0]["prompt_hash"]);
    assert_eq!(large.get("prompts"), None);
    assert_eq!(small["settings"]["prompts"], json!({"triage": "models/triage-small.jinja"}));

    let remark = "The prompts differ: small was asked by a prompt of its own.".to_string();
    let none = |task: &str| (task.to_string(), Vec::new());
    let expected = [("triage".into(), vec![remark]), none("fields"), none("answers"), none("actions")];
    assert_eq!(remarks(&run.summary()), expected);
    assert!(fs::read_to_string(run.file("report.html")).unwrap().contains("own prompt · triage"));
}

#[test]
fn its_answers_are_found_in_the_cache() {
    let server = mock::right();
    let sandbox = sandbox(&server);
    sandbox.eval_to(0, RUN);
    let dry = sandbox.eval_to(0, &format!("{RUN} --dry-run")).stdout;
    assert_eq!(dry.matches("0 calls and 18 from the cache").count(), 2, "{dry}");
    let explained = sandbox.eval_to(0, "cache explain latest t-1 --model small");
    assert!(explained.stdout.contains("in the cache since"), "{}", explained.stdout);
    assert_eq!(explained.stderr, "");
    let before = server.asked().len();
    sandbox.replace("models/triage-small.jinja", "One word", "In one word");
    sandbox.eval_to(0, RUN);
    assert_eq!(server.asked().len() - before, 6, "the small model is asked anew, for triage alone");
}

#[test]
fn a_prompt_of_the_same_words_is_no_other() {
    let server = mock::right();
    let sandbox = sandbox(&server);
    sandbox.write("models/triage-small.jinja", sandbox.read("shop/triage.jinja"));
    sandbox.eval_to(0, RUN);
    assert!(remarks(&sandbox.the_run().summary()).iter().all(|(_, remarks)| remarks.is_empty()));
}

#[test]
fn another_one_cannot_go_on_with_a_run() {
    let server = mock::right();
    let sandbox = sandbox(&server);
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    let log: String = run.log().split_inclusive('\n').take(20).collect();
    fs::write(run.file("records.jsonl"), &log).unwrap();
    let resume = format!("run --resume {} --quiet", run.id());
    let mut errors = String::new();
    let mut refused = |title: &str| {
        errors += &format!("# {title}\n{}\n", sandbox.eval_to(2, &resume).stderr);
        assert_eq!(run.log(), log, "{title}");
    };
    sandbox.replace("models/triage-small.jinja", "One word", "In one word");
    refused("other words");
    let own = "[models.small.prompts]\ntriage = \"triage-small.jinja\"\n";
    sandbox.replace("models/eval.toml", own, "");
    refused("none");
    snapshot!(sandbox, errors);
    // The same words in another file are the same prompt.
    sandbox.write("models/other.jinja", OWN);
    sandbox.write("models/eval.toml", sandbox.read("models/eval.toml") + &own.replace("triage-small", "other"));
    sandbox.eval_to(0, &resume);
    assert_eq!(run.distinct_records(), 2 * shop::CASES);
}

#[test]
fn runs_that_asked_by_other_prompts_say_so_when_they_are_compared() {
    let server = mock::right();
    let sandbox = sandbox(&server);
    sandbox.eval_to(0, RUN);
    sandbox.replace("shop/actions.jinja", "{{ input }}", "Please: {{ input }}");
    sandbox.replace("models/triage-small.jinja", "One word", "In one word");
    sandbox.eval_to(0, RUN);
    let [first, second] = &sandbox.runs()[..] else { panic!("two runs") };
    let compare = |theirs: &str| {
        let words = format!("compare {}#small {}#{theirs} --format json", first.id(), second.id());
        let told: Value = serde_json::from_str(&sandbox.eval_to(0, &words).stdout).unwrap();
        let summary = if told["summary"].is_object() { &told["summary"] } else { &told };
        (summary["differences"].clone(), remarks(summary)[0].1.clone())
    };
    let makes = "differs in what makes its prompts (template, schema, tools, labels or limits).";
    let differences = json!([format!("triage {makes}"), format!("actions {makes}")]);
    let small = format!("small ({})", second.id());
    let both = format!("The prompts differ: small and {small} were asked by prompts of their own.");
    assert_eq!(compare("small"), (differences.clone(), vec![both]));
    let one = "The prompts differ: small was asked by a prompt of its own.".to_string();
    assert_eq!(compare("large"), (differences, vec![one]));
}
