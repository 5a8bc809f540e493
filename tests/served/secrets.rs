//! Keys are planted in every way in which one can be given, and looked for in all that a run leaves behind.

use crate::{
    common::{Sandbox, big, page::opened, shop},
    mock::{
        self, prompt,
        server::{Asked, Reply, Server},
    },
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// So much of each secret is nowhere to be found.
const BEGINNING: usize = 12;

const RUN: &str = "run --suite ./big --candidate m";

/// A way to give a secret: its name, the secret, and how it is given.
type Way = (&'static str, &'static str, fn(Sandbox, &str) -> Sandbox);

const WAYS: [Way; 5] = [
    ("the environment", "planted-env-5d1e7c90aa", |sandbox, secret| {
        mock::configured(&sandbox, "attempts = 1\noutage_s = 0.1");
        sandbox.with("OPENAI_API_KEY", secret)
    }),
    (".env", "planted-file-77b0c2ff13", |sandbox, secret| {
        mock::configured(&sandbox, "attempts = 1\noutage_s = 0.1\nkey_env = \"OWN_KEY\"");
        sandbox.write(".env", format!("OWN_KEY={secret}\n"));
        sandbox
    }),
    ("a command", "planted-command-0c4d9e21", |sandbox, secret| {
        mock::configured(&sandbox, "attempts = 1\noutage_s = 0.1\nkey_command = \"cat key.txt\"");
        sandbox.write("key.txt", secret);
        sandbox.with("PATH", std::env::var("PATH").unwrap())
    }),
    ("a header", "planted-header-b1946ac92", |sandbox, secret| {
        mock::configured(&sandbox, "attempts = 1\noutage_s = 0.1\nheaders = { X-Own = \"$OWN\" }");
        sandbox.with("OWN", secret)
    }),
    ("a part of a header", "planted-part-e2c569be17a", |sandbox, secret| {
        mock::configured(&sandbox, "attempts = 1\noutage_s = 0.1\nheaders = { Authorization = \"Bearer ${OWN}\" }");
        sandbox.with("OWN", secret)
    }),
];

/// All headers of a request, and each one's last word alone.
fn headers(asked: &Asked) -> String {
    let lines = asked.headers.iter().map(|(name, value)| {
        let word = value.split_whitespace().next_back().unwrap_or_default();
        format!("{name}: {value}\n{word}\n")
    });
    lines.collect()
}

/// An answer that repeats the request's headers wherever there is room for text.
fn repeated(asked: &Asked) -> Reply {
    let text = headers(asked);
    let call =
        |name: &str, arguments: String| json!({"type": "function", "function": {"name": name, "arguments": arguments}});
    let message = json!({
        "role": "assistant", "content": text, "reasoning_content": text, "refusal": text,
        "tool_calls": [call(&text, json!({"headers": text}).to_string()), call("broken", format!("{{{text}"))],
    });
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 5});
    let mut body = json!({
        "choices": [{"index": 0, "message": message, "finish_reason": text}], "usage": usage,
        "system_fingerprint": text, "headers": asked.headers,
    });
    body[&text] = json!([text]);
    Reply::json(200, body)
}

