//! The shape of a decoder, read from `config.json`.

use super::{
    Settings,
    rope::{rope, skipped},
};
use crate::candle::{
    Config, LoadError,
    config::{ExpertsConfig, Layers, NormConfig, NormKind},
};

/// `model_type` on the hub and the architecture of GGUF that it is.
const FAMILIES: [(&str, &str); 13] = [
    ("llama", "llama"),
    ("mistral", "llama"),
    ("mixtral", "llama"),
    ("qwen2", "qwen2"),
    ("qwen3", "qwen3"),
    ("qwen3_moe", "qwen3moe"),
    ("gemma", "gemma"),
    ("gemma2", "gemma2"),
    ("gemma3_text", "gemma3"),
    ("phi3", "phi3"),
    ("smollm3", "smollm3"),
    ("olmo2", "olmo2"),
    ("starcoder2", "starcoder2"),
];

/// More than any model has: a damaged file is told before its tensors are named one by one.
const MOST_LAYERS: usize = 10_000;
/// The same of the experts of all layers.
const MOST_EXPERTS: usize = 100_000;

/// What the shapes of the tensors follow from, beside the decoder's own shape.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Rows of the embeddings.
    pub vocabulary: usize,
    /// Width between the matrices of the feed-forward part.
    pub intermediate: usize,
    /// Whether the embeddings serve as output matrix.
    pub tied: bool,
    /// Whether query, key and value have biases.
    pub qkv_bias: bool,
    /// Whether attention's output has one.
    pub output_bias: bool,
    /// Whether the feed-forward part has them.
    pub mlp_bias: bool,
}

/// The architecture of a `model_type`, if the decoder knows it.
pub fn family(model_type: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(name, _)| *name == model_type).map(|(_, architecture)| *architecture)
}

/// Reads the shape; what the decoder would get wrong is an error that names it.
pub fn read(file: &Settings) -> Result<(Config, Layout), LoadError> {
    let model = file.string("model_type")?;
    let Some(architecture) = family(model) else {
        let known: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
        let message = format!("its `model_type` is {model:?}; those that can be run are {}", known.join(", "));
        return Err(file.fail(message));
    };
    refuse(file, architecture)?;
    let gemma = architecture.starts_with("gemma");
    let hidden = file.number("hidden_size")?;
    let layers = file.number("num_hidden_layers")?;
    let heads = file.number("num_attention_heads")?;
    let kv_heads = match file.optional_number("num_key_value_heads")? {
        Some(kv_heads) => kv_heads,
        None if matches!(model, "llama" | "olmo2") => heads,
        None => file.number("num_key_value_heads")?,
    };
    if !heads.is_multiple_of(kv_heads) || layers > MOST_LAYERS {
        return Err(file.fail(format!("its shape is impossible: {layers} layers, {heads} heads over {kv_heads}")));
    }
    let head_dim = match file.optional_number("head_dim")? {
        Some(head_dim) => head_dim,
        None if gemma || matches!(model, "qwen3" | "qwen3_moe") => file.number("head_dim")?,
        None => hidden / heads,
    };
    let scaled_by = match file.optional_float("query_pre_attn_scalar")?.filter(|_| architecture != "gemma") {
        Some(scalar) if gemma => scalar,
        _ => head_dim as f64,
    };
    let starcoder2 = model == "starcoder2";
    let (rope, context) = rope(file, model, head_dim)?;
    let (window, global) = windows(file, model, layers)?;
    let config = Config {
        architecture: architecture.into(),
        hidden,
        layers,
        heads,
        kv_heads,
        head_dim,
        context,
        norm: NormConfig {
            kind: if starcoder2 { NormKind::Layer } else { NormKind::Rms },
            eps: file.float(if starcoder2 { "norm_epsilon" } else { "rms_norm_eps" })? as f32,
            before: model != "olmo2",
            after: matches!(architecture, "gemma2" | "gemma3" | "olmo2"),
        },
        rope,
        fused: model == "phi3",
        gated: !starcoder2,
        gelu: gemma || starcoder2,
        experts: experts(file, model, layers)?,
        window,
        global,
        attention_scale: 1.0 / scaled_by.sqrt(),
        attention_softcap: file.optional_float("attn_logit_softcapping")?.filter(|_| gemma),
        final_softcap: file.optional_float("final_logit_softcapping")?.filter(|_| gemma),
        embedding_scale: gemma.then(|| (hidden as f64).sqrt()),
    };
    let bias = starcoder2 && file.optional_flag("use_bias")?.unwrap_or(true);
    let attention_bias = match model {
        "mistral" | "mixtral" | "phi3" | "qwen2" | "starcoder2" => bias,
        _ => file.flag("attention_bias")?,
    };
    let layout = Layout {
        vocabulary: file.number("vocab_size")?,
        intermediate: file.number(if model == "qwen3_moe" { "moe_intermediate_size" } else { "intermediate_size" })?,
        tied: file.optional_flag("tie_word_embeddings")?.unwrap_or(gemma || starcoder2 || model == "smollm3"),
        qkv_bias: attention_bias || model == "qwen2",
        output_bias: attention_bias,
        mlp_bias: bias || (file.flag("mlp_bias")? && matches!(model, "llama" | "smollm3")),
    };
    Ok((config, layout))
}

