//! `eval cache`: what is kept, what is deleted, and what is said of a case.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop};
use eval_core::{Prompt, PromptId, Response, Usage};
use eval_runners::cache::{Identity, Key, Store};
use serde_json::json;
use std::sync::Arc;

/// Keeps the answers of two models, three each.
fn bought(sandbox: &Sandbox) {
    let store = Store::open(&sandbox.path().join(".eval/cache")).unwrap();
    for (model, cost) in [("large-1", Some(0.25)), ("small-1", None)] {
        let identity = Identity::new(&json!({"protocol": "openai", "model": model, "asking": {}}));
        for repeat in 0..3 {
            let id = PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat };
            let usage = Usage { input_tokens: Some(700), output_tokens: Some(5), ..Usage::default() };
            let (messages, tools, stop) = (Vec::new(), Arc::from([]), Vec::new());
            let prompt = Prompt {
                id,
                messages,
                tools,
                schema: None,
                labels: Arc::from([]),
                max_output_tokens: 16,
                stop,
                shared: Vec::new(),
                exchanges: Vec::new(),
            };
            let response = Response { usage, ..Response::default() };
            store.put(&Key::new(&identity, &prompt), &prompt.id, &response, cost);
        }
    }
}

#[test]
fn answers_are_counted_and_deleted() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.eval_to(0, "cache stats").stdout, ".eval/cache/answers.sqlite: no answers\n");
    assert_eq!(sandbox.eval_to(0, "cache clear").stdout, "deleted 0 answers of .eval/cache/answers.sqlite\n");
    assert!(!sandbox.path().join(".eval").exists());
    bought(&sandbox);
    let stats = sandbox.eval_to(0, "cache stats").stdout;
    assert!(stats.starts_with(".eval/cache/answers.sqlite: 6 answers, "), "{stats}");
    let table: Vec<&str> = stats.lines().skip(3).collect();
    assert_eq!(
        table,
        [
            "protocol  model    answers  tokens in  tokens out  cost when bought",
            "openai    large-1        3      2,100          15            $0.750",
            "openai    small-1        3      2,100          15                 —",
        ]
    );
    let deleted = |words: &str| sandbox.eval_to(0, &format!("cache clear {words}")).stdout;
    assert!(deleted("--older-than 1").starts_with("deleted 0 answers"));
    assert!(deleted("--model large-1").starts_with("deleted 3 answers"));
    assert!(deleted("--cache-dir elsewhere").starts_with("deleted 0 answers of elsewhere"));
    assert!(deleted("").starts_with("deleted 3 answers"));
    assert_eq!(sandbox.eval_to(0, "cache stats").stdout, ".eval/cache/answers.sqlite: no answers\n");
    assert!(sandbox.eval_to(2, "cache clear --older-than 4000000000").stderr.contains("so many days ago"));
}

#[test]
fn a_case_is_explained_where_the_run_asked_it() {
    let sandbox = shop::sandbox();
    sandbox.write("right.jsonl", shop::lines(&shop::right()));
    sandbox.eval_to(0, "run --suite ./shop --candidate replay:right.jsonl");
    let unknown = sandbox.eval_to(2, "cache explain latest nowhere").stderr;
    assert!(unknown.contains("has no record of a case \"nowhere\""), "{unknown}");
    let record = &sandbox.the_run().records()[0];
    let (task, case) = (record["task"].as_str().unwrap(), record["case"].as_str().unwrap());
    let said = sandbox.eval_to(0, &format!("cache explain latest {case} --task {task}")).stdout;
    let title = format!("case {case} of {task}, model replay:right.jsonl");
    assert_eq!(said, format!("{title}\n  never in the cache: this model's answers are not kept\n"));
}
