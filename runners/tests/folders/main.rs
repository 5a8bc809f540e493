//! Folders of the model hub: what is read from them, and what a person is told of broken ones.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod copy;
mod mistakes;

use copy::Copy;
use eval_core::{Message, Prompt, PromptId, Response, Role, Runner};
use eval_runners::candle::{CandleRunner, CandleSettings, Representation, inspect, open};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/folders").join(name)
}

fn settings() -> CandleSettings {
    CandleSettings { date: "2026-03-14".into(), ..Default::default() }
}

fn ask(runner: &CandleRunner, user: &str) -> Response {
    let prompt = Prompt {
        id: PromptId { task: "t".into(), case: "c".into(), case_hash: format!("{:032}", 0), repeat: 0 },
        messages: vec![Message { role: Role::User, content: user.into() }],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 12,
        stop: Vec::new(),
        shared: Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(runner.respond(&prompt)).unwrap()
}

#[test]
fn a_folder_answers_and_says_what_it_is() {
    let runner = CandleRunner::load(&fixture("llama"), &settings()).unwrap();
    assert_eq!(ask(&runner, "abc").text, ask(&runner, "abc").text);
    assert_ne!(ask(&runner, "abc").text, ask(&runner, "the inner ring").text);
    let tokens = |user: &str| ask(&runner, user).usage.input_tokens.unwrap();
    // One token each in the template; ten characters in the user's words.
    assert!(tokens("a<|im_end|>b") >= tokens("ab") + 5);
    let mut details = runner.details().clone();
    let of_machine = ["workers", "batch", "memory", "device", "engine"];
    assert!(of_machine.iter().all(|key| details.get(key).is_some()), "{details}");
    // In their order, which `remove` would change.
    details.as_object_mut().unwrap().retain(|key, _| !of_machine.contains(&key.as_str()));
    // Where the program was built for GPUs.
    for key in ["gpu", "no_gpu"] {
        details.as_object_mut().unwrap().remove(key);
    }
    insta::assert_snapshot!("details", serde_json::to_string_pretty(&details).unwrap());
}

#[test]
fn an_adapter_changes_the_answers_and_is_named() {
    let plain = CandleRunner::load(&fixture("llama"), &settings()).unwrap();
    let adapter = Some(fixture("adapters/llama"));
    let adapted = CandleRunner::load(&fixture("llama"), &CandleSettings { adapter, ..settings() }).unwrap();
    assert_ne!(ask(&plain, "abc").text, ask(&adapted, "abc").text);
    assert_eq!(plain.details()["adapter"], Value::Null);
    let details = &adapted.details()["adapter"];
    assert_eq!(
        (&details["base_model"], &details["rank"], &details["scaling"]),
        (&json!("tiny/llama"), &json!(4), &json!(2.0))
    );
    assert_eq!(details["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_digest_covers_every_file_that_answers_depend_on() {
    let digest = |copy: &Copy| open(copy.folder()).unwrap().sha256().unwrap();
    let whole = digest(&Copy::of("llama"));
    assert_eq!(
        whole,
        open(&fixture("llama")).unwrap().sha256().unwrap(),
        "it does not depend on where the folder lies"
    );
    assert_eq!(whole, digest(&Copy::of("llama").with("README.md", "other words")));
    for file in ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"] {
        let copy = Copy::of("llama");
        let changed = format!("{}\n\n", fs::read_to_string(copy.path(file)).unwrap());
        assert_ne!(whole, digest(&copy.with(file, changed)), "{file}");
    }
    let copy = Copy::of("llama");
    let mut bytes = fs::read(copy.path("model-00002-of-00003.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert_ne!(whole, digest(&copy.with("model-00002-of-00003.safetensors", bytes)));
}

#[test]
fn the_template_may_stand_in_the_tokenizers_settings() {
    let text = fs::read_to_string(fixture("llama/chat_template.jinja")).unwrap();
    let named = json!([{"name": "tool_use", "template": "x"}, {"name": "default", "template": text}]);
    for template in [json!(text), named] {
        let copy = Copy::of("llama").without("chat_template.jinja");
        let copy = copy.set("tokenizer_config.json", json!({"chat_template": template}));
        assert_eq!(open(copy.folder()).unwrap().chat_template().unwrap().as_deref(), Some(text.as_str()));
    }
    let unnamed = Copy::of("llama").without("chat_template.jinja");
    let unnamed = unnamed.set("tokenizer_config.json", json!({"chat_template": [{"name": "rag", "template": "x"}]}));
    assert!(unnamed.error().contains("none of its chat templates is called \"default\""), "{}", unnamed.error());
}

#[test]
fn the_keys_of_transformers_5_say_the_same_as_those_of_4() {
    let (sliding, full) = ("sliding_attention", "full_attention");
    let newer = [
        ("llama-linear", json!({"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}), json!(null)),
        ("qwen2", json!({"rope_type": "default", "rope_theta": 1000000.0}), json!([full, sliding, sliding])),
        ("gemma2", json!({"rope_type": "default", "rope_theta": 10000.0}), json!([sliding, full, sliding, full])),
        (
            "gemma3",
            json!({
                full: {"rope_type": "linear", "rope_theta": 1000000.0, "factor": 8.0},
                sliding: {"rope_type": "default", "rope_theta": 5000.0},
            }),
            json!([sliding, sliding, sliding, sliding, sliding, full, sliding]),
        ),
        (
            "phi3-longrope",
            json!({
                "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                "original_max_position_embeddings": 40, "short_factor": [1.0, 1.1, 1.3], "long_factor": [1.1, 2.5, 6.0],
            }),
            json!(null),
        ),
    ];
    for (name, rope, layers) in newer {
        let older = open(&fixture(name)).unwrap().config().unwrap();
        let gone = json!({
            "rope_theta": null, "rope_scaling": null, "rope_local_base_freq": null, "sliding_window_pattern": null,
            "max_window_layers": null, "partial_rotary_factor": null, "rope_parameters": rope, "layer_types": layers,
        });
        let newer = Copy::of(name).set("config.json", gone);
        let newer = open(newer.folder()).unwrap().config().unwrap();
        for layer in 0..older.layers {
            assert_eq!(older.window_of(layer), newer.window_of(layer), "{name}, layer {layer}");
        }
        assert_eq!(format!("{:?}", older.rope), format!("{:?}", newer.rope), "{name}");
        assert_eq!(older.context, newer.context, "{name}");
    }
}

#[test]
fn safetensors_and_adapted_weights_are_held_as_f32() {
    let load = |path: &Path, representation, adapter: Option<&str>| {
        let adapter = adapter.map(|name| fixture("adapters").join(name));
        CandleRunner::load(path, &CandleSettings { representation, adapter, ..settings() })
    };
    let gguf = fixture("../models/tiny-llama.gguf");
    assert_eq!(load(&gguf, Representation::Auto, Some("gguf-llama")).unwrap().details()["held_as"], "f32");
    let on_the_cpu = load(&gguf, Representation::Bf16, None).err().unwrap().to_string();
    assert!(on_the_cpu.contains("is for GPUs"), "{on_the_cpu}");
    let refused = |path: &Path, adapter| load(path, Representation::Stored, adapter).err().unwrap().to_string();
    assert!(refused(&fixture("llama"), None).contains("safetensors weights run only when held as f32"));
    assert!(refused(&gguf, Some("gguf-llama")).contains("an adapter is merged into weights held as f32"));
}

#[test]
fn what_show_tells() {
    insta::assert_snapshot!("shown", serde_json::to_string_pretty(&inspect(&fixture("llama")).unwrap()).unwrap());
    let stretched =
        Copy::of("llama").set("config.json", json!({"rope_scaling": {"type": "dynamic"}, "rope_parameters": null}));
    let shown = inspect(stretched.folder()).unwrap();
    assert_eq!(shown["architecture"], "llama");
    assert!(shown["problem"].as_str().unwrap().contains("\"dynamic\""), "{shown}");
}
