//! Causal attention with grouped heads over key-value caches.

use super::{
    LoadError,
    checkpoint::Weights,
    config::Config,
    rope::Rotation,
    turn::Turn,
    weights::{Linear, Representation, optional_vector},
};
use candle_core::{DType, Device, Result, Tensor};

/// The attention of one block.
#[derive(Debug, Clone)]
pub struct Attention {
    qkv: Projections,
    output: Linear,
    q_norm: Option<Tensor>,
    k_norm: Option<Tensor>,
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    scale: f64,
    softcap: Option<f64>,
    eps: f32,
}

/// Query, key and value weights: apart, or in one matrix.
#[derive(Debug, Clone)]
enum Projections {
    Apart(Box<[Linear; 3]>),
    Fused(Linear),
}

impl Attention {
    /// Reads block `prefix` (`blk.N`).
    pub fn read(
        source: &mut dyn Weights,
        prefix: &str,
        config: &Config,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let mut linear = |name: &str| Linear::read(source, &format!("{prefix}.{name}"), held, device);
        let output = linear("attn_output")?;
        let qkv = if config.architecture == "phi3" {
            Projections::Fused(linear("attn_qkv")?)
        } else {
            Projections::Apart(Box::new([linear("attn_q")?, linear("attn_k")?, linear("attn_v")?]))
        };
        let mut norm = |name: &str| optional_vector(source, &format!("{prefix}.{name}.weight"), device);
        Ok(Self {
            qkv,
            output,
            q_norm: norm("attn_q_norm")?,
            k_norm: norm("attn_k_norm")?,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            scale: config.attention_scale,
            softcap: config.attention_softcap,
            eps: config.eps,
        })
    }

    /// `x` is `[tokens, hidden]`, the new tokens of all `turns` one after the other.
    ///
    /// Weights are multiplied with all of them at once; each sequence attends to its own cache.
    pub fn forward(&self, x: &Tensor, layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
        let [q, k, v] = self.project(x)?;
        let mut mixed = Vec::with_capacity(turns.len());
        let mut start = 0;
        for turn in turns {
            let rows = |x: &Tensor| x.narrow(0, start, turn.tokens);
            mixed.push(self.attend(&rows(&q)?, &rows(&k)?, &rows(&v)?, layer, turn)?);
            start += turn.tokens;
        }
        let mixed = if mixed.len() == 1 { mixed.remove(0) } else { Tensor::cat(&mixed, 0)? };
        self.output.forward(&mixed)
    }

    /// One sequence; everything is `[tokens, heads · head_dim]`.
    fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor, layer: usize, turn: &mut Turn<'_>) -> Result<Tensor> {
        let (rotation, mask) = turn.view(layer);
        let (rotation, mask) = (rotation.cloned(), mask.cloned());
        let tokens = turn.tokens;
        let q = self.heads_of(q, self.heads, self.q_norm.as_ref(), rotation.as_ref())?;
        let k = self.heads_of(k, self.kv_heads, self.k_norm.as_ref(), rotation.as_ref())?;
        let v = self.heads_of(v, self.kv_heads, None, None)?;
        let runs = turn.cache.extend(layer, &k, &v)?;

        // Query heads of a group share keys: they are stacked as rows instead of repeating the keys.
        let rows = self.heads / self.kv_heads * tokens;
        let q = (q * self.scale)?.contiguous()?.reshape((self.kv_heads, rows, self.head_dim))?;
        let score = |k: &Tensor| q.to_dtype(k.dtype())?.matmul(&k.transpose(1, 2)?)?.to_dtype(DType::F32);
        let scores = runs.iter().map(|(k, _)| score(k)).collect::<Result<Vec<_>>>()?;
        let mut scores = if let [only] = &scores[..] { only.clone() } else { Tensor::cat(&scores, 2)? };
        let seen = scores.dim(2)?;
        if let Some(cap) = self.softcap {
            scores = ((scores / cap)?.tanh()? * cap)?;
        }
        if let Some(mask) = mask {
            scores = scores.reshape((self.heads, tokens, seen))?.broadcast_add(&mask)?;
        }
        let weights = candle_nn::ops::softmax_last_dim(&scores)?.reshape((self.kv_heads, rows, seen))?;
        let mut mixed: Option<Tensor> = None;
        let mut start = 0;
        for (_, v) in &runs {
            let length = v.dim(1)?;
            let part = weights.narrow(2, start, length)?.to_dtype(v.dtype())?;
            // A GPU multiplies no part of a wider matrix.
            let part = if part.device().is_cpu() { part } else { part.contiguous()? };
            let part = part.matmul(v)?.to_dtype(DType::F32)?;
            mixed = Some(match mixed {
                Some(sum) => (sum + part)?,
                None => part,
            });
            start += length;
        }
        let Some(mixed) = mixed else { candle_core::bail!("an empty cache") };
        let mixed = mixed.reshape((self.heads, tokens, self.head_dim))?.transpose(0, 1)?;
        mixed.reshape((tokens, self.heads * self.head_dim))
    }

    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        match &self.qkv {
            Projections::Apart(qkv) => {
                let [q, k, v] = qkv.as_ref();
                Ok([q.forward(x)?, k.forward(x)?, v.forward(x)?])
            }
            Projections::Fused(qkv) => {
                let all = qkv.forward(x)?;
                let (q, kv) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
                Ok([all.narrow(1, 0, q)?, all.narrow(1, q, kv)?, all.narrow(1, q + kv, kv)?])
            }
        }
    }

    /// `[tokens, heads · head_dim]` to `[heads, tokens, head_dim]`, normalised and rotated.
    fn heads_of(&self, x: &Tensor, heads: usize, norm: Option<&Tensor>, rotation: Option<&Rotation>) -> Result<Tensor> {
        let tokens = x.dim(0)?;
        let mut x = x.reshape((tokens, heads, self.head_dim))?;
        if let Some(norm) = norm {
            x = candle_nn::ops::rms_norm(&x.contiguous()?, norm, self.eps)?;
        }
        let x = x.transpose(0, 1)?;
        match rotation {
            Some(rotation) => rotation.apply(&x),
            None => Ok(x),
        }
    }
}
