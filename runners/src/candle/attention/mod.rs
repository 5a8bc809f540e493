//! Causal attention with grouped heads over key-value caches.

mod host;
mod tensors;

use super::{
    LoadError,
    checkpoint::Weights,
    config::Config,
    turn::Turn,
    weights::{Linear, Representation, optional_vector},
};
use candle_core::{Device, Result, Tensor};

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
        let qkv = if config.fused {
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
            eps: config.norm.eps,
        })
    }

    /// `x` is `[tokens, hidden]`, the new tokens of all `turns` one after the other.
    ///
    /// Weights are multiplied with all of them at once; each sequence attends to its own cache.
    pub fn forward(&self, x: &Tensor, layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
        let [q, k, v] = self.project(x)?;
        let (q, k) = (normed(q, self.q_norm.as_ref(), self.eps)?, normed(k, self.k_norm.as_ref(), self.eps)?);
        let mixed = if turns.iter().all(Turn::is_for_kernels) {
            host::attend(self, [&q, &k, &v], layer, turns)?
        } else {
            tensors::attend(self, [&q, &k, &v], layer, turns)?
        };
        self.output.forward(&mixed)
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
}

/// Queries or keys of all heads, normalised where the family does so.
fn normed(x: Tensor, norm: Option<&Tensor>, eps: f32) -> Result<Tensor> {
    let Some(norm) = norm else { return Ok(x) };
    // As wide as one head, or as all of them together (olmo 2).
    let rows = x.contiguous()?.reshape(((), norm.dim(0)?))?;
    candle_nn::ops::rms_norm(&rows, norm, eps)?.reshape(x.shape())
}

/// Whether attention is computed by kernels of our own.
pub fn by_kernels(device: &Device) -> bool {
    device.is_cpu() && eval_kernels::available()
}
