//! One block of a decoder: attention, then a network for each token, each added to the residual stream.

use super::{
    LoadError, attention::Attention, checkpoint::Weights, config::Config, feed_forward::FeedForward, norm::Norm,
    turn::Turn, weights::Representation,
};
use candle_core::{Device, Result, Tensor};

/// A block with its weights.
#[derive(Debug)]
pub struct Block {
    attention_norm: Option<Norm>,
    attention: Attention,
    post_attention_norm: Option<Norm>,
    ffn_norm: Option<Norm>,
    feed_forward: FeedForward,
    post_ffn_norm: Option<Norm>,
}

impl Block {
    /// Reads block `prefix` (`blk.N`).
    pub fn read(
        source: &mut dyn Weights,
        prefix: &str,
        config: &Config,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let attention = Attention::read(source, prefix, config, held, device)?;
        let feed_forward = FeedForward::read(source, prefix, config, held, device)?;
        let mut norm = |there: bool, name: &str| {
            there.then(|| Norm::read(source, &format!("{prefix}.{name}"), &config.norm, device)).transpose()
        };
        Ok(Self {
            attention_norm: norm(config.norm.before, "attn_norm")?,
            attention,
            post_attention_norm: norm(config.norm.after, "post_attention_norm")?,
            ffn_norm: norm(config.norm.before, "ffn_norm")?,
            feed_forward,
            post_ffn_norm: norm(config.norm.after, "post_ffw_norm")?,
        })
    }

    /// `x` is `[tokens, hidden]`, the new tokens of all `turns` one after the other.
    pub fn forward(&self, x: &Tensor, layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
        let attended = self.attention.forward(&normed(x, &self.attention_norm)?, layer, turns)?;
        let x = (x + normed(&attended, &self.post_attention_norm)?)?;
        let fed = self.feed_forward.forward(&normed(&x, &self.ffn_norm)?)?;
        x + normed(&fed, &self.post_ffn_norm)?
    }
}

fn normed(x: &Tensor, norm: &Option<Norm>) -> Result<Tensor> {
    match norm {
        Some(norm) => norm.forward(x),
        None => Ok(x.clone()),
    }
}
