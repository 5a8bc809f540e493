//! `eval view`: runs in the browser, served on this machine alone.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, task},
    view::Server,
};
use serde_json::json;

/// Two runs of one suite among the runs of the folder.
fn two_runs() -> Sandbox {
    let sandbox = paired::apart(&[paired::equal()]);
    for name in ["ours", "theirs"] {
        let to = sandbox.path().join("runs").join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(sandbox.path().join(name).join("run"), to).unwrap();
    }
    sandbox
}

#[test]
fn the_list_leads_to_reports_pairs_and_the_trend() {
    let sandbox = two_runs();
    let server = Server::start(&sandbox, "--out runs");
    assert_eq!(server.place, format!("http://127.0.0.1:{}/", server.port));
    let list = server.page("/");
    for words in ["href=\"/runs/ours/\"", "href=\"/runs/theirs/\"", "href=\"/suites/paired/\"", "value=\"ours#small\""]
    {
        assert!(list.contains(words), "{words}\n{list}");
    }
    assert!(server.page("/?suite=paired").contains("Runs of paired"));
    assert!(server.page("/?suite=other").contains("There is no run of other here yet"));

    assert!(server.page("/runs/ours/").contains("Can small do paired well enough?"));
    let pair = server.get("/compare?candidate=ours%23small&reference=theirs%23large");
    assert_eq!(pair.status, 303);
    let place = "/compare/ours%23small/theirs%23large/";
    assert!(pair.head.contains(&format!("location: {place}").to_lowercase()), "{}", pair.head);
    assert!(server.page(place).contains("Can small take over paired from large?"));

    let trend = server.page("/suites/paired/");
    assert!(
        trend.contains("paired over time") && trend.contains("class=\"whisker\"") && trend.contains("93.0%"),
        "{trend}"
    );
}

#[test]
fn the_cases_of_a_report_are_served() {
    let sandbox = two_runs();
    let server = Server::start(&sandbox, "--out runs");
    for (place, models) in [("/runs/ours/", 1), ("/compare/ours/theirs/", 2)] {
        let index = server.json(&format!("{place}cases/index.json"));
        assert_eq!(index["models"].as_array().unwrap().len(), models, "{index}");
        let block = server.page(&format!("{place}cases/blocks/0.json"));
        assert!(block.contains("the mail 1 of mail"), "{block}");
        let found = server.json(&format!("{place}cases/search?q=the+mail+17+of"));
        assert!(!found.as_array().unwrap().is_empty(), "{found}");
        assert_eq!(server.json(&format!("{place}cases/search?q=zebra")), json!([]));
        for wrong in ["cases/blocks/99.json", "cases/blocks/x", "cases/blocks/..%2F0.json"] {
            assert_eq!(server.get(&format!("{place}{wrong}")).status, 404, "{wrong}");
        }
    }
}

#[test]
fn a_run_may_be_named_to_begin_with() {
    let sandbox = two_runs();
    let server = Server::start(&sandbox, "runs/ours");
    assert_eq!(server.place, format!("http://127.0.0.1:{}/runs/ours/", server.port));
    assert!(server.page("/").contains("theirs"), "the runs beside it are there as well");
    let error = sandbox.eval_to(2, "view nothing --out runs").stderr;
    assert!(error.contains("no run \"nothing\""), "{error}");
}

#[test]
fn a_new_run_and_a_longer_log_are_seen() {
    let sandbox = two_runs();
    let log = sandbox.read("runs/ours/records.jsonl");
    let whole: Vec<&str> = log.lines().collect();
    sandbox.write("runs/ours/records.jsonl", whole[..100].join("\n") + "\n");
    let server = Server::start(&sandbox, "--out runs");
    let cases = |page: &str| page.contains("class=\"chip invalid\"");
    assert!(cases(&server.page("/runs/ours/")), "half of the cases are no evidence");
    sandbox.write("runs/ours/records.jsonl", &log);
    assert!(!cases(&server.page("/runs/ours/")));
    std::fs::rename(sandbox.path().join("runs/theirs"), sandbox.path().join("runs/again")).unwrap();
    let list = server.page("/");
    assert!(list.contains("/runs/again/") && !list.contains("/runs/theirs/"));
    assert_eq!(server.get("/runs/theirs/").status, 404);
}

