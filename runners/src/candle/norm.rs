//! What keeps activations in bounds between the parts of a block.

use super::{
    LoadError,
    checkpoint::Weights,
    config::{NormConfig, NormKind},
};
use candle_core::{Device, Result, Tensor};

/// A norm over the residual stream.
#[derive(Debug)]
pub struct Norm {
    weight: Tensor,
    /// Where the mean is taken out first: what is added in the end.
    bias: Option<Tensor>,
    eps: f32,
}

impl Norm {
    /// Reads `{name}.weight` and, where the family has it, `{name}.bias`.
    pub fn read(
        source: &mut dyn Weights,
        name: &str,
        config: &NormConfig,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let mut read = |part: &str| source.dense(&format!("{name}.{part}"), device);
        let bias = match config.kind {
            NormKind::Rms => None,
            NormKind::Layer => Some(read("bias")?),
        };
        Ok(Self { weight: read("weight")?, bias, eps: config.eps })
    }

    /// `x` is `[tokens, hidden]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.bias {
            Some(bias) => candle_nn::ops::layer_norm(x, &self.weight, bias, self.eps),
            None => candle_nn::ops::rms_norm(x, &self.weight, self.eps),
        }
    }
}
