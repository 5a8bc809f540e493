//! Models that run in process, through the whole binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, row};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    env::var_os,
    fs,
    path::{Path, PathBuf},
};

const CASES: usize = 24;

/// A suite whose prompts fit the small context of the fixtures.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let suite = "name = \"short\"\n\n[[task]]\nname = \"mood\"\nkind = \"classification\"\nlabels = [\"good\", \"bad\"]\nmax_output_tokens = 12\n";
    let case = |n| {
        let mood = if n % 3 == 0 { "good" } else { "bad" };
        format!("{{\"id\": \"m-{n}\", \"input\": \"{mood} day {n}{}\", \"expected\": \"{mood}\"}}\n", "!".repeat(n % 7))
    };
    sandbox.write("short/suite.toml", suite).write("short/mood.jinja", "{{ input }}\n");
    sandbox.write("short/mood.jsonl", (0..CASES).map(case).collect::<String>());
    sandbox
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("runners/tests/fixtures/models/tiny-{name}.gguf"))
}

/// Runs a fixture; its answers by case.
fn answers(name: &str, words: &str) -> (Sandbox, BTreeMap<String, String>) {
    let sandbox = sandbox();
    fs::copy(fixture(name), sandbox.path().join("tiny.gguf")).unwrap();
    sandbox.eval_to(0, &format!("run --suite ./short --candidate candle:tiny.gguf --quiet {words}"));
    let text = |record: &Value| {
        assert_eq!(record["outcome"], "scored", "{name}: {record}");
        (record["case"].as_str().unwrap().to_string(), record["text"].as_str().unwrap().to_string())
    };
    let answers = sandbox.the_run().records().iter().map(text).collect();
    (sandbox, answers)
}

#[test]
fn the_same_prompts_give_the_same_bytes() {
    for name in ["qwen2", "llama", "gemma3", "phi3", "smollm3"] {
        let (_kept, first) = answers(name, "");
        assert_eq!(first.len(), CASES, "{name}");
        assert!(first.values().collect::<HashSet<_>>().len() > 1, "{name} says the same to everything");
        assert_eq!(first, answers(name, "").1, "{name}, a second time");
    }
}

#[test]
fn the_number_of_calls_at_once_changes_no_byte() {
    let (_kept, first) = answers("qwen2", "--concurrency 1");
    for concurrency in [1, 8] {
        assert_eq!(first, answers("qwen2", &format!("--concurrency {concurrency}")).1, "{concurrency} at once");
    }
}

#[test]
fn every_record_says_what_it_took() {
    let (sandbox, _) = answers("llama", "");
    for record in sandbox.the_run().records() {
        let usage = &record["usage"];
        assert!(usage["input_tokens"].as_u64() > Some(0), "{record}");
        assert!((1..=12).contains(&usage["output_tokens"].as_u64().unwrap()), "{record}");
        for key in ["prompt_ms", "generation_ms", "tokens_per_second"] {
            assert!(record["speed"][key].as_f64() > Some(0.0), "{key}: {record}");
        }
        assert!(record["latency_ms"].as_f64() > Some(0.0), "{record}");
        assert_eq!(record["cost_usd"], json!(null), "nobody said what this machine costs");
    }
    let details = &sandbox.the_run().manifest()["models"][0]["details"];
    for key in ["architecture", "sha256", "device"] {
        assert!(details[key].is_string(), "{key}: {details}");
    }
}

