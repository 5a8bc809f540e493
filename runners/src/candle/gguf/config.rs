//! The shape of a decoder, read from GGUF metadata.

use super::GgufFile;
use crate::candle::{
    Config, LoadError,
    config::{ExpertsConfig, Layers, NormConfig, NormKind, RopeConfig},
    yarn::Yarn,
};

/// The families that the decoder knows, by `general.architecture`.
pub const ARCHITECTURES: [&str; 11] =
    ["llama", "qwen2", "qwen3", "qwen3moe", "gemma", "gemma2", "gemma3", "phi3", "smollm3", "olmo2", "starcoder2"];

/// The window of every published starcoder 2, which its GGUF files do not tell.
const STARCODER2_WINDOW: usize = 4096;

/// Reads the shape; an architecture, or a setting of it, that the decoder would get wrong is an error.
pub fn read(file: &GgufFile) -> Result<Config, LoadError> {
    let architecture = file.string("general.architecture")?.to_string();
    if !ARCHITECTURES.contains(&architecture.as_str()) {
        return Err(file.fail(format!(
            "its architecture is {architecture:?}; those that can be run are {}",
            ARCHITECTURES.join(", ")
        )));
    }
    let key = |name: &str| format!("{architecture}.{name}");
    let gemma = architecture.starts_with("gemma");
    let hidden = file.number(&key("embedding_length"))?;
    let layers = file.number(&key("block_count"))?;
    let heads = file.number(&key("attention.head_count"))?;
    let kv_heads = file.optional_number(&key("attention.head_count_kv"))?.unwrap_or(heads);
    let context = file.number(&key("context_length"))?;
    if heads == 0 || kv_heads == 0 || !heads.is_multiple_of(kv_heads) || layers == 0 || hidden == 0 || context == 0 {
        return Err(file.fail(format!(
            "its shape is impossible: {layers} layers, {hidden} wide, {heads} heads over {kv_heads}, context {context}"
        )));
    }
    let head_dim = file.optional_number(&key("attention.key_length"))?.unwrap_or(hidden / heads);
    if file.optional_number(&key("attention.value_length"))?.is_some_and(|v| v != head_dim) {
        return Err(file.fail("its value heads are not as wide as its key heads, which is not supported".into()));
    }
    let (window, global) = windows(file, &architecture)?;
    let (rope, context) = rope(file, &architecture, head_dim, context)?;
    let windowless = architecture == "starcoder2" && window.is_none();
    // Only 27B models of gemma 2 and 3 scale by the width per head instead of the head's own width.
    let wide = gemma && matches!((architecture.as_str(), layers), ("gemma2", 46) | ("gemma3", 62));
    let scaled_by = if wide { hidden / heads } else { head_dim };
    Ok(Config {
        hidden,
        layers,
        heads,
        kv_heads,
        head_dim,
        context: if windowless { context.min(STARCODER2_WINDOW) } else { context },
        norm: norms(file, &architecture)?,
        rope,
        fused: architecture == "phi3",
        gated: architecture != "starcoder2",
        gelu: gemma || architecture == "starcoder2",
        experts: experts(file, &architecture)?,
        window,
        global,
        attention_scale: 1.0 / (scaled_by as f64).sqrt(),
        attention_softcap: file.optional_float(&key("attn_logit_softcapping"))?,
        final_softcap: file.optional_float(&key("final_logit_softcapping"))?,
        embedding_scale: gemma.then(|| (hidden as f64).sqrt()),
        architecture,
    })
}

fn norms(file: &GgufFile, architecture: &str) -> Result<NormConfig, LoadError> {
    let (kind, eps) = match architecture {
        "starcoder2" => (NormKind::Layer, "layer_norm_epsilon"),
        _ => (NormKind::Rms, "layer_norm_rms_epsilon"),
    };
    let key = format!("{architecture}.attention.{eps}");
    let eps = file.optional_float(&key)?.ok_or_else(|| file.fail(format!("its metadata lacks {key}")))?;
    Ok(NormConfig {
        kind,
        eps: eps as f32,
        before: architecture != "olmo2",
        after: matches!(architecture, "gemma2" | "gemma3" | "olmo2"),
    })
}

