//! The response cache: what was bought is not bought again, and keeps what it cost.

use crate::{
    common::{Sandbox, row, shop, snapshot},
    mock::{
        self, COST, RUN, prompt,
        server::{Asked, Reply, Server},
    },
};
use serde_json::Value;
use std::{fs, time::Duration};

/// What a record tells of the answer, in the order of the cases.
fn told(sandbox: &Sandbox, run: usize, keys: &[&str]) -> Vec<Vec<Value>> {
    let mut records = sandbox.runs()[run].records();
    records.sort_by_key(|record| record["case"].to_string());
    records.iter().map(|record| keys.iter().map(|key| record[key].clone()).collect()).collect()
}

/// A server, and the shop's suite whose answers were bought there.
fn bought() -> (Server, Sandbox) {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    sandbox.eval_to(0, RUN);
    assert_eq!(server.asked().len(), shop::CASES);
    (server, sandbox)
}

/// The calls that a command makes.
fn asks(server: &Server, sandbox: &Sandbox, words: &str) -> Vec<Asked> {
    let before = server.asked().len();
    sandbox.eval_to(0, words);
    server.asked().split_off(before)
}

#[test]
fn a_second_run_asks_nothing_and_tells_what_the_first_told() {
    let (server, sandbox) = bought();
    assert_eq!(asks(&server, &sandbox, RUN).len(), 0);
    let kept = ["case", "text", "tool_calls", "finish_reason", "usage", "latency_ms", "cost_usd", "attempts", "server"];
    assert_eq!(told(&sandbox, 1, &kept), told(&sandbox, 0, &kept));
    assert!(told(&sandbox, 0, &["cached"]).iter().all(|record| record[0] == false));
    assert!(told(&sandbox, 1, &["cached"]).iter().all(|record| record[0] == true));
    let summary = sandbox.runs()[1].summary();
    let triage = row(&summary, "triage", "m");
    assert!((triage["cost_usd"].as_f64().unwrap() - 6.0 * COST).abs() < 1e-12, "{triage}");
    assert_eq!(triage["latency_ms"]["p50"], Value::Null, "nothing was timed in this run");
}

#[test]
fn off_asks_again_and_read_writes_nothing() {
    let (server, sandbox) = bought();
    let all = shop::CASES;
    assert_eq!(asks(&server, &sandbox, &format!("{RUN} --cache off")).len(), all);
    assert_eq!(asks(&server, &sandbox, &format!("{RUN} --cache read")).len(), 0);
    for _ in 0..2 {
        assert_eq!(asks(&server, &sandbox, &format!("{RUN} --cache read --cache-dir other")).len(), all);
    }
    assert!(!sandbox.path().join("other").exists());
    assert_eq!(asks(&server, &sandbox, &format!("{RUN} --cache-dir other")).len(), all);
    assert_eq!(asks(&server, &sandbox, &format!("{RUN} --cache-dir other")).len(), 0);
}

#[test]
fn what_shapes_an_answer_makes_it_another() {
    let (server, sandbox) = bought();
    sandbox.replace("shop/triage.jinja", "One of", "Choose one of");
    let triage = asks(&server, &sandbox, RUN);
    assert_eq!(triage.len(), 6, "the other tasks' prompts are what they were");
    assert!(triage.iter().all(|request| request.body["messages"][0]["content"].to_string().contains("Choose one of")));
    sandbox.replace("shop/tools.json", "\"refund\"", "\"refund\", \"description\": \"Pays back.\"");
    assert_eq!(asks(&server, &sandbox, RUN).len(), 4);
    mock::configured(&sandbox, "temperature = 0.5");
    let words = "run --suite ./shop --candidate m --quiet";
    assert_eq!(asks(&server, &sandbox, words).len(), shop::CASES);
    assert_eq!(asks(&server, &sandbox, &format!("{words} --seed 1")).len(), shop::CASES, "another seed draws anew");
    // How fast it goes, what it is called and what it costs are no part of it.
    mock::configured(
        &sandbox,
        "temperature = 0.5\nconcurrency = 3\ntimeout_s = 9.0\nprice = { input = 9, output = 9 }",
    );
    assert_eq!(asks(&server, &sandbox, "run --suite ./shop --candidate n=m --quiet").len(), 0);
    let costs = told(&sandbox, sandbox.runs().len() - 1, &["cost_usd"]);
    assert!(costs.iter().all(|cost| (cost[0].as_f64().unwrap() - COST).abs() < 1e-12), "as paid: {costs:?}");
}