/// Repeats the headers in every place where a client may read words.
fn echo(asked: &Asked) -> Reply {
    let text = headers(asked);
    let said = |status, message: &str| mock::failed(status, message, message);
    match prompt(asked).as_str() {
        "1" => said(400, &text),
        "2" => Reply::text(200, "text/html", format!("<html><title>{text}</title>{text}</html>")),
        "3" => Reply::text(200, "text/plain", text),
        "4" => said(500, &text),
        "5" => Reply::text(503, "text/html", format!("<title>{text}</title>")),
        "6" => said(200, &text),
        // Where the words are cut, within a secret, is no way out of it either.
        "7" => said(422, &format!("{}{text}", "x".repeat(380))),
        "8" => Reply::json(400, json!({"detail": [{"msg": text, "ctx": asked.headers}]})),
        _ => repeated(asked),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Neither what a command printed nor a file holds the secret's beginning, but for those that it was read from.
fn nowhere(sandbox: &Sandbox, secret: &str, printed: &[&str], way: &str) {
    let beginning = &secret[..BEGINNING];
    for text in printed {
        assert!(!text.contains(beginning), "{way}: {text}");
    }
    let mut read = 0;
    for path in files(sandbox.path()) {
        if [".env", "key.txt"].contains(&path.file_name().unwrap().to_str().unwrap()) {
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|kind| kind == "html") {
            bytes = opened(&String::from_utf8(bytes).unwrap()).into();
        }
        let found = bytes.windows(BEGINNING).any(|window| window == beginning.as_bytes());
        assert!(!found, "{way}: {}", path.display());
        read += 1;
    }
    assert!(read >= 4, "the suite, the configuration and the run");
}

/// The secret came to the server, or else nothing is shown.
fn came(server: &Server, secret: &str, way: &str) {
    let asked = server.asked();
    assert!(asked.iter().all(|asked| headers(asked).contains(secret)) && !asked.is_empty(), "{way}");
}

#[test]
fn no_file_and_no_output_holds_one() {
    for (way, secret, gives) in WAYS {
        let server = Server::start(echo);
        let sandbox = gives(big::sandbox_of(30).with("OPENAI_BASE_URL", server.url("/v1")), secret);
        let outcome = sandbox.eval_to(12, RUN);
        came(&server, secret, way);
        let run = sandbox.the_run();
        assert_eq!(run.distinct_records(), 30, "{way}: {}", outcome.stderr);
        assert!(run.log().contains("[redacted]") && run.file("report.html").exists());
        let failed = run.records().iter().filter(|record| record["outcome"] == "runner_failed").count();
        assert_eq!(failed, 8, "{way}");
        let explained = sandbox.eval_to(0, "cache explain latest n-9").stdout;
        let report = sandbox.eval_to(12, "report latest --format md").stdout;
        nowhere(&sandbox, secret, &[&outcome.stdout, &outcome.stderr, &explained, &report], way);
    }
}

#[test]
fn nor_does_a_run_that_ends_early() {
    let ends: [fn(&Asked) -> Reply; 3] = [
        |asked| mock::failed(401, "invalid_api_key", &format!("Incorrect API key provided: {}", headers(asked))),
        |asked| Reply::text(404, "text/html", format!("<html><title>{}</title></html>", headers(asked))),
        |asked| Reply::json(500, json!(headers(asked))),
    ];
    for (way, secret, gives) in WAYS {
        for end in ends {
            let server = Server::start(end);
            let sandbox = gives(big::sandbox_of(30).with("OPENAI_BASE_URL", server.url("/v1")), secret);
            let outcome = sandbox.eval_to(12, RUN);
            came(&server, secret, way);
            assert!(outcome.stderr.contains("[redacted]"), "{way}: {}", outcome.stderr);
            nowhere(&sandbox, secret, &[&outcome.stdout, &outcome.stderr], way);
        }
    }
}

#[test]
fn nor_does_the_other_dialects_way_with_keys() {
    for (runner, variable) in [("anthropic", "ANTHROPIC"), ("gemini", "GEMINI")] {
        let server = Server::start(|asked| mock::failed(400, "bad", &headers(asked)));
        let sandbox = shop::sandbox().with(&format!("{variable}_BASE_URL"), server.url("/v1"));
        let sandbox = sandbox.with(&format!("{variable}_API_KEY"), mock::KEY);
        let outcome = sandbox.eval_to(12, &format!("run --suite ./shop --candidate {runner}:x"));
        came(&server, mock::KEY, runner);
        assert!(server.asked().iter().all(|asked| !asked.path.contains(mock::KEY)));
        nowhere(&sandbox, mock::KEY, &[&outcome.stdout, &outcome.stderr], runner);
    }
}

#[test]
fn a_line_of_env_that_cannot_be_read_is_not_shown() {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    sandbox.write(".env", "GOOD=1\nOPENAI_API_KEY='planted-broken-0123\n");
    let outcome = sandbox.eval_to(2, mock::RUN);
    assert!(outcome.stderr.contains("a line of .env cannot be read"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("planted"), "{}", outcome.stderr);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn the_manifest_names_where_a_key_was_found_and_no_more() {
    let server = mock::right();
    let sandbox = shop::sandbox().with("OPENAI_BASE_URL", server.url("/v1")).with("OWN", mock::KEY);
    mock::configured(&sandbox, "key_env = \"OWN\"\nheaders = { X-Team = \"tt-$OWN\" }");
    sandbox.eval_to(0, "run --suite ./shop --candidate m --quiet");
    let settings = sandbox.the_run().manifest()["models"][0]["settings"].clone();
    assert_eq!((&settings["key_env"], &settings["headers"]), (&json!("OWN"), &json!(["X-Team"])));
    assert_eq!(settings["key_command"], Value::Null);
}
