//! Ctrl-C while a slow server is asked.

#![cfg(unix)]

use crate::{
    common::{Outcome, big},
    mock::{
        self, prompt,
        server::{Reply, Server},
    },
};
use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

const CASES: usize = 100;

#[test]
fn what_is_in_flight_is_finished_and_no_case_is_asked_twice() {
    let server = Server::start(|asked| Reply::Late(Duration::from_millis(40), Box::new(mock::said(&prompt(asked)))));
    let sandbox = mock::at(big::sandbox_of(CASES), &server);
    let mut command = sandbox.command();
    let words = "run --suite ./big --candidate openai:gpt-4o-mini --concurrency 4 --cache off";
    command.args(words.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    while server.asked().len() < 20 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);

    let run = sandbox.the_run();
    let kept = run.distinct_records();
    assert_eq!(server.asked().len(), kept, "all that was asked is kept");
    assert!((20..CASES).contains(&kept), "{kept}");
    assert!(!run.file("summary.json").exists());
    sandbox.eval_to(0, "run --resume latest");
    assert_eq!((run.distinct_records(), server.asked().len()), (CASES, CASES));
    assert!(mock::times_asked(&server).values().all(|times| *times == 1));
    assert_eq!(run.summary()["tasks"][0]["models"][0]["correct"], CASES);
}
