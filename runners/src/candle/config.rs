//! The shape of a decoder, and how it is read from GGUF metadata.

use super::{LoadError, gguf::GgufFile};

/// The families that the decoder knows, by `general.architecture`.
pub const ARCHITECTURES: [&str; 8] = ["llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "smollm3"];

/// Everything that distinguishes one decoder from another.
#[derive(Debug, Clone)]
pub struct Config {
    /// `general.architecture`.
    pub architecture: String,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Tokens that the model was made for.
    pub context: usize,
    /// Of the RMS norms.
    pub eps: f32,
    /// Position encoding.
    pub rope: RopeConfig,
    /// The gate uses GELU (tanh) instead of SiLU.
    pub gelu: bool,
    /// Attention looks back this many tokens in windowed layers.
    pub window: Option<usize>,
    /// Layers that attend to everything even if there is a window.
    pub global: Layers,
    /// Scores are multiplied by it.
    pub attention_scale: f64,
    /// `tanh` cap on attention scores.
    pub attention_softcap: Option<f64>,
    /// `tanh` cap on logits.
    pub final_softcap: Option<f64>,
    /// Embeddings are multiplied by it.
    pub embedding_scale: Option<f64>,
}

/// Position encoding.
#[derive(Debug, Clone)]
pub struct RopeConfig {
    /// Rotated dimensions of a head.
    pub dim: usize,
    /// Base of the frequencies.
    pub base: f64,
    /// Base in windowed layers, where it differs.
    pub local_base: Option<f64>,
    /// Positions are divided by it (linear scaling).
    pub scale: f64,
    /// Whether neighbours are rotated together (llama as GGUF stores it) or the halves of a head.
    pub interleaved: bool,
    /// Cosine and sine are multiplied by it (longrope).
    pub magnitude: f64,
    /// Layers that have no position encoding.
    pub skipped: Layers,
    /// The frequencies are divided by them, where they do not lie beside the weights.
    pub factors: Option<Vec<f32>>,
}

/// Some of the layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layers {
    /// None of them.
    None,
    /// The n-th, the 2n-th and so on.
    Every(usize),
    /// Those that are true; layers past the list are not of them.
    Listed(Vec<bool>),
}

impl Layers {
    /// Whether a layer, counted from 0, is of them.
    pub fn contains(&self, layer: usize) -> bool {
        match self {
            Self::None => false,
            Self::Every(n) => *n > 0 && (layer + 1).is_multiple_of(*n),
            Self::Listed(listed) => listed.get(layer).copied().unwrap_or(false),
        }
    }
}

impl Config {
    /// Reads the shape; an architecture, or a setting of it, that the decoder would get wrong is an error.
    pub fn read(file: &GgufFile) -> Result<Self, LoadError> {
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
        let eps = file
            .optional_float(&key("attention.layer_norm_rms_epsilon"))?
            .ok_or_else(|| file.fail(format!("its metadata lacks {}", key("attention.layer_norm_rms_epsilon"))))?;
        if heads == 0 || kv_heads == 0 || !heads.is_multiple_of(kv_heads) || layers == 0 || hidden == 0 || context == 0
        {
            return Err(file.fail(format!(
                "its shape is impossible: {layers} layers, {hidden} wide, {heads} heads over {kv_heads}, context {context}"
            )));
        }
        let head_dim = file.optional_number(&key("attention.key_length"))?.unwrap_or(hidden / heads);
        if file.optional_number(&key("attention.value_length"))?.is_some_and(|v| v != head_dim) {
            return Err(file.fail("its value heads are not as wide as its key heads, which is not supported".into()));
        }
        if file.optional_number(&key("expert_count"))?.unwrap_or(0) > 0 {
            return Err(file.fail("it is a mixture of experts, which is not supported yet".into()));
        }
        let rope = RopeConfig::read(file, &architecture, head_dim)?;
        // Long-context factors exist for phi3; the short ones are right up to the original length.
        let original = file.optional_number(&key("rope.scaling.original_context_length"))?;
        let context = match original {
            Some(original) if architecture == "phi3" => context.min(original),
            _ => context,
        };
        // Only 27B models of gemma 2 and 3 scale by the width per head instead of the head's own width.
        let wide = gemma && matches!((architecture.as_str(), layers), ("gemma2", 46) | ("gemma3", 62));
        let scaled_by = if wide { hidden / heads } else { head_dim };
        Ok(Self {
            hidden,
            layers,
            heads,
            kv_heads,
            head_dim,
            context,
            eps: eps as f32,
            rope,
            gelu: gemma,
            global: match architecture.as_str() {
                "gemma2" => Layers::Every(2),
                "gemma3" => Layers::Every(file.optional_number(&key("attention.sliding_window_pattern"))?.unwrap_or(6)),
                _ => Layers::None,
            },
            window: match architecture.as_str() {
                "gemma2" | "gemma3" | "phi3" => {
                    file.optional_number(&key("attention.sliding_window"))?.filter(|window| *window > 0)
                }
                _ => None,
            },
            attention_scale: 1.0 / (scaled_by as f64).sqrt(),
            attention_softcap: file.optional_float(&key("attn_logit_softcapping"))?,
            final_softcap: file.optional_float(&key("final_logit_softcapping"))?,
            embedding_scale: gemma.then(|| (hidden as f64).sqrt()),
            architecture,
        })
    }

    /// The window of a layer; `None`: it attends to everything before it.
    pub fn window_of(&self, layer: usize) -> Option<usize> {
        self.window.filter(|_| !self.global.contains(layer))
    }
}

impl RopeConfig {
    fn read(file: &GgufFile, architecture: &str, head_dim: usize) -> Result<Self, LoadError> {
        let key = |name: &str| format!("{architecture}.rope.{name}");
        let scaling = file.optional_string(&key("scaling.type"))?.unwrap_or("none");
        let factor = file.optional_float(&key("scaling.factor"))?;
        let scale = match scaling {
            "none" | "longrope" => 1.0,
            "linear" => factor.unwrap_or(1.0),
            other => {
                return Err(file.fail(format!(
                    "it stretches positions by {other:?}, which is not supported: its answers would be wrong"
                )));
            }
        };
        let dim = file.optional_number(&key("dimension_count"))?.unwrap_or(head_dim);
        if dim == 0 || dim > head_dim || !dim.is_multiple_of(2) {
            return Err(file.fail(format!("it rotates {dim} of {head_dim} dimensions of a head, which is impossible")));
        }
        let base = file.optional_float(&key("freq_base"))?.unwrap_or(10_000.0);
        let gemma3 = architecture == "gemma3";
        let local = file.optional_float(&key("freq_base_swa"))?.unwrap_or(10_000.0);
        Ok(Self {
            dim,
            base,
            local_base: gemma3.then_some(local),
            scale,
            interleaved: matches!(architecture, "llama" | "smollm3"),
            magnitude: file.optional_float(&key("scaling.attn_factor"))?.unwrap_or(1.0),
            skipped: if architecture == "smollm3" { Layers::Every(4) } else { Layers::None },
            factors: None,
        })
    }
}
