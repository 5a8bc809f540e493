//! What a person is told of a folder or an adapter that cannot be used.

use crate::{copy::Copy, fixture, settings};
use eval_runners::candle::{Adapter, CandleRunner, CandleSettings, open};
use serde_json::{Value, json};
use std::{fs, path::Path};

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
fn settings_that_cannot_be_honoured_are_named() {
    let rope = |values: Value| json!({"rope_parameters": values});
    let changes = [
        ("llama", json!({"model_type": "granite"})),
        ("llama", json!({"model_type": null})),
        ("llama", json!({"architectures": ["LlamaForSequenceClassification"]})),
        ("llama", json!({"quantization_config": {"quant_method": "gptq", "bits": 4}})),
        ("llama", json!({"hidden_act": "gelu"})),
        ("llama", json!({"hidden_size": "32"})),
        ("llama", json!({"num_key_value_heads": 3})),
        ("llama", json!({"num_hidden_layers": 1000000000})),
        ("llama", json!({"intermediate_size": 1000000000000000000u64})),
        ("llama", rope(json!({"rope_type": "yarn", "rope_theta": 10000.0, "factor": -4.0}))),
        ("llama", json!({"rope_parameters": null, "rope_scaling": {"type": "dynamic", "factor": 2.0}})),
        ("llama", rope(json!({"rope_type": "longrope", "rope_theta": 10000.0}))),
        ("llama", json!({"partial_rotary_factor": 0.5})),
        ("phi3-longrope", json!({"rope_scaling": {"type": "longrope", "long_factor": [1.0]}})),
        ("gemma2", json!({"hidden_activation": "gelu"})),
        ("gemma2", json!({"layer_types": ["chunked_attention"]})),
        ("gemma3", json!({"use_bidirectional_attention": true})),
        ("qwen2", json!({"layer_types": ["full_attention"]})),
        ("smollm3", json!({"no_rope_layers": [1, 0]})),
        ("starcoder2", json!({"hidden_act": "gelu"})),
        ("starcoder2", json!({"norm_epsilon": null})),
        ("mixtral", json!({"num_experts_per_tok": 5})),
        ("mixtral", json!({"num_local_experts": 1000000000})),
        ("mixtral", json!({"num_local_experts": null})),
        ("qwen3-moe", json!({"mlp_only_layers": [0]})),
        ("qwen3-moe", json!({"decoder_sparse_step": 2})),
    ];
    let said: Vec<String> = changes
        .into_iter()
        .map(|(name, changes)| {
            let copy = Copy::of(name).set("config.json", changes.clone());
            let error = open(copy.folder()).unwrap().config().expect_err(&changes.to_string());
            format!("{name} {changes}\n  {}", error.to_string().replace(&copy.folder().display().to_string(), "DIR"))
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
    .map(|(adapter, model)| match Adapter::open(adapter.folder()) {
        Err(error) => error.to_string().replace(&adapter.folder().display().to_string(), "DIR"),
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
    let settings = CandleSettings { adapter: Some(adapter.folder().into()), ..settings() };
    let error = CandleRunner::load(copy.folder(), &settings).err().expect("an error").to_string();
    error.replace(&adapter.folder().display().to_string(), "DIR")
}
