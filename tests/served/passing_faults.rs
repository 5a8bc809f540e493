//! Faults that pass: the call is made again, and the record tells how often.

use crate::{
    common::shop,
    mock::{
        self, RUN, prompt,
        server::{Reply, Server},
    },
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Mutex};

/// Each case's first call meets a fault; the second is answered.
fn passes(fault: impl Fn() -> Reply + Send + Sync + 'static) {
    let met = Mutex::new(BTreeSet::new());
    let server = Server::start(move |asked| {
        let prompt = prompt(asked);
        match met.lock().unwrap().insert(prompt.clone()) {
            true => fault(),
            false => mock::openai(&shop::right_answer(&prompt)),
        }
    });
    let sandbox = mock::shop(&server);
    sandbox.eval_to(0, &format!("{RUN} --concurrency 18"));
    let run = sandbox.the_run();
    assert_eq!(run.distinct_records(), shop::CASES);
    for record in run.records() {
        assert_eq!((&record["attempts"], &record["correct"]), (&json!(2), &json!(true)), "{record}");
        assert!(record["error"].is_null() && record["latency_ms"].is_number(), "{record}");
    }
    assert_eq!(server.asked().len(), 2 * shop::CASES);
}

fn throttled() -> Reply {
    mock::failed(429, "rate_limit_exceeded", "Slow down.")
}

#[test]
fn fewer_calls_are_asked_for() {
    passes(|| throttled().with("retry-after", "0"));
}

#[test]
fn fewer_calls_are_asked_for_until_a_date() {
    passes(|| throttled().with("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"));
}

#[test]
fn the_server_is_busy() {
    passes(|| Reply::text(503, "text/html", "<html><title>503</title></html>").with("retry-after-ms", "20"));
}

#[test]
fn the_server_fails() {
    passes(|| mock::failed(500, "server_error", "Boom."));
}

#[test]
fn the_answer_is_cut() {
    passes(|| Reply::Cut { body: "{\"choices\": [{\"message\": {\"content\": \"bil".repeat(9), bytes: 40 });
}

#[test]
fn the_connection_is_closed() {
    passes(|| Reply::Close);
}

#[test]
fn the_answer_is_empty() {
    passes(|| Reply::json(200, json!({"id": "1", "object": "chat.completion", "choices": []})));
}

#[test]
fn a_page_comes_in_place_of_json() {
    passes(|| Reply::text(200, "text/html", "<!doctype html><title>Gateway</title>"));
}

#[test]
fn the_latency_is_that_of_the_attempt_that_succeeded() {
    let met = Mutex::new(BTreeSet::new());
    let server = Server::start(move |asked| {
        let prompt = prompt(asked);
        match met.lock().unwrap().insert(prompt.clone()) {
            true => throttled().with("retry-after", "2"),
            false => mock::openai(&shop::right_answer(&prompt)),
        }
    });
    let sandbox = mock::shop(&server);
    sandbox.eval_to(0, &format!("{RUN} --task triage --limit 1"));
    let record = &sandbox.the_run().records()[0];
    assert_eq!(record["attempts"], 2);
    // The server asked for two seconds, which are no part of it.
    assert!(record["latency_ms"].as_f64().unwrap() < 2000.0, "{record}");
}
