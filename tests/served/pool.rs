//! Several servers of one model.

use crate::{
    common::{Sandbox, big},
    mock::{
        self, prompt,
        server::{Reply, Server},
    },
};
use std::{process::Stdio, thread::sleep, time::Duration};

const CASES: usize = 120;

fn replica() -> Server {
    Server::start(|asked| Reply::Late(Duration::from_millis(15), Box::new(mock::said(&prompt(asked)))))
}

fn pool(bases: &[String]) -> Sandbox {
    let sandbox = big::sandbox_of(CASES);
    mock::configured(&sandbox, &format!("preset = \"vllm\"\nbase_urls = {bases:?}\nconcurrency = 4"));
    sandbox
}

const RUN: &str = "run --suite ./big --candidate m --quiet";

#[test]
fn calls_are_shared() {
    let replicas = [replica(), replica()];
    let sandbox = pool(&replicas.each_ref().map(|replica| replica.url("/v1")));
    sandbox.eval_to(0, RUN);
    let asked = replicas.map(|replica| replica.asked().len());
    assert_eq!(asked[0] + asked[1], CASES);
    assert!(asked.iter().all(|n| *n > CASES / 4), "{asked:?}");
}

#[test]
fn one_that_is_gone_from_the_start_costs_nothing() {
    let replica = replica();
    let sandbox = pool(&[format!("http://{}/v1", mock::nobody()), replica.url("/v1")]);
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    assert_eq!((run.distinct_records(), replica.asked().len()), (CASES, CASES));
    // It was asked nothing, so that the call counts once.
    assert!(run.records().iter().all(|record| record["attempts"] == 1));
    assert_eq!(run.manifest()["models"][0]["details"]["leaves_machine"], false);
}

#[test]
fn one_that_dies_midway_leaves_its_calls_to_the_other() {
    let (dying, other) = (replica(), replica());
    let sandbox = pool(&[dying.url("/v1"), other.url("/v1")]);
    let mut child = sandbox.command().args(RUN.split_whitespace()).stdout(Stdio::null()).spawn().unwrap();
    while dying.asked().len() < 10 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before the server did");
        sleep(Duration::from_millis(1));
    }
    drop(dying);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let run = sandbox.the_run();
    assert_eq!(run.distinct_records(), CASES);
    assert!(run.records().iter().all(|record| record["correct"] == true));
    assert!(mock::times_asked(&other).values().all(|times| *times == 1));
}
