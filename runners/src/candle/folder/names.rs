//! What the tensors of a folder are called, and their shapes.

use super::config::Layout;
use crate::candle::{Config, config::NormKind};
use std::{collections::BTreeMap, ops::Range};

/// A tensor that has to be there.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Its name on the hub.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The rows that are meant where it stacks the matrices of all experts, counted through all of them.
    pub rows: Option<Range<usize>>,
    /// Whether the hub stores it less one.
    pub plus_one: bool,
}

/// Where it is there, the experts of each layer are stacked: gate and up in one tensor, down in another.
pub const STACK: &str = "model.layers.0.mlp.experts.gate_up_proj";

/// The parts of a block that a family has: the name in GGUF and on the hub.
fn parts(config: &Config) -> Vec<(String, String)> {
    let fixed = [attention(config), norms(config), network(config)].concat();
    let named = |(gguf, hub): (&str, &str)| (gguf.to_string(), hub.to_string());
    fixed.into_iter().map(named).chain(experts(config)).collect()
}

type Names = Vec<(&'static str, &'static str)>;

fn attention(config: &Config) -> Names {
    let mut parts = vec![("attn_output", "self_attn.o_proj")];
    match config.fused {
        true => parts.push(("attn_qkv", "self_attn.qkv_proj")),
        false => parts.extend([
            ("attn_q", "self_attn.q_proj"),
            ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"),
        ]),
    }
    if matches!(&config.architecture[..], "qwen3" | "qwen3moe" | "gemma3" | "olmo2") {
        parts.extend([("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")]);
    }
    parts
}

fn norms(config: &Config) -> Names {
    let before = |second| vec![("attn_norm", "input_layernorm"), ("ffn_norm", second)];
    let after =
        vec![("post_attention_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm")];
    match (config.norm.before, config.norm.after) {
        (true, true) => [before("pre_feedforward_layernorm"), after].concat(),
        (true, false) => before("post_attention_layernorm"),
        (false, true) => after,
        (false, false) => Vec::new(),
    }
}

fn network(config: &Config) -> Names {
    match (config.gated, config.fused) {
        _ if config.experts.is_some() => Vec::new(),
        (true, false) => {
            vec![("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"), ("ffn_down", "mlp.down_proj")]
        }
        (true, true) => vec![("ffn_up", "mlp.gate_up_proj"), ("ffn_down", "mlp.down_proj")],
        (false, _) => vec![("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")],
    }
}

/// What chooses among the experts, and the matrices of each.
fn experts(config: &Config) -> Vec<(String, String)> {
    let Some(experts) = &config.experts else { return Vec::new() };
    let (mixture, matrices) = match &config.architecture[..] {
        "llama" => ("block_sparse_moe", [("ffn_gate", "w1"), ("ffn_up", "w3"), ("ffn_down", "w2")]),
        _ => ("mlp", [("ffn_gate", "gate_proj"), ("ffn_up", "up_proj"), ("ffn_down", "down_proj")]),
    };
    let of_expert = |expert: usize| {
        matrices.map(|(part, name)| (format!("{part}.{expert}"), format!("{mixture}.experts.{expert}.{name}")))
    };
    let router = ("ffn_gate_inp".to_string(), format!("{mixture}.gate"));
    std::iter::once(router).chain((0..experts.count).flat_map(of_expert)).collect()
}

/// The matrices that the decoder multiplies with, without `.weight`: the name in GGUF and on the hub.
pub fn linear_names(config: &Config) -> Vec<(String, String)> {
    let of_layer = |layer: usize| {
        let linear = parts(config).into_iter().filter(|(part, _)| !part.ends_with("norm"));
        linear.map(move |(part, name)| (format!("blk.{layer}.{part}"), format!("model.layers.{layer}.{name}")))
    };
    let mut names: Vec<_> = (0..config.layers).flat_map(of_layer).collect();
    names.push(("output".into(), "lm_head".into()));
    names
}

