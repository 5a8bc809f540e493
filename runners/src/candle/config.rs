//! The shape of a decoder.

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
    /// Norms over the residual stream.
    pub norm: NormConfig,
    /// Position encoding.
    pub rope: RopeConfig,
    /// Query, key and value are one matrix, and so are gate and up.
    pub fused: bool,
    /// The network of a block has a gate.
    pub gated: bool,
    /// It is activated by GELU (tanh) instead of SiLU.
    pub gelu: bool,
    /// Each token goes through some of several networks.
    pub experts: Option<ExpertsConfig>,
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

/// Norms over the residual stream.
#[derive(Debug, Clone)]
pub struct NormConfig {
    /// What they compute.
    pub kind: NormKind,
    /// Keeps them from dividing by 0.
    pub eps: f32,
    /// They stand before attention and before the network of a block.
    pub before: bool,
    /// They stand after both.
    pub after: bool,
}

/// What a norm computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// Divides by the root of the mean square.
    Rms,
    /// Takes out the mean, divides by the deviation, and adds a bias.
    Layer,
}

/// A mixture of experts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpertsConfig {
    /// Networks of a block.
    pub count: usize,
    /// Networks that a token goes through.
    pub used: usize,
    /// The shares of those that a token goes through are made to sum to 1.
    pub renormalized: bool,
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
    /// The window of a layer; `None`: it attends to everything before it.
    pub fn window_of(&self, layer: usize) -> Option<usize> {
        self.window.filter(|_| !self.global.contains(layer))
    }
}
