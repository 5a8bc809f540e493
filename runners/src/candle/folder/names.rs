//! What the tensors of a folder are called, and their shapes.

use super::config::Layout;
use crate::candle::Config;
use std::collections::BTreeMap;

/// A tensor that has to be there.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Its name on the hub.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether the hub stores it less one.
    pub plus_one: bool,
}

/// The parts of a block that a family has: the name in GGUF and on the hub.
fn parts(architecture: &str) -> Vec<(&'static str, &'static str)> {
    let mut parts = vec![("attn_norm", "input_layernorm"), ("attn_output", "self_attn.o_proj")];
    parts.extend(match architecture {
        "phi3" => vec![("attn_qkv", "self_attn.qkv_proj"), ("ffn_up", "mlp.gate_up_proj")],
        _ => vec![
            ("attn_q", "self_attn.q_proj"),
            ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"),
            ("ffn_gate", "mlp.gate_proj"),
            ("ffn_up", "mlp.up_proj"),
        ],
    });
    parts.push(("ffn_down", "mlp.down_proj"));
    if matches!(architecture, "qwen3" | "gemma3") {
        parts.extend([("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")]);
    }
    parts.extend(match architecture {
        "gemma2" | "gemma3" => vec![
            ("post_attention_norm", "post_attention_layernorm"),
            ("ffn_norm", "pre_feedforward_layernorm"),
            ("post_ffw_norm", "post_feedforward_layernorm"),
        ],
        _ => vec![("ffn_norm", "post_attention_layernorm")],
    });
    parts
}

/// The matrices that the decoder multiplies with, without `.weight`: the name in GGUF and on the hub.
pub fn linear_names(config: &Config) -> Vec<(String, String)> {
    let of_layer = |layer: usize| {
        let linear = parts(&config.architecture).into_iter().filter(|(part, _)| !part.ends_with("norm"));
        linear.map(move |(part, name)| (format!("blk.{layer}.{part}"), format!("model.layers.{layer}.{name}")))
    };
    let mut names: Vec<_> = (0..config.layers).flat_map(of_layer).collect();
    names.push(("output".into(), "lm_head".into()));
    names
}

/// The tensors that the decoder reads, by the names of GGUF.
pub fn expected(config: &Config, layout: &Layout) -> BTreeMap<String, Expected> {
    let gemma = config.architecture.starts_with("gemma");
    let ends = [
        ("token_embd", "model.embed_tokens", vec![layout.vocabulary, config.hidden]),
        ("output_norm", "model.norm", vec![config.hidden]),
        ("output", "lm_head", vec![layout.vocabulary, config.hidden]),
    ];
    let mut all = BTreeMap::new();
    let mut put = |gguf: String, name: String, shape: Vec<usize>, biased: bool| {
        if let Some(rows) = shape.first().filter(|_| biased) {
            let bias = Expected { name: format!("{name}.bias"), shape: vec![*rows], plus_one: false };
            all.insert(format!("{gguf}.bias"), bias);
        }
        let plus_one = gemma && shape.len() == 1;
        all.insert(format!("{gguf}.weight"), Expected { name: format!("{name}.weight"), shape, plus_one });
    };
    for (gguf, name, shape) in ends {
        if gguf != "output" || !layout.tied {
            put(gguf.into(), name.into(), shape, false);
        }
    }
    for layer in 0..config.layers {
        for (part, name) in parts(&config.architecture) {
            let biased = match part {
                "attn_q" | "attn_k" | "attn_v" => layout.qkv_bias,
                "attn_output" => layout.output_bias,
                "ffn_gate" | "ffn_up" | "ffn_down" => layout.mlp_bias,
                _ => false,
            };
            let shape = shape(part, config, layout);
            put(format!("blk.{layer}.{part}"), format!("model.layers.{layer}.{name}"), shape, biased);
        }
    }
    all
}

fn shape(part: &str, config: &Config, layout: &Layout) -> Vec<usize> {
    let (q, kv) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
    let fused = config.architecture == "phi3";
    match part {
        "attn_q" => vec![q, config.hidden],
        "attn_k" | "attn_v" => vec![kv, config.hidden],
        "attn_qkv" => vec![q + 2 * kv, config.hidden],
        "attn_output" => vec![config.hidden, q],
        "attn_q_norm" | "attn_k_norm" => vec![config.head_dim],
        "ffn_up" if fused => vec![2 * layout.intermediate, config.hidden],
        "ffn_gate" | "ffn_up" => vec![layout.intermediate, config.hidden],
        "ffn_down" => vec![config.hidden, layout.intermediate],
        _ => vec![config.hidden],
    }
}
