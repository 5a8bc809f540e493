//! Cases whose tools answer: the model is asked until it has done, in each dialect, from a cache and from a recording.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod mock;

use common::Sandbox;
use mock::server::{Asked, Server};
use serde_json::{Value, json};

const SUITE: &str = r#"name = "desk"
description = "Orders."

[[task]]
name = "orders"
kind = "tools"
tools = "tools.json"
"#;

fn suite(sandbox: Sandbox) -> Sandbox {
    let function = |name: &str, needed: &str| {
        json!({"type": "function", "function": {"name": name, "description": name, "parameters": {
            "type": "object", "required": [needed], "properties": {needed: {"type": "string"}},
        }}})
    };
    let cancelled = json!({"name": "cancel", "arguments": {"order": "FM-1"}, "answer": {"ok": true},
        "sets": {"/orders/FM-1": "cancelled"}});
    let steps = json!([{"name": "find", "arguments": {"customer": "Marit"}, "answer": {"order": "FM-1"}}, cancelled]);
    let state = json!({"orders": {"FM-1": "open"}});
    let calls = json!([
        {"name": "find", "arguments": {"customer": "Marit"}},
        {"name": "cancel", "arguments": {"order": "FM-1"}},
    ]);
    let cases = [
        json!({"id": "state", "input": "Cancel Marit's order.", "steps": steps, "state": state,
            "expected": {"state": {"orders": {"FM-1": "cancelled"}}}}),
        json!({"id": "calls", "input": "Cancel the order of Marit.", "steps": steps,
            "expected": {"calls": calls, "order": "given"}}),
        json!({"id": "budget", "input": "Cancel it.", "steps": steps, "state": state, "budget": {"steps": 2},
            "expected": {"state": {"orders": {"FM-1": "cancelled"}}}}),
        json!({"id": "single", "input": "Find Marit's order.",
            "expected": {"calls": [{"name": "find", "arguments": {"customer": "Marit"}}]}}),
    ];
    sandbox.write("desk/suite.toml", SUITE);
    sandbox.write("desk/tools.json", json!([function("find", "customer"), function("cancel", "order")]).to_string());
    sandbox.write("desk/orders.jinja", "{% block system %}Act.{% endblock %}{% block user %}{{ input }}{% endblock %}");
    sandbox.write("desk/orders.jsonl", cases.map(|case| case.to_string()).join("\n"));
    sandbox
}

/// What a careful model does after so many of its own answers.
fn next(answered: usize) -> Value {
    match answered {
        0 => json!({"tool_calls": [{"name": "find", "arguments": {"customer": "Marit"}}]}),
        1 => json!({"text": "Found it.", "tool_calls": [{"name": "cancel", "arguments": {"order": "FM-1"}}]}),
        _ => json!({"text": "It is cancelled."}),
    }
}

fn count(turns: &Value, role: &str) -> usize {
    turns.as_array().unwrap().iter().filter(|turn| turn["role"] == role).count()
}

/// The last question of the case `state`: cases are asked at once, in no order.
fn the_last<'a>(asked: &'a [Asked], turns: &str, role: &str) -> &'a Asked {
    let of_state = |asked: &&Asked| asked.body[turns].to_string().contains("Cancel Marit's order.");
    asked.iter().filter(of_state).find(|asked| count(&asked.body[turns], role) == 2).unwrap()
}

fn check(sandbox: &Sandbox) {
    let run = sandbox.the_run();
    let records = run.records();
    let of = |case: &str| records.iter().find(|record| record["case"] == case).unwrap();
    for case in ["state", "calls"] {
        let record = of(case);
        assert_eq!(record["correct"], true, "{record}");
        assert_eq!((record["text"].as_str(), record["steps"].as_array().unwrap().len()), (Some("It is cancelled."), 2));
        assert_eq!(record["steps"][0]["answers"], json!(["{\"order\":\"FM-1\"}"]));
        assert_eq!(record["tool_calls"].as_array().unwrap().len(), 2);
    }
    assert_eq!(of("budget")["note"], "not done within the budget of 2 steps");
    assert_eq!((&of("single")["correct"], of("single").get("steps")), (&json!(true), None));
}