/// The cases that tell most come first, so that a record more may move all of them.
#[test]
fn the_cases_of_another_version_are_not_given() {
    let sandbox = two_runs();
    let log = sandbox.read("runs/ours/records.jsonl");
    let (start, _) = log.split_at(log.len() / 2);
    sandbox.write("runs/ours/records.jsonl", &start[..=start.rfind('\n').unwrap()]);
    let server = Server::start(&sandbox, "--out runs");
    for place in ["/runs/ours/", "/compare/ours/theirs/"] {
        let version = || {
            let index = server.json(&format!("{place}cases/index.json"));
            index["version"].as_str().unwrap().to_string()
        };
        let asked = |version: &str| {
            ["blocks/0.json?q=mail", "search?q=mail"]
                .map(|what| server.get(&format!("{place}cases/{what}&version={version}")))
        };
        let first = version();
        assert_eq!(asked(&first).map(|answer| answer.status), [200; 2]);
        let grown = sandbox.read("runs/ours/records.jsonl").len();
        let more = log[grown..].split_inclusive('\n').take(20).collect::<String>();
        sandbox.write("runs/ours/records.jsonl", log[..grown].to_string() + &more);
        for answer in asked(&first) {
            assert_eq!(answer.status, 409);
            assert!(answer.body.contains("The run has changed") && answer.body.contains("load the page again"));
        }
        assert_ne!(version(), first);
        assert_eq!(asked(&version()).map(|answer| answer.status), [200; 2]);
    }
}

/// A newer search takes the place of an older one; the last is answered.
#[test]
fn searches_overtake_each_other() {
    let sandbox = two_runs();
    let server = Server::start(&sandbox, "--out runs");
    let place = "/compare/ours/theirs/cases/search?q=the+mail+17+of";
    let wanted = server.page(place);
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(|| server.get(place))).collect();
        let answers: Vec<_> = asked.into_iter().map(|answer| answer.join().unwrap()).collect();
        assert!(answers.iter().any(|answer| answer.status == 200));
        for answer in answers {
            let expected = if answer.status == 204 { "" } else { &wanted };
            assert!([200, 204].contains(&answer.status) && answer.body == expected, "{}", answer.status);
        }
    });
    assert_eq!(server.page(place), wanted);
}

#[test]
fn what_cannot_be_read_is_a_row_and_the_server_lives() {
    let sandbox = two_runs();
    sandbox.write("runs/broken/run.json", "{\"v\": 1,");
    sandbox.write("runs/ours/records.jsonl", "no record\n");
    let server = Server::start(&sandbox, "--out runs");
    let list = server.page("/");
    assert!(list.contains("broken") && list.matches("cannot be read").count() == 2, "{list}");
    assert!(list.contains("not a record of eval"), "{list}");
    for path in ["/runs/broken/", "/runs/ours/"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 422, "{path}");
        assert!(answer.body.contains("This cannot be shown"), "{}", answer.body);
    }
    assert!(server.page("/suites/paired/").contains("is left out"));
    assert_eq!(server.get("/compare/theirs/theirs/").status, 422, "against itself");
    assert!(server.page("/runs/theirs/").contains("large"));
}

#[test]
fn an_empty_folder_is_served_with_what_to_do() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, "--out nowhere");
    assert!(server.page("/").contains("There is no run here yet"));
    assert_eq!(server.get("/suites/shop/").status, 404);
}

