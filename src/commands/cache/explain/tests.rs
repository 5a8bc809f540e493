#![allow(clippy::unwrap_used)]

use super::*;
use eval_core::{ErrorInfo, Message, PromptId, Response, Role};
use eval_runners::cache::Identity;
use serde_json::json;
use std::sync::Arc;
use tempfile::TempDir;

/// Long before, or long after, whatever the tests buy.
const EARLY: &str = "2001-01-01T09:00:00Z";
const LATE: &str = "2999-01-01T09:00:00Z";

fn manifest(began: &str) -> Manifest {
    let text = json!({
        "v": 1, "id": "r", "started_at": began, "eval_version": "0", "tasks": [], "models": [],
        "suite": {"name": "s", "source": "s", "description": "", "hash": "", "data_policy": "any",
            "decision": {"margin": 0.05, "alpha": 0.05, "max_error_rate": 0.02}},
        "selection": {"tasks": [], "tags": [], "limit": null, "sample": null},
        "repeats": 1, "concurrency": null, "seed": 0, "date": "2026-11-21",
        "machine": {"os": "", "arch": "", "cpu": null, "cores": 1},
    });
    serde_json::from_value(text).unwrap()
}

fn prompt(case: &str, user: &str) -> Prompt {
    let message = |role, content: &str| Message { role, content: content.into() };
    Prompt {
        id: PromptId { task: "triage".into(), case: case.into(), case_hash: String::new(), repeat: 0 },
        messages: vec![message(Role::System, "Sort this."), message(Role::User, user)],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 16,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn record(cached: bool, outcome: Outcome) -> Record {
    let error =
        (outcome == Outcome::RunnerFailed).then(|| json!(ErrorInfo { kind: "timeout".into(), message: "".into() }));
    let record = json!({
        "v": 1, "task": "triage", "case": "t-017", "case_hash": "", "model": "gpt-4o-mini", "repeat": 0,
        "outcome": outcome, "should_decline": false, "correct": null, "behaviour": null, "scores": {}, "text": "",
        "reasoning": null, "tool_calls": [], "finish_reason": null, "usage": {}, "latency_ms": null, "cost_usd": null,
        "cached": cached, "attempts": 1, "error": error,
    });
    serde_json::from_value(record).unwrap()
}

fn key(prompt: &Prompt, temperature: f64) -> Key {
    let asking = json!({"temperature": temperature});
    Key::new(&Identity::new(&json!({"protocol": "openai", "model": "gpt-4o-mini", "asking": asking})), prompt)
}

/// A store in which each entry was bought at its time.
struct Shop {
    folder: TempDir,
    entries: Vec<String>,
}

impl Shop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), entries: Vec::new() }
    }

    fn store(&self) -> Store {
        Store::open(self.folder.path()).unwrap()
    }

    fn buy(mut self, prompt: &Prompt, temperature: f64) -> Self {
        let store = self.store();
        let key = key(prompt, temperature);
        store.put(&key, &prompt.id, &Response::default(), None);
        store.flush();
        self.entries.push(store.get(&key).unwrap().created);
        self
    }

    /// What is said of the case at temperature 0, with the times of purchase named in order.
    fn explain(&self, record: &Record, began: &str) -> String {
        let prompt = prompt("t-017", "Where?");
        let store = self.store();
        let text = explained(record, &prompt, &manifest(began), Some(&key(&prompt, 0.0)), &store).unwrap();
        self.entries.iter().fold(text, |text, created| text.replace(&moment(created), "THEN"))
    }
}

#[test]
fn an_answer_that_is_not_there() {
    let scored = record(false, Outcome::Scored);
    insta::assert_snapshot!(Shop::new().explain(&scored, EARLY), @r"
    case t-017 of triage, model gpt-4o-mini
      not in the cache
      there is no other answer in it
    ");
    let mut other = prompt("t-017", "Where?");
    other.messages[0].content = "Sort this well.".into();
    other.stop = vec!["\n".into()];
    let shop = Shop::new().buy(&prompt("t-001", "When?"), 0.7).buy(&other, 0.7);
    insta::assert_snapshot!(shop.explain(&scored, EARLY), @r"
    case t-017 of triage, model gpt-4o-mini
      not in the cache
      the nearest of 2 answers was bought THEN for another case and differs in
        asking.temperature   0.0 here, 0.7 there
        message 2 (user)     other text
    ");
    let shop = Shop::new().buy(&prompt("t-017", "Where?"), 0.7);
    insta::assert_snapshot!(shop.explain(&record(false, Outcome::RunnerFailed), EARLY), @r"
    case t-017 of triage, model gpt-4o-mini
      not in the cache: the call failed, and failures are not kept
      the only answer was bought THEN for the same case and differs in
        asking.temperature   0.0 here, 0.7 there
    ");
}

#[test]
fn an_answer_that_is_there() {
    let shop = Shop::new().buy(&prompt("t-017", "Where?"), 0.0);
    insta::assert_snapshot!(shop.explain(&record(true, Outcome::Scored), LATE), @r"
    case t-017 of triage, model gpt-4o-mini
      came from the cache, where it is since THEN
    ");
    insta::assert_snapshot!(shop.explain(&record(false, Outcome::Scored), EARLY), @r"
    case t-017 of triage, model gpt-4o-mini
      in the cache since THEN, when this run or a later one bought it
      there is no older answer
    ");
    insta::assert_snapshot!(shop.explain(&record(false, Outcome::Scored), LATE), @r"
    case t-017 of triage, model gpt-4o-mini
      in the cache since THEN, before this run, which did not read it
      there is no older answer
    ");
    let shop = Shop::new().buy(&prompt("t-001", "Where then?"), 0.0).buy(&prompt("t-017", "Where?"), 0.0);
    insta::assert_snapshot!(shop.explain(&record(false, Outcome::Scored), EARLY), @r"
    case t-017 of triage, model gpt-4o-mini
      in the cache since THEN, when this run or a later one bought it
      the only older answer was bought THEN for another case and differs in
        message 2 (user)   other text
    ");
}

#[test]
fn a_model_whose_answers_are_not_kept() {
    let store = Shop::new().store();
    let record = record(false, Outcome::Scored);
    let text = explained(&record, &prompt("t-017", "Where?"), &manifest(EARLY), None, &store).unwrap();
    insta::assert_snapshot!(text, @r"
    case t-017 of triage, model gpt-4o-mini
      never in the cache: this model's answers are not kept
    ");
}

#[test]
fn long_settings_are_cut_and_cannot_move_the_cursor() {
    assert_eq!(short(&json!("é\u{1b}[2J".repeat(30))).chars().count(), LONGEST + 1);
    assert_eq!(short(&json!({"a": 1})), r#"{"a":1}"#);
    assert_eq!(short(&json!(0.0)), "0.0");
}