#[test]
fn a_prompt_past_the_context_is_an_error_of_its_case() {
    let sandbox = sandbox();
    fs::copy(fixture("llama"), sandbox.path().join("tiny.gguf")).unwrap();
    sandbox.replace("short/mood.jsonl", "bad day 1!", &"bad day ".repeat(400));
    sandbox.eval_to(12, "run --suite ./short --candidate candle:tiny.gguf --quiet");
    let run = sandbox.the_run();
    let failed: Vec<_> = run.records().into_iter().filter(|record| record["outcome"] == "runner_failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["case"], &failed[0]["error"]["kind"]), (&json!("m-1"), &json!("context_length")));
    assert_eq!(row(&run.summary(), "mood", "candle:tiny.gguf")["cases"], CASES);
}

#[test]
fn a_limit_on_memory_holds_the_weights_and_says_what_is_missing() {
    let sandbox = sandbox();
    fs::copy(fixture("llama"), sandbox.path().join("tiny.gguf")).unwrap();
    let config = |limit: &str| {
        sandbox.write(
            "eval.toml",
            format!(
                "[models.m]\nrunner = \"candle\"\nweights = \"tiny.gguf\"\nheld_as = \"f32\"\nmax_memory = {limit}\n"
            ),
        );
    };
    config("4096");
    let refused = sandbox.eval_to(2, "run --suite ./short --candidate m --quiet");
    assert!(refused.stderr.contains("`max_memory` is 5 KB, and its weights alone take"), "{}", refused.stderr);
    config("\"20 MB\"");
    sandbox.eval_to(0, "run --suite ./short --candidate m --quiet");
    let details = &sandbox.the_run().manifest()["models"][0]["details"];
    let (weights, caches) = (&details["memory"]["weights"], &details["memory"]["caches"]);
    assert_eq!(weights.as_u64().unwrap() + caches.as_u64().unwrap(), 20_000_000);
    assert_eq!(details["same_answer_alone_and_in_a_batch"], "yes, to the bit");
}

/// Copies a folder of the runners' fixtures.
fn copy_folder(name: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("runners/tests/fixtures/folders").join(name);
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_folder_and_an_adapter_are_named_and_run() {
    let sandbox = sandbox();
    copy_folder("llama", &sandbox.path().join("tiny"));
    copy_folder("adapters/llama", &sandbox.path().join("tuned"));
    sandbox.write("eval.toml", "[models.fine]\nrunner = \"candle\"\nweights = \"tiny\"\nadapter = \"tuned\"\n");
    sandbox.eval_to(0, "run --suite ./short --candidate fine --candidate candle:./tiny --quiet");
    let run = sandbox.the_run();
    let text = |record: &Value| record["text"].as_str().unwrap().to_string();
    let of = |model: &str| -> Vec<String> {
        run.records().iter().filter(|record| record["model"] == model).map(text).collect()
    };
    assert_eq!((of("fine").len(), of("candle:./tiny").len()), (CASES, CASES));
    assert_ne!(of("fine"), of("candle:./tiny"));
    let models = &run.manifest()["models"];
    assert_eq!(models[0]["details"]["adapter"]["rank"], 4);
    assert_eq!(models[1]["details"]["adapter"], Value::Null);
    assert_eq!(models[0]["details"]["sha256"], models[1]["details"]["sha256"]);

    let shown = sandbox.eval_to(0, "models show ./tiny").stdout;
    assert!(shown.contains("architecture       llama") && shown.contains("stored as          BF16"), "{shown}");
    let weights = sandbox.path().join("tuned/adapter_model.safetensors");
    let mut trained_on = fs::read(&weights).unwrap();
    *trained_on.last_mut().unwrap() ^= 1;
    fs::write(weights, trained_on).unwrap();
    let refused = sandbox.eval_to(2, "run --resume latest --quiet").stderr;
    assert!(refused.contains("model fine: details.adapter.sha256"), "{refused}");
}

#[test]
fn resumed_answers_are_those_of_an_uncut_run() {
    let (sandbox, uncut) = answers("qwen2", "");
    let run = sandbox.the_run();
    let kept: String = run.log().split_inclusive('\n').take(7).collect();
    fs::write(run.file("records.jsonl"), kept).unwrap();
    sandbox.eval_to(0, "run --resume latest --quiet");
    assert_eq!(run.distinct_records(), CASES);
    for record in run.records() {
        assert_eq!(record["text"], uncut[record["case"].as_str().unwrap()]);
    }
}

/// Answers of a tiny model are held to the tasks' labels and schemas.
const HELD: &str = "[models.tiny]\nrunner = \"candle\"\nweights = \"tiny.gguf\"\ndecode = \"schema\"\n";

/// Beside the labels, a task with a schema.
fn sandbox_with_a_schema(schema: &str) -> Sandbox {
    let sandbox = sandbox();
    let task =
        "\n[[task]]\nname = \"day\"\nkind = \"extraction\"\nschema = \"day.schema.json\"\nmax_output_tokens = 24\n";
    let suite = sandbox.read("short/suite.toml") + task;
    sandbox.write("short/suite.toml", suite).write("short/day.jinja", "{{ input }}\n");
    sandbox.write("short/day.jsonl", "{\"id\": \"d-1\", \"input\": \"day 4\", \"expected\": {\"n\": 4, \"of\": []}}\n");
    sandbox.write("short/day.schema.json", schema).write("eval.toml", HELD);
    fs::copy(fixture("qwen2"), sandbox.path().join("tiny.gguf")).unwrap();
    sandbox
}

#[test]
fn answers_are_held_to_labels_and_schemas() {
    let sandbox = sandbox_with_a_schema(
        r#"{"type": "object", "required": ["n", "of"], "additionalProperties": false,
            "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}, "of": {"type": "array", "maxItems": 0}}}"#,
    );
    sandbox.eval_to(0, "run --suite ./short --candidate tiny --quiet");
    let run = sandbox.the_run();
    assert_eq!(run.manifest()["models"][0]["details"]["decoding"], "schema");
    assert_eq!(run.distinct_records(), CASES + 1);
    for record in run.records() {
        let text = record["text"].as_str().unwrap();
        assert_eq!((&record["behaviour"], &record["finish_reason"]), (&json!("answered"), &json!("stop")), "{record}");
        match record["task"].as_str().unwrap() {
            "mood" => assert!(["good", "bad"].contains(&text.trim()), "{record}"),
            _ => assert!(serde_json::from_str::<Value>(text).unwrap()["n"].as_u64() < Some(10), "{record}"),
        }
    }
}

#[test]
fn a_schema_that_answers_cannot_be_held_to_is_refused_before_anything_is_asked() {
    let sandbox = sandbox_with_a_schema(
        r#"{"type": "object", "properties": {"n": {"type": "integer"}, "of": {"type": "array", "uniqueItems": true}}}"#,
    );
    let outcome = sandbox.eval_to(2, "run --suite ./short --candidate tiny");
    let said = outcome.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["tiny: task day: its schema has `uniqueItems` at /properties/of", "decode = \"free\""] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!outcome.stderr.contains("panic"), "{}", outcome.stderr);
}

#[test]
fn labels_are_compared_for_classifications_alone() {
    let sandbox = sandbox_with_a_schema("{\"type\": \"object\"}");
    sandbox.write("eval.toml", HELD.replace("schema", "labels"));
    let outcome = sandbox.eval_to(2, "run --suite ./short --candidate tiny");
    let said = outcome.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("decode = \"labels\" is for classification, and task day is extraction"), "{said}");
    sandbox.eval_to(0, "run --suite ./short --candidate tiny --task mood --quiet");
    let run = sandbox.the_run();
    assert_eq!(run.manifest()["models"][0]["details"]["decoding"], "labels");
    let texts: Vec<Value> = run.records().iter().map(|record| record["text"].clone()).collect();
    assert_eq!(texts.len(), CASES);
    assert!(texts.iter().all(|text| ["good", "bad"].contains(&text.as_str().unwrap())), "{texts:?}");
    sandbox.write("eval.toml", "[models.served]\nrunner = \"openai\"\nmodel = \"x\"\ndecode = \"labels\"\n");
    let outcome = sandbox.eval_to(2, "run --suite ./short --candidate served --task mood");
    assert!(outcome.stderr.contains("`decode = \"labels\"` is for the runner \"candle\""), "{}", outcome.stderr);
}