#[test]
fn only_this_machine_is_answered_and_only_what_is_listed() {
    let sandbox = two_runs();
    sandbox.write("secret.txt", "not for you");
    let server = Server::start(&sandbox, "--out runs");
    let host = |host: &str| server.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).status;
    assert_eq!(["localhost", "127.0.0.1:1", "[::1]:80"].map(host), [200; 3]);
    assert_eq!(["example.org", "127.0.0.1.example.org", "127.0.0.1@example.org"].map(host), [403; 3]);
    assert_eq!(server.ask("GET / HTTP/1.0\r\n\r\n").status, 403, "without a host");

    let line = |line: &str| {
        server.ask(&format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
    };
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(line(&format!("{method} /runs/ours/")).status, 405, "{method}");
    }
    let outside = [
        "/runs/../secret.txt",
        "/runs/..%2F..%2Fsecret.txt/",
        "/runs/%2e%2e/",
        "/runs/./",
        "/runs/ours%2F..%2Ftheirs/",
        "/compare/..%2Fours/theirs/",
        "/compare/..%2Fsecret.txt/..%2Fsecret.txt/",
        "/secret.txt",
        "/runs/ours/records.jsonl",
    ];
    for path in outside {
        let answer = line(&format!("GET {path}"));
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("not for you"), "{path}");
    }
    for path in ["/", "/runs/ours/", "/runs/ours/cases/index.json", "/nothing", "/suites/paired/"] {
        let head = server.get(path).head;
        let wanted = [
            "content-security-policy: frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ];
        assert!(wanted.iter().all(|line| head.contains(line)), "{path}\n{head}");
        assert!(!head.contains("access-control"), "{path}\n{head}");
    }
    assert!(server.page("/").contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
}

#[test]
fn names_that_would_be_markup_or_an_address_are_neither() {
    let sandbox = paired::sandbox(&[task("mail", [20, 1, 1, 2])]);
    let name = "<script>alert(1)</script>";
    paired::run(&sandbox, "--candidate replay:./ours.jsonl", "made");
    // A slash cannot be in a folder's name; all else can.
    let folder = "x\" onmouseover=\"alert(1) #é?&\u{202e}";
    std::fs::create_dir_all(sandbox.path().join("runs")).unwrap();
    std::fs::rename(sandbox.path().join("made/run"), sandbox.path().join("runs").join(folder)).unwrap();
    let manifest = format!("runs/{folder}/run.json");
    for path in [manifest.clone(), format!("runs/{folder}/summary.json")] {
        sandbox.write(&path, sandbox.read(&path).replace("\"paired\"", &json!(name).to_string()));
    }
    let server = Server::start(&sandbox, "--out runs");
    let list = server.page("/");
    assert!(!list.contains("<script") && !list.contains("\" onmouseover") && !list.contains('\u{202e}'), "{list}");
    let link = list.split("href=\"/runs/").nth(1).unwrap().split('"').next().unwrap();
    assert!(server.page(&format!("/runs/{link}")).contains("ours.jsonl"));
    // Both are found, and a model is not held against itself.
    let model = format!("{}%23replay%3A.%2Fours.jsonl", link.trim_end_matches('/'));
    assert_eq!(server.get(&format!("/compare/{model}/{model}/")).status, 422);
    let link = list.split("href=\"/suites/").nth(1).unwrap().split('"').next().unwrap();
    let trend = server.page(&format!("/suites/{link}"));
    assert!(trend.contains("&lt;script&gt;") && !trend.contains("<script"), "{trend}");
}

#[test]
fn what_must_not_leave_the_machine_is_shown_on_demand_alone() {
    let sandbox = two_runs();
    sandbox.replace("runs/ours/run.json", "\"data_policy\": \"any\"", "\"data_policy\": \"local-only\"");
    let secret = "the mail 1 of mail";
    for (words, shown) in [("--out runs", false), ("--out runs --show-local", true)] {
        let server = Server::start(&sandbox, words);
        for place in ["/runs/ours/", "/compare/ours/theirs/"] {
            assert_eq!(server.page(&format!("{place}cases/blocks/0.json")).contains(secret), shown, "{words} {place}");
            let found = server.json(&format!("{place}cases/search?q=the+mail"));
            assert_eq!(found != json!([]), shown, "{words} {place}");
        }
        assert!(server.page("/").contains("local only"));
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_that_says_so() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox, "");
    let error = sandbox.eval_to(2, &format!("view --port {}", server.port)).stderr;
    assert!(
        error.contains(&format!("failed to listen on port {}", server.port)) && error.contains("--port"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_code_0() {
    for signal in ["INT", "TERM"] {
        let sandbox = two_runs();
        let mut server = Server::start(&sandbox, "--out runs");
        server.page("/");
        let sent =
            std::process::Command::new("kill").args([&format!("-{signal}"), &server.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(server.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}