#[test]
fn by_openai_then_from_the_cache_and_from_the_records() {
    let server = Server::start(|asked: &Asked| mock::openai(&next(count(&asked.body["messages"], "assistant"))));
    let sandbox = suite(mock::at(Sandbox::new(), &server));
    let run = "run --suite ./desk --candidate m=openai:gpt-4o-mini --quiet";
    sandbox.eval_to(0, run);
    check(&sandbox);
    let asked = server.asked();
    assert_eq!(asked.len(), 3 + 3 + 2 + 1);
    let last = the_last(&asked, "messages", "assistant");
    insta::assert_snapshot!(serde_json::to_string_pretty(&last.body["messages"]).unwrap());
    let first = &sandbox.the_run().records();
    let whole = first.iter().find(|record| record["case"] == "state").unwrap();
    assert!((whole["cost_usd"].as_f64().unwrap() - 3.0 * mock::COST).abs() < 1e-12, "{whole}");
    assert_eq!((&whole["usage"]["input_tokens"], &whole["attempts"]), (&json!(300), &json!(3)));

    sandbox.eval_to(0, run);
    assert_eq!(server.asked().len(), asked.len(), "all from the cache");
    let again = sandbox.runs()[1].records();
    assert!(again.iter().all(|record| record["cached"] == true));

    let log = sandbox.runs()[0].log();
    sandbox.write("said.jsonl", log);
    sandbox.eval_to(0, "run --suite ./desk --candidate old=replay:said.jsonl --quiet");
    for record in sandbox.runs()[2].records() {
        let before = first.iter().find(|before| before["case"] == record["case"]).unwrap();
        for key in ["correct", "note", "scores", "steps", "tool_calls", "cost_usd"] {
            assert_eq!(record[key], before[key], "{key}");
        }
    }
}

#[test]
fn by_anthropic() {
    let server = Server::start(|asked: &Asked| mock::anthropic(&next(count(&asked.body["messages"], "assistant"))));
    let sandbox =
        suite(Sandbox::new()).with("ANTHROPIC_BASE_URL", server.url("/v1")).with("ANTHROPIC_API_KEY", mock::KEY);
    sandbox.eval_to(0, "run --suite ./desk --candidate m=anthropic:claude-haiku-4-5 --quiet");
    check(&sandbox);
    let asked = server.asked();
    let last = the_last(&asked, "messages", "assistant");
    insta::assert_snapshot!(serde_json::to_string_pretty(&last.body["messages"]).unwrap());
}

#[test]
fn by_gemini() {
    let server = Server::start(|asked: &Asked| mock::gemini(&next(count(&asked.body["contents"], "model"))));
    let sandbox =
        suite(Sandbox::new()).with("GEMINI_BASE_URL", server.url("/v1beta")).with("GEMINI_API_KEY", mock::KEY);
    sandbox.eval_to(0, "run --suite ./desk --candidate m=gemini:gemini-2.5-flash --quiet");
    check(&sandbox);
    let asked = server.asked();
    let last = the_last(&asked, "contents", "model");
    insta::assert_snapshot!(serde_json::to_string_pretty(&last.body["contents"]).unwrap());
}

#[test]
fn a_call_that_fails_midway_fails_the_case() {
    let server = Server::start(|asked: &Asked| match count(&asked.body["messages"], "assistant") {
        0 => mock::openai(&next(0)),
        _ => mock::failed(400, "invalid_request", "no more"),
    });
    let sandbox = suite(mock::at(Sandbox::new(), &server));
    sandbox.eval("run --suite ./desk --candidate m=openai:gpt-4o-mini --quiet");
    let records = sandbox.the_run().records();
    let of = |case: &str| records.iter().find(|record| record["case"] == case).unwrap();
    assert_eq!((&of("state")["outcome"], &of("single")["outcome"]), (&json!("runner_failed"), &json!("scored")));
}

#[test]
fn scripts_that_make_no_sense_are_refused() {
    let sandbox = suite(Sandbox::new());
    let good = sandbox.read("desk/orders.jsonl");
    let mut problems = String::new();
    for (from, to) in [
        ("\"name\":\"find\"", "\"name\":\"fnd\""),
        ("\"sets\":{\"/orders/FM-1\"", "\"sets\":{\"orders\""),
        ("\"steps\":[", "\"stps\":["),
        ("\"budget\":{\"steps\":2}", "\"budget\":{\"steps\":0}"),
        ("\"state\":{\"orders\":{\"FM-1\":\"open\"}}", "\"state\":[]"),
        ("\"expected\":{\"state\":", "\"expected\":{\"calls\":[],\"state\":"),
    ] {
        assert!(good.contains(from), "{from}");
        sandbox.write("desk/orders.jsonl", good.replacen(from, to, 1));
        let outcome = sandbox.eval_to(2, "suites check ./desk");
        problems.push_str(&format!("{from} → {to}\n{}\n", outcome.stderr));
    }
    insta::assert_snapshot!(problems);
}

#[test]
fn a_final_state_that_no_step_brings_about_is_refused() {
    let sandbox = suite(Sandbox::new());
    sandbox.replace("desk/orders.jsonl", "/orders/FM-1", "/order/FM-1");
    let outcome = sandbox.eval_to(2, "suites check ./desk");
    assert!(outcome.stderr.contains("no step sets `/orders/FM-1`"), "{}", outcome.stderr);
}
