//! Several servers of one model.

use crate::{
    completion, prompt, runner, said,
    server::{Reply, Server},
    settings,
};
use eval_core::{Runner, RunnerErrorKind as Kind};
use serde_json::json;
use std::time::{Duration, Instant};

fn answers() -> Reply {
    Reply::json(200, completion(said("Rain."), "stop"))
}

#[tokio::test]
async fn calls_are_shared() {
    let servers = [Server::start(|_| answers()), Server::start(|_| answers())];
    let runner = runner("vllm", settings(&servers.each_ref().map(|server| server.url("/v1"))));
    for _ in 0..6 {
        runner.respond(&prompt()).await.unwrap();
    }
    assert_eq!(servers.map(|server| server.asked().len()), [3, 3]);
}

#[tokio::test]
async fn one_that_dies_loses_its_calls_until_it_is_back() {
    let (first, second) = (Server::start(|_| answers()), Server::start(|_| answers()));
    let (place, bases) = (first.address(), [first.url("/v1"), second.url("/v1")]);
    let runner = runner("vllm", settings(&bases));
    for _ in 0..2 {
        runner.respond(&prompt()).await.unwrap();
    }
    drop(first);
    // The client has to notice that its connection is closed.
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..4 {
        runner.respond(&prompt()).await.unwrap();
    }
    assert_eq!(second.asked().len(), 5);

    let back = Server::start_at(place, |_| answers());
    let patience = Instant::now() + Duration::from_secs(60);
    while back.asked().is_empty() {
        assert!(Instant::now() < patience, "it is set aside for ever");
        runner.respond(&prompt()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn one_that_fails_is_set_aside_and_one_that_throttles_is_not() {
    for (status, kind, asked) in [(503, Kind::Overloaded, [1, 4]), (429, Kind::Throttled, [3, 2])] {
        let servers = [Server::start(move |_| Reply::json(status, json!({}))), Server::start(|_| answers())];
        let runner = runner("vllm", settings(&servers.each_ref().map(|server| server.url("/v1"))));
        for _ in 0..5 {
            if let Err(error) = runner.respond(&prompt()).await {
                assert_eq!(error.kind, kind);
            }
        }
        assert_eq!(servers.map(|server| server.asked().len()), asked, "{status}");
    }
}

#[tokio::test]
async fn where_nobody_listens_every_place_is_named() {
    let servers = [Server::start(|_| answers()), Server::start(|_| answers())];
    let places = servers.each_ref().map(|server| server.address().to_string());
    let bases = servers.each_ref().map(|server| server.url("/v1"));
    drop(servers);
    let error = runner("vllm", settings(&bases)).respond(&prompt()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(places.iter().all(|place| error.message.contains(place)), "{}", error.message);
}