fn experts(file: &GgufFile, architecture: &str) -> Result<Option<ExpertsConfig>, LoadError> {
    let count = file.optional_number(&format!("{architecture}.expert_count"))?.unwrap_or(0);
    match architecture {
        "llama" | "qwen3moe" if count > 0 => {
            let used = file.number(&format!("{architecture}.expert_used_count"))?;
            if used == 0 || used > count {
                return Err(file.fail(format!("its shape is impossible: {used} of {count} experts are used")));
            }
            Ok(Some(ExpertsConfig { count, used, renormalized: true }))
        }
        "qwen3moe" => Err(file.fail("it is a mixture of experts, and has none (`qwen3moe.expert_count`)".into())),
        _ if count > 0 => {
            Err(file.fail(format!("it is a mixture of {count} experts, which {architecture} is not supported to be")))
        }
        _ => Ok(None),
    }
}

/// The window, and the layers that attend to everything beside it.
fn windows(file: &GgufFile, architecture: &str) -> Result<(Option<usize>, Layers), LoadError> {
    let number = |name: &str| file.optional_number(&format!("{architecture}.attention.{name}"));
    let window = number("sliding_window")?.filter(|window| *window > 0);
    match architecture {
        "gemma2" => Ok((window, Layers::Every(2))),
        "gemma3" => Ok((window, Layers::Every(number("sliding_window_pattern")?.unwrap_or(6)))),
        "phi3" | "starcoder2" => Ok((window, Layers::None)),
        "olmo2" if window.is_some() => {
            Err(file.fail("some of its layers have a window (olmo 3), which is not supported".into()))
        }
        _ => Ok((None, Layers::None)),
    }
}

/// Position encoding, and the context that it is good for.
fn rope(
    file: &GgufFile,
    architecture: &str,
    head_dim: usize,
    context: usize,
) -> Result<(RopeConfig, usize), LoadError> {
    let key = |name: &str| format!("{architecture}.rope.{name}");
    let dim = file.optional_number(&key("dimension_count"))?.unwrap_or(head_dim);
    if dim == 0 || dim > head_dim || !dim.is_multiple_of(2) {
        return Err(file.fail(format!("it rotates {dim} of {head_dim} dimensions of a head, which is impossible")));
    }
    let gemma3 = architecture == "gemma3";
    let local = file.optional_float(&key("freq_base_swa"))?.unwrap_or(10_000.0);
    let mut rope = RopeConfig {
        dim,
        base: file.optional_float(&key("freq_base"))?.unwrap_or(10_000.0),
        local_base: gemma3.then_some(local),
        scale: 1.0,
        interleaved: matches!(architecture, "llama" | "smollm3"),
        magnitude: file.optional_float(&key("scaling.attn_factor"))?.unwrap_or(1.0),
        skipped: if architecture == "smollm3" { Layers::Every(4) } else { Layers::None },
        factors: None,
    };
    let original = file.optional_number(&key("scaling.original_context_length"))?;
    match file.optional_string(&key("scaling.type"))?.unwrap_or("none") {
        "none" | "longrope" => {}
        "linear" => rope.scale = file.optional_float(&key("scaling.factor"))?.unwrap_or(1.0),
        "yarn" => {
            let yarn = yarn(file, architecture, original.unwrap_or(context))?;
            rope.factors = Some(yarn.factors(dim, rope.base).map_err(|why| file.fail(why))?);
            rope.magnitude *= yarn.magnitude(1.0);
            return Ok((rope, context.max(yarn.reach())));
        }
        other => {
            return Err(file.fail(format!(
                "it stretches positions by {other:?}, which is not supported: its answers would be wrong"
            )));
        }
    }
    // Long-context factors exist for phi3; the short ones are right up to the original length.
    let limit = original.filter(|_| architecture == "phi3");
    Ok((rope, limit.map_or(context, |limit| context.min(limit))))
}

fn yarn(file: &GgufFile, architecture: &str, original: usize) -> Result<Yarn, LoadError> {
    let key = |name: &str| format!("{architecture}.rope.scaling.{name}");
    for (name, plain) in [("yarn_ext_factor", 1.0), ("yarn_attn_factor", 1.0), ("yarn_log_multiplier", 0.0)] {
        if let Some(other) = file.optional_float(&key(name))?.filter(|value| *value != plain) {
            return Err(file.fail(format!("its {} is {other}, which is not supported", key(name))));
        }
    }
    let number = |name: &str| file.optional_float(&key(name));
    let Some(factor) = number("factor")? else {
        return Err(file.fail(format!("its metadata lacks {}", key("factor"))));
    };
    Ok(Yarn {
        factor,
        original: original as f64,
        fast: number("yarn_beta_fast")?.unwrap_or(32.0),
        slow: number("yarn_beta_slow")?.unwrap_or(1.0),
        whole: true,
    })
}
