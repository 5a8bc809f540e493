//! Folders of the model hub: what is read from them, and what a person is told of a broken one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::{Message, Prompt, PromptId, Response, Role, Runner};
use eval_runners::candle::{Adapter, CandleRunner, CandleSettings, Representation, inspect, open};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/folders").join(name)
}

/// A copy to break.
struct Copy(TempDir);

impl Copy {
    fn of(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(fixture(name)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes keys of a JSON file; `null` takes a key out.
    fn set(self, file: &str, changes: Value) -> Self {
        let mut values: Value = serde_json::from_str(&fs::read_to_string(self.path(file)).unwrap()).unwrap();
        let map = values.as_object_mut().unwrap();
        for (key, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(map.remove(key)),
                value => drop(map.insert(key.clone(), value.clone())),
            }
        }
        fs::write(self.path(file), values.to_string()).unwrap();
        self
    }

    fn without(self, file: &str) -> Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    fn with(self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(file), bytes).unwrap();
        self
    }

    /// Why it cannot be loaded; the path of the copy is left out.
    fn error(&self) -> String {
        let error = CandleRunner::load(self.0.path(), &settings()).err().expect("an error");
        error.to_string().replace(&self.0.path().display().to_string(), "DIR")
    }
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
        max_output_tokens: 12,
        stop: Vec::new(),
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
    for key in ["workers", "batch", "device", "engine"] {
        details.as_object_mut().unwrap().remove(key).expect("it is named");
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
    let digest = |copy: &Copy| open(copy.0.path()).unwrap().sha256().unwrap();
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
        assert_eq!(open(copy.0.path()).unwrap().chat_template().unwrap().as_deref(), Some(text.as_str()));
    }
    let unnamed = Copy::of("llama").without("chat_template.jinja");
    let unnamed = unnamed.set("tokenizer_config.json", json!({"chat_template": [{"name": "rag", "template": "x"}]}));
    assert!(unnamed.error().contains("none of its chat templates is called \"default\""), "{}", unnamed.error());
}

#[test]
fn broken_folders_are_named_with_the_mend() {
    let llama = || Copy::of("llama");
    let shard = "model-00002-of-00003.safetensors";
    let bytes = fs::read(llama().path(shard)).unwrap();
    let index = |file: &str| json!({"weight_map": {"model.norm.weight": file}});
    let of_config = |changes: Value| llama().set("config.json", changes);
    let copies = [
        ("no configuration", llama().without("config.json")),
        ("a GGUF file in it", llama().without("config.json").with("model.gguf", "GGUF")),
        ("an adapter", Copy::of("adapters/llama")),
        ("not JSON", llama().with("config.json", "{")),
        ("a missing shard", llama().without(shard)),
        ("no weights", Copy::of("qwen3").without("model.safetensors")),
        ("pickled weights", Copy::of("qwen3").without("model.safetensors").with("pytorch_model.bin", "")),
        ("a missing tensor", llama().set("model.safetensors.index.json", index(shard))),
        ("a shard that is elsewhere", llama().set("model.safetensors.index.json", index("../other.safetensors"))),
        ("a shard cut short", llama().with(shard, &bytes[..bytes.len() - 100])),
        ("a pointer instead of a shard", llama().with(shard, "version https://git-lfs.github.com/spec/v1\n")),
        ("an empty shard", llama().with(shard, "")),
        ("a wrong shape", of_config(json!({"intermediate_size": 64}))),
        ("a tensor without a place", of_config(json!({"num_hidden_layers": 1}))),
        ("a missing bias", of_config(json!({"attention_bias": true}))),
        ("no tokenizer", llama().without("tokenizer.json")),
        ("a broken tokenizer", llama().with("tokenizer.json", "{}")),
        ("no chat template", llama().without("chat_template.jinja")),
    ];
    let said: Vec<String> = copies.iter().map(|(what, copy)| format!("{what}\n  {}", copy.error())).collect();
    insta::assert_snapshot!("broken", said.join("\n"));
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
        let newer = open(newer.0.path()).unwrap().config().unwrap();
        for layer in 0..older.layers {
            assert_eq!(older.window_of(layer), newer.window_of(layer), "{name}, layer {layer}");
        }
        assert_eq!(format!("{:?}", older.rope), format!("{:?}", newer.rope), "{name}");
        assert_eq!(older.context, newer.context, "{name}");
    }
}

