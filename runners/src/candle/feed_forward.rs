//! What a block does with each token after attention: one network, or a few of many.

use super::{
    LoadError,
    attention::by_kernels,
    checkpoint::Weights,
    config::Config,
    mixture::Mixture,
    weights::{Linear, Representation},
};
use candle_core::{Device, Result, Tensor};

/// The part of a block that looks at one token at a time.
#[derive(Debug)]
pub enum FeedForward {
    /// The same for every token.
    One(Network),
    /// Each token chooses.
    Mixture(Mixture),
}

impl FeedForward {
    /// Reads that of block `prefix` (`blk.N`).
    pub fn read(
        source: &mut dyn Weights,
        prefix: &str,
        config: &Config,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        match &config.experts {
            Some(experts) => Ok(Self::Mixture(Mixture::read(source, prefix, config, experts, held, device)?)),
            None => Ok(Self::One(Network::read(source, prefix, "", config, held, device)?)),
        }
    }

    /// `x` is `[tokens, hidden]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::One(network) => network.forward(x),
            Self::Mixture(mixture) => mixture.forward(x),
        }
    }
}

/// A network with one inner layer.
#[derive(Debug)]
pub struct Network {
    inner: Inner,
    down: Linear,
    gelu: bool,
}

/// How the inner layer is made.
#[derive(Debug)]
enum Inner {
    /// One product, activated, times another.
    Gated { gate: Linear, up: Linear },
    /// The same with both in one matrix, the gate first.
    Fused(Linear),
    /// One product, activated.
    Plain(Linear),
}

impl Network {
    /// Reads `{prefix}.ffn_up{of}` and its like; `of` is empty or names an expert (`.3`).
    pub fn read(
        source: &mut dyn Weights,
        prefix: &str,
        of: &str,
        config: &Config,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let mut linear = |name: &str| Linear::read(source, &format!("{prefix}.{name}{of}"), held, device);
        let up = linear("ffn_up")?;
        let inner = match (config.gated, config.fused) {
            (true, false) => Inner::Gated { gate: linear("ffn_gate")?, up },
            (true, true) => Inner::Fused(up),
            (false, _) => Inner::Plain(up),
        };
        Ok(Self { inner, down: linear("ffn_down")?, gelu: config.gelu })
    }

    /// `x` is `[tokens, hidden]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let inner = match &self.inner {
            Inner::Gated { gate, up } => self.gated(&gate.forward(x)?, &up.forward(x)?)?,
            Inner::Fused(both) => {
                let both = both.forward(x)?;
                let half = both.dim(1)? / 2;
                self.gated(&both.narrow(1, 0, half)?, &both.narrow(1, half, half)?)?
            }
            Inner::Plain(up) => self.activated(&up.forward(x)?)?,
        };
        self.down.forward(&inner)
    }

    fn gated(&self, gate: &Tensor, up: &Tensor) -> Result<Tensor> {
        if self.gelu || !by_kernels(gate.device()) {
            return self.activated(&gate.contiguous()?)? * up.contiguous()?;
        }
        let mut product = gate.flatten_all()?.to_vec1()?;
        eval_kernels::silu_times(&mut product, &up.flatten_all()?.to_vec1()?);
        Tensor::from_vec(product, gate.shape(), gate.device())
    }

    fn activated(&self, x: &Tensor) -> Result<Tensor> {
        if self.gelu { x.gelu() } else { candle_nn::ops::silu(x) }
    }
}
