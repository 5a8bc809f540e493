//! Runs that are ended from outside keep what is finished, and go on.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Outcome, RunFiles, Sandbox, big, snapshot};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

/// Starts a command and waits until it has written some records.
fn started(sandbox: &Sandbox, words: &[&str]) -> Child {
    let before = recorded(sandbox);
    let mut command = sandbox.command();
    let mut child = command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while recorded(sandbox) <= before + 20_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        sleep(Duration::from_millis(1));
    }
    child
}

/// Bytes in the record log of the run.
fn recorded(sandbox: &Sandbox) -> u64 {
    sandbox.runs().first().and_then(|run| fs::metadata(run.file("records.jsonl")).ok()).map_or(0, |file| file.len())
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn is_complete(run: &RunFiles) {
    assert_eq!(run.distinct_records(), big::CASES);
    let row = &run.summary()["tasks"][0]["models"][0];
    assert_eq!((row["cases"].as_u64(), row["correct"].as_u64()), (Some(big::CASES as u64), Some(big::CASES as u64)));
}

#[test]
fn an_interrupt_keeps_what_is_finished_and_the_printed_command_goes_on() {
    for (name, out) in [("INT", ".eval/runs"), ("TERM", "bob's runs")] {
        let sandbox = big::sandbox().with_runs_in(out);
        let child = started(&sandbox, &[&big::RUN[..], &["--out", out]].concat());
        signal(&child, name);
        let outcome = Outcome::from(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);

        let run = sandbox.the_run();
        let kept = run.distinct_records();
        assert!((1..big::CASES).contains(&kept), "{kept}");
        assert!(run.log().ends_with('\n'));
        assert!(!run.file("summary.json").exists(), "an interrupted run has no summary");

        let printed = outcome.stderr.lines().find_map(|line| line.trim().strip_prefix("eval ")).unwrap();
        let script = format!("{} {printed}", env!("CARGO_BIN_EXE_eval"));
        let status = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path()).output().unwrap().status;
        assert_eq!(status.code(), Some(0), "{printed}");
        is_complete(&run);
    }
}

#[test]
fn a_kill_loses_no_finished_case_and_asks_none_twice() {
    let sandbox = big::sandbox();
    let mut child = started(&sandbox, &big::RUN);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    let run = sandbox.the_run();
    let before = run.log();

    // Killed again while it goes on.
    let mut child = started(&sandbox, &["run", "--resume", &run.id()]);
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = before.rfind('\n').map_or(0, |end| end + 1);
    assert!(run.log().starts_with(&before[..whole]));

    sandbox.eval_to(0, &format!("run --resume {}", run.id()));
    is_complete(&run);
}

#[test]
fn an_interrupt_while_nobody_is_asked_leaves_at_once() {
    let sandbox = big::sandbox();
    sandbox.eval_to(0, &big::RUN.join(" "));
    let run = sandbox.the_run();
    let log = run.log();
    let mut command = sandbox.command();
    command.args(["run", "--resume", &run.id()]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A note on the recording, which has been read; the log comes next, and then the report.
    let mut note = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut note).unwrap();
    assert!(note.starts_with("note: m: "), "{note}");
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(run.log(), log);
}

#[test]
fn a_run_in_progress_is_not_gone_on_with() {
    let sandbox = big::sandbox();
    let first = started(&sandbox, &big::RUN);
    // Held in the middle, so that the other command finds it there.
    signal(&first, "STOP");
    let run = sandbox.the_run();
    let second = sandbox.eval(&format!("run --resume {}", run.id()));
    signal(&first, "CONT");
    let first = Outcome::from(first.wait_with_output().unwrap());
    assert_eq!((first.code, second.code), (Some(0), Some(2)), "{}\n{}", first.stderr, second.stderr);
    snapshot!(sandbox, second.stderr);
    is_complete(&run);
}