/// The cache folder, where the default model is in it.
fn cache_of_the_default_model() -> Option<PathBuf> {
    let cache =
        var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(var_os("HOME")?).join(".cache")));
    let cache = cache.filter(|cache| cache.join("eval/models/SmolLM2-135M-Instruct.Q4_1.gguf").is_file());
    if cache.is_none() {
        eprintln!("skipped: the default model is not in the cache; `eval models pull smollm2-135m` fetches it");
    }
    cache
}

#[test]
fn the_default_model_is_held_to_the_shapes_of_the_built_in_suite() {
    let Some(cache) = cache_of_the_default_model() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("eval.toml", HELD.replace("tiny.gguf", "smollm2-135m"));
    let words =
        "run --suite support-tickets --task triage --task fields --task actions --limit 1 --candidate tiny --quiet";
    let output = sandbox.command().env("XDG_CACHE_HOME", &cache).args(words.split_whitespace()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let records = sandbox.the_run().records();
    assert_eq!(records.len(), 3);
    for record in records.iter().filter(|record| record["finish_reason"] != "length") {
        assert_ne!(record["behaviour"], "broken", "{record}");
    }
}

#[test]
fn the_default_model_answers_the_built_in_suite() {
    let Some(cache) = cache_of_the_default_model() else { return };
    let texts = || {
        let sandbox = Sandbox::new();
        let words = ["run", "--suite", "support-tickets", "--task", "triage", "--limit", "2", "--quiet"];
        let output = sandbox.command().env("XDG_CACHE_HOME", &cache).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let run = sandbox.the_run();
        let model = &run.manifest()["models"][0];
        assert_eq!((&model["name"], &model["runner"]), (&json!("smollm2-135m"), &json!("candle")));
        run.records().iter().map(|record| (record["case"].clone(), record["text"].clone())).collect::<Vec<_>>()
    };
    let first = texts();
    assert_eq!(first.len(), 2);
    assert_eq!(first, texts());
}
