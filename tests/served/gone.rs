//! Servers that stop answering: waited for as long as is configured, and then left with all that was answered.

use crate::{
    common::{Outcome, big, shop},
    mock::{
        self, prompt,
        server::{Asked, Reply, Server},
    },
};
use std::{collections::BTreeSet, process::Stdio, thread::sleep, time::Duration};

const CASES: usize = 120;

fn slow_echo(asked: &Asked) -> Reply {
    Reply::Late(Duration::from_millis(10), Box::new(mock::said(&prompt(asked))))
}

#[test]
fn one_that_dies_for_good_ends_the_run_and_nothing_is_lost() {
    let server = Server::start(slow_echo);
    let address = server.address();
    let sandbox = mock::at(big::sandbox_of(CASES), &server);
    mock::configured(&sandbox, "concurrency = 4\noutage_s = 1.5\nattempts = 2");
    let mut command = sandbox.command();
    command.args("run --suite ./big --candidate m --cache off --quiet".split(' '));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while server.asked().len() < 30 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before the server did");
        sleep(Duration::from_millis(1));
    }
    drop(server);
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(12), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("Is the server running"), "{}", outcome.stderr);
    let run = sandbox.the_run();
    let kept: BTreeSet<String> = run.records().iter().map(|record| record["text"].as_str().unwrap().into()).collect();
    assert!(run.records().iter().all(|record| record["outcome"] == "scored"), "no case is to blame");
    assert!((20..CASES).contains(&kept.len()), "{}", kept.len());

    // It is back: the cases that are kept are not asked again.
    let server = Server::start_at(address, slow_echo);
    sandbox.eval_to(0, "run --resume latest --quiet");
    assert_eq!(run.distinct_records(), CASES);
    let asked = mock::times_asked(&server);
    assert_eq!(asked.len(), CASES - kept.len());
    assert!(asked.keys().all(|prompt| !kept.contains(prompt)));
}

#[test]
fn one_that_never_answers_is_left() {
    let server = Server::start(|asked| Reply::Late(Duration::from_secs(60), Box::new(mock::said(&prompt(asked)))));
    let sandbox = mock::shop(&server);
    mock::configured(&sandbox, "timeout_s = 0.2\nattempts = 1\nconcurrency = 10");
    let outcome = sandbox.eval_to(12, "run --suite ./shop --candidate m --quiet");
    assert!(outcome.stderr.contains("gave no whole answer within 0.2 s"), "{}", outcome.stderr);
    assert_eq!(sandbox.the_run().records().len(), 0);
    assert!(server.asked().len() <= shop::CASES);
}