/// The tensors that the decoder reads, by the names of GGUF.
pub fn expected(config: &Config, layout: &Layout, stacked: bool) -> BTreeMap<String, Expected> {
    let gemma = config.architecture.starts_with("gemma");
    let ends = [
        ("token_embd", "model.embed_tokens", vec![layout.vocabulary, config.hidden]),
        ("output_norm", "model.norm", vec![config.hidden]),
        ("output", "lm_head", vec![layout.vocabulary, config.hidden]),
    ];
    let mut all = BTreeMap::new();
    let mut put = |gguf: String, name: String, shape: Vec<usize>| {
        if let Some(rows) = shape.first().filter(|_| biased(&gguf, config, layout)) {
            let bias = Expected { name: format!("{name}.bias"), shape: vec![*rows], rows: None, plus_one: false };
            all.insert(format!("{gguf}.bias"), bias);
        }
        let plus_one = gemma && shape.len() == 1;
        all.insert(format!("{gguf}.weight"), Expected { name: format!("{name}.weight"), shape, rows: None, plus_one });
    };
    for (gguf, name, shape) in ends {
        if gguf != "output" || !layout.tied {
            put(gguf.into(), name.into(), shape);
        }
    }
    for layer in 0..config.layers {
        for (part, name) in parts(config) {
            let shape = shape(&part, config, layout);
            put(format!("blk.{layer}.{part}"), format!("model.layers.{layer}.{name}"), shape);
        }
    }
    if stacked {
        all = all.into_iter().map(|(gguf, one)| stack(gguf, one, config, layout)).collect();
    }
    all
}

/// The same tensor where the experts of a layer are stacked.
fn stack(gguf: String, one: Expected, config: &Config, layout: &Layout) -> (String, Expected) {
    let count = config.experts.as_ref().map_or(0, |experts| experts.count);
    let (up, down) = (layout.intermediate, config.hidden);
    let mut words = gguf.split('.');
    let (layer, part, expert) = (words.nth(1).unwrap_or_default(), words.next().unwrap_or_default(), words.next());
    let mlp = format!("model.layers.{layer}.mlp");
    let stacked = match (part, expert.and_then(|expert| expert.parse::<usize>().ok())) {
        ("ffn_gate_inp", _) => Expected { name: format!("{mlp}.gate.weight"), ..one },
        ("ffn_down", Some(expert)) => Expected {
            name: format!("{mlp}.experts.down_proj"),
            shape: vec![count, down, up],
            rows: Some(expert * down..(expert + 1) * down),
            ..one
        },
        ("ffn_gate" | "ffn_up", Some(expert)) => {
            let start = 2 * expert * up + if part == "ffn_up" { up } else { 0 };
            Expected {
                name: format!("{mlp}.experts.gate_up_proj"),
                shape: vec![count, 2 * up, down],
                rows: Some(start..start + up),
                ..one
            }
        }
        _ => one,
    };
    (gguf, stacked)
}

/// The part of a name in GGUF that says what a tensor is: `blk.0.ffn_up.3` is `ffn_up`.
fn part_of(gguf: &str) -> &str {
    let name = gguf.strip_prefix("blk.").and_then(|rest| rest.split('.').nth(1));
    name.unwrap_or(gguf)
}

fn biased(gguf: &str, config: &Config, layout: &Layout) -> bool {
    match part_of(gguf) {
        "attn_q" | "attn_k" | "attn_v" => layout.qkv_bias,
        "attn_output" => layout.output_bias,
        "ffn_gate" | "ffn_up" | "ffn_down" => layout.mlp_bias,
        "attn_norm" | "ffn_norm" | "output_norm" => config.norm.kind == NormKind::Layer,
        _ => false,
    }
}

fn shape(part: &str, config: &Config, layout: &Layout) -> Vec<usize> {
    let (q, kv) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
    // Over all heads at once, or over each.
    let whole = config.architecture == "olmo2";
    match part.split('.').next().unwrap_or(part) {
        "attn_q" => vec![q, config.hidden],
        "attn_k" | "attn_v" => vec![kv, config.hidden],
        "attn_qkv" => vec![q + 2 * kv, config.hidden],
        "attn_output" => vec![config.hidden, q],
        "attn_q_norm" if whole => vec![q],
        "attn_k_norm" if whole => vec![kv],
        "attn_q_norm" | "attn_k_norm" => vec![config.head_dim],
        "ffn_gate_inp" => vec![config.experts.as_ref().map_or(0, |experts| experts.count), config.hidden],
        "ffn_up" if config.fused => vec![2 * layout.intermediate, config.hidden],
        "ffn_gate" | "ffn_up" => vec![layout.intermediate, config.hidden],
        "ffn_down" => vec![config.hidden, layout.intermediate],
        _ => vec![config.hidden],
    }
}
