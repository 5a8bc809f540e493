//! Folders and disks that cannot be written to.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Outcome, Sandbox, shop, snapshot};
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl --quiet";

/// Runs the suite within a shell that first takes room away, then runs `"$@"`.
fn without_room(sandbox: &Sandbox, shell: &[&str], script: &str) -> Outcome {
    let binary = sandbox.command();
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["sh", "-c", script, "sh"]).arg(binary.get_program()).args(RUN.split(' '));
    Outcome::from(command.current_dir(sandbox.path()).env("HOME", sandbox.path()).output().unwrap())
}

#[test]
fn a_log_that_can_grow_no_further_is_gone_on_with() {
    let sandbox = shop::sandbox();
    // Blanks change no answer: the log is to be the largest file of the run.
    let mut said = shop::mixed();
    for line in said.iter_mut().filter(|line| line["text"].is_string()) {
        line["text"] = format!("{}{}", line["text"].as_str().unwrap(), " ".repeat(3000)).into();
    }
    sandbox.write("mixed.jsonl", shop::lines(&said));
    let limited = without_room(&sandbox, &["env"], "trap '' XFSZ; ulimit -f 48; exec \"$@\"");
    assert_eq!(limited.code, Some(2), "{}", limited.stderr);
    snapshot!(sandbox, limited.stderr);
    let run = sandbox.the_run();
    assert!(!run.log().ends_with('\n'), "the last record is cut off");

    sandbox.eval_to(0, &format!("run --resume {} --quiet", run.id()));
    assert_eq!(run.distinct_records(), shop::CASES);
}

#[test]
fn a_full_disk() {
    let sandbox = shop::sandbox();
    fs::create_dir_all(sandbox.path().join(".eval")).unwrap();
    let mount = "mount -t tmpfs -o size=24k none .eval || exit 77; exec \"$@\"";
    let full = match Command::new("unshare").args(["-rm", "true"]).status() {
        Ok(status) if status.success() => without_room(&sandbox, &["unshare", "-rm"], mount),
        _ => return eprintln!("skipped: this user can make no small file system"),
    };
    if full.code == Some(77) {
        return eprintln!("skipped: this user can mount no small file system");
    }
    assert_eq!(full.code, Some(2), "{}", full.stderr);
    snapshot!(sandbox, full.stderr);
}

#[test]
fn a_folder_for_runs_that_is_a_file() {
    let sandbox = shop::sandbox();
    sandbox.write("taken", "");
    let errors = ["taken", "taken/runs"].map(|out| sandbox.eval_to(2, &format!("{RUN} --out {out}")).stderr);
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn a_folder_that_may_not_be_written_to() {
    let sandbox = shop::sandbox();
    let locked = sandbox.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        return eprintln!("skipped: this user writes to read-only folders (root does)");
    }
    let run = sandbox.eval_to(2, &format!("{RUN} --out locked")).stderr;
    let init = sandbox.eval_to(2, "init locked/mine").stderr;
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(run.contains("locked/") && run.contains("Permission denied") && run.contains("--out"), "{run}");
    assert!(init.contains("locked/mine") && init.contains("Permission denied"), "{init}");
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_records() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    let log = run.log();
    fs::remove_file(run.file("report.html")).unwrap();
    fs::create_dir(run.file("report.html")).unwrap();
    snapshot!(Sandbox::new(), sandbox.eval_to(2, "report latest").stderr);
    assert_eq!(run.log(), log);
}
