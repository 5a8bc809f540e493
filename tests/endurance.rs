//! A long run on a bad day: a server that asks for patience, cuts answers and is restarted, and a client that is killed
//! twice. No answer is lost and none is asked for again.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod mock;

use common::{RunFiles, Sandbox, big};
use mock::server::{Asked, Reply, Server};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread::sleep,
    time::Duration,
};

/// What was asked: by which of the clients, and how often each case.
#[derive(Debug, Default)]
struct Book {
    by_client: BTreeMap<String, Vec<String>>,
    times: BTreeMap<String, usize>,
    throttled: usize,
    cut: usize,
}

/// Answers a prompt with itself; the first call of one case in twenty is put off, that of one in a hundred is cut.
fn answer(book: &Mutex<Book>, asked: &Asked) -> Reply {
    let prompt = mock::prompt(asked);
    let number: usize = prompt.parse().unwrap();
    let mut book = book.lock().unwrap();
    book.by_client.entry(asked.headers["x-client"].clone()).or_default().push(format!("n-{prompt}"));
    let times = book.times.entry(prompt.clone()).or_default();
    *times += 1;
    let reply = match (*times, number % 20, number % 100) {
        (1, 3, _) => {
            book.throttled += 1;
            // Seconds, as the header has them, and the milliseconds of some servers.
            let wait = if number % 40 == 3 { ("retry-after", "0.05") } else { ("retry-after-ms", "50") };
            mock::failed(429, "rate_limit_exceeded", "Slow down.").with(wait.0, wait.1)
        }
        (1, _, 50) => {
            book.cut += 1;
            Reply::Cut { body: "{\"id\": \"chatcmpl-1\", \"choices\": [".into(), bytes: 20 }
        }
        _ => mock::said(&prompt),
    };
    Reply::Late(Duration::from_millis(5), Box::new(reply))
}

/// A folder whose clients say which one they are.
fn sandbox(cases: usize, server: &Server) -> Sandbox {
    let sandbox = mock::at(big::sandbox_of(cases), server);
    mock::configured(&sandbox, "headers = { X-Client = \"$CLIENT\" }");
    sandbox
}

fn client(sandbox: &Sandbox, name: &str, words: &str) -> Child {
    let mut command = sandbox.command();
    command.args(words.split_whitespace()).env("CLIENT", name).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The cases whose records are whole.
fn recorded(run: &RunFiles) -> BTreeSet<String> {
    let log = std::fs::read_to_string(run.file("records.jsonl")).unwrap_or_default();
    let whole = log.rfind('\n').map_or(0, |end| end + 1);
    let record = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let cases: Vec<String> = log[..whole].lines().map(|line| record(line)["case"].as_str().unwrap().into()).collect();
    let distinct: BTreeSet<String> = cases.iter().cloned().collect();
    assert_eq!(distinct.len(), cases.len(), "a case is recorded twice");
    distinct
}

/// Waits until so many cases are recorded.
fn wait_for(sandbox: &Sandbox, child: &mut Child, cases: usize) {
    let lines =
        |run: RunFiles| std::fs::read(run.file("records.jsonl")).map_or(0, |log| log.split(|b| *b == b'\n').count());
    while sandbox.runs().pop().map_or(0, lines) <= cases {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        sleep(Duration::from_millis(5));
    }
}

/// Kills a client with -9, and gives what it had recorded.
fn kill(sandbox: &Sandbox, mut child: Child) -> BTreeSet<String> {
    child.kill().unwrap();
    child.wait().unwrap();
    recorded(&sandbox.the_run())
}

fn ends_well(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn two_thousand_cases_on_a_bad_day() {
    const CASES: usize = 2000;
    let book = Arc::new(Mutex::new(Book::default()));
    let server_at = |address| {
        let book = book.clone();
        Server::start_at(address, move |asked| answer(&book, asked))
    };
    let server = server_at("127.0.0.1:0".parse().unwrap());
    let address = server.address();
    let sandbox = sandbox(CASES, &server);

    let mut first = client(&sandbox, "first", "run --suite ./big --candidate m --cache off");
    wait_for(&sandbox, &mut first, 400);
    let after_first = kill(&sandbox, first);

    let mut second = client(&sandbox, "second", "run --resume latest");
    wait_for(&sandbox, &mut second, 800);
    drop(server);
    sleep(Duration::from_millis(300));
    let server = server_at(address);
    wait_for(&sandbox, &mut second, 1400);
    let after_second = kill(&sandbox, second);

    ends_well(client(&sandbox, "third", "run --resume latest"));
    drop(server);

    let run = sandbox.the_run();
    assert_eq!(recorded(&run).len(), CASES);
    let row = &run.summary()["tasks"][0]["models"][0];
    let of = |key: &str| row[key].as_u64().unwrap() as usize;
    assert_eq!((of("cases"), of("correct"), of("runner_errors"), of("skipped")), (CASES, CASES, 0, 0));

    let book = book.lock().unwrap();
    assert_eq!((book.throttled, book.cut), (CASES / 20, CASES / 100));
    assert!(after_first.is_subset(&after_second) && after_second.len() < CASES);
    for (client, finished) in [("second", &after_first), ("third", &after_second)] {
        let asked = &book.by_client[client];
        let again: Vec<&String> = asked.iter().filter(|case| finished.contains(*case)).collect();
        assert!(again.is_empty(), "the {client} asked finished cases again: {again:?}");
    }
    let asked: BTreeSet<&String> = book.by_client.values().flatten().collect();
    assert_eq!(asked.len(), CASES);
}

#[test]
fn what_a_killed_client_bought_is_not_bought_again() {
    const CASES: usize = 400;
    let book = Arc::new(Mutex::new(Book::default()));
    let server = {
        let book = book.clone();
        Server::start(move |asked| answer(&book, asked))
    };
    let sandbox = sandbox(CASES, &server);
    let kept = || {
        let stats = sandbox.eval_to(0, "cache stats").stdout;
        stats.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0)
    };
    let mut first = client(&sandbox, "first", "run --suite ./big --candidate m --concurrency 4");
    while kept() < 60 {
        assert!(first.try_wait().unwrap().is_none(), "it ended too early");
    }
    kill(&sandbox, first);
    // Of what it bought, no more than the first ten are recorded.
    let run = sandbox.the_run();
    let bought = kept();
    let ten: String = run.log().split_inclusive('\n').take(10).collect();
    std::fs::write(run.file("records.jsonl"), ten).unwrap();

    ends_well(client(&sandbox, "second", "run --resume latest"));
    assert_eq!(recorded(&run).len(), CASES);
    let book = book.lock().unwrap();
    let asked: BTreeSet<&String> = book.by_client["second"].iter().collect();
    assert_eq!(asked.len(), CASES - bought);
    let cached = run.records().iter().filter(|record| record["cached"] == true).count();
    // Records are written before answers are committed, so that each of the ten may be there twice.
    assert!((bought - 10..=bought).contains(&cached), "{cached} of {bought}");
}