#[test]
fn repeats_are_asked_apart() {
    let (server, sandbox) = bought();
    let twice = format!("{RUN} --repeat 2");
    assert_eq!(asks(&server, &sandbox, &twice).len(), shop::CASES, "the first of each is there");
    assert_eq!(asks(&server, &sandbox, &twice).len(), 0);
}

#[test]
fn failures_are_not_kept() {
    let server = Server::start(|asked| match asked.number {
        0 => mock::failed(400, "bad", "This one not."),
        _ => mock::openai(&shop::right_answer(&prompt(asked))),
    });
    let sandbox = mock::shop(&server);
    sandbox.eval_to(12, RUN);
    assert_eq!(asks(&server, &sandbox, RUN).len(), 1);
}

#[test]
fn two_processes_use_one_cache_at_once() {
    let server = Server::start(|asked| {
        let answer = mock::openai(&shop::right_answer(&prompt(asked)));
        Reply::Late(Duration::from_millis(20), Box::new(answer))
    });
    let sandbox = mock::shop(&server);
    let both = [0, 1].map(|_| {
        let mut command = sandbox.command();
        command.args(RUN.split_whitespace()).stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
        command.spawn().unwrap()
    });
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
    for run in sandbox.runs() {
        assert_eq!(run.distinct_records(), shop::CASES);
    }
    assert_eq!(asks(&server, &sandbox, RUN).len(), 0, "every answer is there");
}

#[test]
fn what_is_kept_is_told_explained_and_deleted() {
    // One after another, so that their age is known.
    let run = format!("{RUN} --concurrency 1");
    let other = "run --suite ./shop --candidate m --quiet --concurrency 1";
    let server = mock::right();
    let sandbox = mock::shop(&server);
    sandbox.eval_to(0, &run);
    let mut text = String::new();
    let mut tell = |title: &str, words: &str| {
        let said = sandbox.eval_to(0, words).stdout;
        text += &format!("# {title}\n{}\n", mock::masked(&said).replace(&size(&said), "[SIZE]"));
    };
    tell("stats", "cache stats");
    tell("bought by the run itself", "cache explain latest t-1");
    sandbox.eval_to(0, &run);
    tell("from the cache", "cache explain latest t-1");
    mock::configured(&sandbox, "temperature = 0.7");
    sandbox.eval_to(0, &format!("{other} --cache read"));
    tell("another temperature, not kept", "cache explain latest t-1");
    sandbox.eval_to(0, other);
    tell("another temperature", "cache explain latest t-1");
    sandbox.replace("shop/triage.jinja", "One of", "Choose one of");
    sandbox.eval_to(0, &format!("{other} --cache read"));
    tell("another prompt, not kept", "cache explain latest t-1");
    tell("clear", "cache clear");
    tell("stats of nothing", "cache stats");
    assert_eq!(asks(&server, &sandbox, RUN).len(), shop::CASES);
    snapshot!(sandbox, text);
    let file = sandbox.path().join(".eval/cache");
    assert!(fs::read_dir(file).unwrap().count() > 0);
}

/// A size as the statistics tell it; else something that is nowhere.
fn size(text: &str) -> String {
    let number =
        text.split(" MB").next().filter(|_| text.contains(" MB")).and_then(|before| before.split(' ').next_back());
    number.map_or("\0".into(), |number| format!("{number} MB"))
}
