//! The built-in suite on a GPU, through the whole binary. Built with `--features cuda`; where there is no GPU it is
//! checked that the program says so.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{RunFiles, Sandbox};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env::var_os,
    fs,
    path::{Path, PathBuf},
};

const SUITE: &str = r#"
name = "short"

[[task]]
name = "mood"
kind = "classification"
labels = ["good", "bad"]
max_output_tokens = 4
"#;

/// The answers of a run, all of which were given and scored.
fn answers(run: &RunFiles) -> BTreeMap<(String, String), Value> {
    let answer = |record: Value| {
        assert_eq!(record["outcome"], "scored", "{record}");
        let word = |key: &str| record[key].as_str().unwrap().to_string();
        ((word("task"), word("case")), record["text"].clone())
    };
    run.records().into_iter().map(answer).collect()
}

fn details(run: &RunFiles) -> Value {
    run.manifest()["models"][0]["details"].clone()
}

/// A run of a small model: what the manifest says of it, and what was said on the way.
fn small_run() -> (Value, String) {
    let sandbox = Sandbox::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("runners/tests/fixtures/models/tiny-llama.gguf");
    fs::copy(fixture, sandbox.path().join("tiny.gguf")).unwrap();
    sandbox.write("short/suite.toml", SUITE).write("short/mood.jinja", "{{ input }}\n");
    sandbox.write("short/mood.jsonl", "{\"id\": \"a\", \"input\": \"a good day\", \"expected\": \"good\"}\n");
    let outcome = sandbox.eval_to(0, "run --suite ./short --candidate candle:tiny.gguf");
    let run = sandbox.the_run();
    assert_eq!(answers(&run).len(), 1);
    (details(&run), outcome.stderr)
}

#[test]
fn a_program_built_for_gpus_says_what_it_runs_on() {
    let (details, said) = small_run();
    let note = "this program was built for a GPU and can use none (";
    if details["device"] == "cuda" {
        assert!(details["gpu"]["name"].is_string() && details["no_gpu"].is_null(), "{details}");
        assert!(!said.contains(note), "{said}");
    } else {
        eprintln!("SKIPPED: no GPU ({})", details["no_gpu"]);
        assert!(details["device"] == "cpu" && details["no_gpu"].is_string(), "{details}");
        assert!(said.contains(note), "{said}");
    }
}

/// The cache folder, where the default model is in it.
fn cache_of_the_default_model() -> Option<PathBuf> {
    let cache =
        var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(var_os("HOME")?).join(".cache")));
    let cache = cache.filter(|cache| cache.join("eval/models/SmolLM2-135M-Instruct.Q4_1.gguf").is_file());
    if cache.is_none() {
        eprintln!("SKIPPED: the default model is not in the cache; `eval models pull smollm2-135m` fetches it");
    }
    cache
}

#[test]
fn the_default_model_answers_the_built_in_suite_alike_alone_and_in_batches() {
    let (small, _) = small_run();
    if small["device"] != "cuda" {
        return eprintln!("SKIPPED: no GPU ({})", small["no_gpu"]);
    }
    let Some(cache) = cache_of_the_default_model() else { return };
    let ask = |words: &str| {
        let sandbox = Sandbox::new();
        let words = format!("run --suite support-tickets --quiet {words}");
        let mut command = sandbox.command();
        let output = command.env("XDG_CACHE_HOME", &cache).args(words.split_whitespace()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let run = sandbox.the_run();
        assert_eq!(details(&run)["device"], "cuda");
        answers(&run)
    };
    let together = ask("");
    assert!(together.len() >= 200, "{} cases", together.len());
    assert_eq!(ask("--concurrency 1"), together);
}