#[test]
fn settings_that_cannot_be_honoured_are_named() {
    let rope = |values: Value| json!({"rope_parameters": values});
    let changes = [
        ("llama", json!({"model_type": "mixtral"})),
        ("llama", json!({"model_type": null})),
        ("llama", json!({"architectures": ["LlamaForSequenceClassification"]})),
        ("llama", json!({"quantization_config": {"quant_method": "gptq", "bits": 4}})),
        ("llama", json!({"hidden_act": "gelu"})),
        ("llama", json!({"hidden_size": "32"})),
        ("llama", json!({"num_key_value_heads": 3})),
        ("llama", rope(json!({"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0}))),
        ("llama", json!({"rope_parameters": null, "rope_scaling": {"type": "dynamic", "factor": 2.0}})),
        ("llama", rope(json!({"rope_type": "longrope", "rope_theta": 10000.0}))),
        ("llama", json!({"partial_rotary_factor": 0.5})),
        ("phi3-longrope", json!({"rope_scaling": {"type": "longrope", "long_factor": [1.0]}})),
        ("gemma2", json!({"hidden_activation": "gelu"})),
        ("gemma2", json!({"layer_types": ["chunked_attention"]})),
        ("gemma3", json!({"use_bidirectional_attention": true})),
        ("qwen2", json!({"layer_types": ["full_attention"]})),
        ("smollm3", json!({"no_rope_layers": [1, 0]})),
    ];
    let said: Vec<String> = changes
        .into_iter()
        .map(|(name, changes)| {
            let copy = Copy::of(name).set("config.json", changes.clone());
            let error = open(copy.0.path()).unwrap().config().expect_err(&changes.to_string());
            format!("{name} {changes}\n  {}", error.to_string().replace(&copy.0.path().display().to_string(), "DIR"))
        })
        .collect();
    insta::assert_snapshot!("refused", said.join("\n"));
}

#[test]
fn adapters_that_are_not_plain_lora_are_named() {
    let config = "adapter_config.json";
    let set = |changes: Value| Copy::of("adapters/llama").set(config, changes);
    let llama = fixture("llama");
    let said: Vec<String> = [
        (set(json!({"peft_type": "IA3"})), &llama),
        (set(json!({"task_type": "SEQ_CLS"})), &llama),
        (set(json!({"use_dora": true})), &llama),
        (set(json!({"modules_to_save": ["lm_head"]})), &llama),
        (set(json!({"alpha_pattern": {"q_proj": 2}})), &llama),
        (set(json!({"bias": "all"})), &llama),
        (set(json!({"init_lora_weights": "pissa"})), &llama),
        (set(json!({"r": 8})), &llama),
        (set(json!({"lora_alpha": null})), &llama),
        (Copy::of("adapters/llama").without("adapter_model.safetensors"), &llama),
        (Copy::of("adapters/llama").without(config), &llama),
        (
            Copy::of("adapters/llama")
                .with("adapter_model.safetensors", fs::read(fixture("qwen3/model.safetensors")).unwrap()),
            &llama,
        ),
        (Copy::of("adapters/llama"), &fixture("llama3-rope")),
        (Copy::of("adapters/phi3-rslora"), &llama),
        (Copy::of("adapters/gguf-llama"), &llama),
    ]
    .iter()
    .map(|(adapter, model)| match Adapter::open(adapter.0.path()) {
        Err(error) => error.to_string().replace(&adapter.0.path().display().to_string(), "DIR"),
        Ok(_) => loaded_with(adapter, model),
    })
    .collect();
    insta::assert_snapshot!("adapters", said.join("\n"));
}

/// Why a model cannot be loaded with an adapter.
fn loaded_with(adapter: &Copy, model: &Path) -> String {
    let copy = Copy::of(model.file_name().unwrap().to_str().unwrap());
    for file in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"] {
        fs::copy(fixture("llama").join(file), copy.path(file)).unwrap();
    }
    let settings = CandleSettings { adapter: Some(adapter.0.path().into()), ..settings() };
    let error = CandleRunner::load(copy.0.path(), &settings).err().expect("an error").to_string();
    error.replace(&adapter.0.path().display().to_string(), "DIR")
}

#[test]
fn safetensors_and_adapted_weights_are_held_as_f32() {
    let load = |path: &Path, representation, adapter: Option<&str>| {
        let adapter = adapter.map(|name| fixture("adapters").join(name));
        CandleRunner::load(path, &CandleSettings { representation, adapter, ..settings() })
    };
    let gguf = fixture("../models/tiny-llama.gguf");
    assert_eq!(load(&gguf, Representation::Auto, Some("gguf-llama")).unwrap().details()["held_as"], "f32");
    let refused = |path: &Path, adapter| load(path, Representation::Stored, adapter).err().unwrap().to_string();
    assert!(refused(&fixture("llama"), None).contains("safetensors weights run only when held as f32"));
    assert!(refused(&gguf, Some("gguf-llama")).contains("an adapter is merged into weights held as f32"));
}

#[test]
fn what_show_tells() {
    insta::assert_snapshot!("shown", serde_json::to_string_pretty(&inspect(&fixture("llama")).unwrap()).unwrap());
    let stretched =
        Copy::of("llama").set("config.json", json!({"rope_scaling": {"type": "yarn"}, "rope_parameters": null}));
    let shown = inspect(stretched.0.path()).unwrap();
    assert_eq!(shown["architecture"], "llama");
    assert!(shown["problem"].as_str().unwrap().contains("\"yarn\""), "{shown}");
}