/// Settings under which this family would be computed otherwise than the decoder does.
fn refuse(file: &Settings, architecture: &str) -> Result<(), LoadError> {
    if let Some(how) = file.optional_object("quantization_config")? {
        let method = how.get("quant_method").and_then(|method| method.as_str()).unwrap_or("unknown");
        return Err(file.fail(format!(
            "its weights are quantized (`quantization_config`, {method:?}), which is not supported: take the model as \
             it was published, or a .gguf of it"
        )));
    }
    let classes = file.optional_strings("architectures")?.unwrap_or_default();
    if let Some(class) = classes.iter().find(|class| !class.ends_with("ForCausalLM")) {
        return Err(file.fail(format!("it is a {class} (`architectures`), which does not write text")));
    }
    let (key, allowed): (&str, &[&str]) = match architecture {
        "gemma" => ("hidden_act", &["gelu", "gelu_pytorch_tanh"]),
        "gemma2" | "gemma3" => ("hidden_activation", &["gelu_pytorch_tanh"]),
        "starcoder2" => ("hidden_act", &["gelu_pytorch_tanh"]),
        _ => ("hidden_act", &["silu"]),
    };
    if let Some(other) = file.optional_string(key)?.filter(|name| !allowed.contains(name)) {
        return Err(file.fail(format!("its `{key}` is {other:?}; {} is supported", allowed.join(" or "))));
    }
    if file.flag("use_bidirectional_attention")? {
        return Err(file.fail("it looks ahead (`use_bidirectional_attention`), which is not supported".into()));
    }
    Ok(())
}

fn experts(file: &Settings, model: &str, layers: usize) -> Result<Option<ExpertsConfig>, LoadError> {
    if !matches!(model, "mixtral" | "qwen3_moe") {
        return Ok(None);
    }
    let apart = file.optional_floats("mlp_only_layers")?.is_some_and(|layers| !layers.is_empty());
    if apart || file.optional_number("decoder_sparse_step")?.is_some_and(|step| step != 1) {
        let message = "some of its layers have no experts (`mlp_only_layers`, `decoder_sparse_step`), which is not";
        return Err(file.fail(format!("{message} supported")));
    }
    let count = match file.optional_number("num_local_experts")? {
        Some(count) => count,
        None => file.number(if model == "mixtral" { "num_local_experts" } else { "num_experts" })?,
    };
    let used = file.number("num_experts_per_tok")?;
    if used > count || layers * count > MOST_EXPERTS {
        return Err(file.fail(format!("its shape is impossible: {used} of {count} experts in {layers} layers")));
    }
    let renormalized = model == "mixtral" || file.flag("norm_topk_prob")?;
    Ok(Some(ExpertsConfig { count, used, renormalized }))
}

/// The window, and the layers that attend to everything beside it.
fn windows(file: &Settings, model: &str, layers: usize) -> Result<(Option<usize>, Layers), LoadError> {
    let window = match model {
        "mistral" if !file.names("sliding_window") => Some(4096),
        "qwen2" | "qwen3" | "qwen3_moe" | "smollm3" if !file.flag("use_sliding_window")? => None,
        "llama" | "gemma" | "olmo2" => None,
        _ => file.optional_number("sliding_window")?,
    };
    if window.is_none() || matches!(model, "mistral" | "mixtral" | "phi3" | "qwen3_moe" | "starcoder2") {
        return Ok((window, Layers::None));
    }
    if let Some(kinds) = file.optional_strings("layer_types")? {
        if let Some(kind) = kinds.iter().find(|kind| !["full_attention", "sliding_attention"].contains(kind)) {
            return Err(file.fail(format!("a layer is of the kind {kind:?} (`layer_types`), which is not supported")));
        }
        if kinds.len() != layers {
            return Err(file.fail(format!("`layer_types` names {} layers, it has {layers}", kinds.len())));
        }
        return Ok((window, Layers::Listed(kinds.iter().map(|kind| *kind == "full_attention").collect())));
    }
    let global = match model {
        "gemma2" => Layers::Every(2),
        "gemma3_text" => Layers::Every(file.optional_number("sliding_window_pattern")?.unwrap_or(6)),
        // Windows begin above this many layers.
        "qwen2" | "qwen3" => {
            let full = file.optional_number("max_window_layers")?.unwrap_or(28);
            Layers::Listed((0..layers).map(|layer| layer < full).collect())
        }
        _ => match skipped(file, layers)? {
            // smollm3's windows are in the layers without positions.
            Layers::None => Layers::Listed(vec![true; layers]),
            unplaced => Layers::Listed((0..layers).map(|layer| !unplaced.contains(layer)).collect()),
        },
    };
    Ok((window, global))
}
