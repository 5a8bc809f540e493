//! A mixture of experts (Shazeer et al., arXiv 1701.06538): each token goes through a few of many networks.

use super::{
    LoadError,
    checkpoint::Weights,
    config::{Config, ExpertsConfig},
    feed_forward::Network,
    weights::{Linear, Representation},
};
use candle_core::{Device, Result, Tensor};

/// The networks of one block, and what chooses among them.
#[derive(Debug)]
pub struct Mixture {
    router: Linear,
    experts: Vec<Network>,
    used: usize,
    renormalized: bool,
}

/// Who goes where.
struct Routes {
    /// The tokens of each expert.
    tokens: Vec<Vec<u32>>,
    /// For each token in turn the experts that it chose, with its place among their tokens.
    places: Vec<(usize, usize)>,
    /// For each token in turn what their results are multiplied by.
    shares: Vec<f32>,
}

impl Mixture {
    /// Reads that of block `prefix` (`blk.N`).
    pub fn read(
        source: &mut dyn Weights,
        prefix: &str,
        config: &Config,
        experts: &ExpertsConfig,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        Ok(Self {
            router: Linear::read(source, &format!("{prefix}.ffn_gate_inp"), held.exact(), device)?,
            experts: (0..experts.count)
                .map(|expert| Network::read(source, prefix, &format!(".{expert}"), config, held, device))
                .collect::<std::result::Result<_, _>>()?,
            used: experts.used,
            renormalized: experts.renormalized,
        })
    }

    /// `x` is `[tokens, hidden]`. An expert reads the tokens that chose it at once; a token's result does not depend on
    /// the others.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (tokens, hidden) = x.dims2()?;
        let chances = candle_nn::ops::softmax_last_dim(&self.router.forward(x)?)?;
        let routes = self.route(&chances.to_vec2()?);
        let mut results = Vec::with_capacity(self.experts.len());
        let mut starts = Vec::with_capacity(self.experts.len());
        let mut start = 0;
        for (expert, tokens) in self.experts.iter().zip(&routes.tokens) {
            starts.push(start);
            start += tokens.len();
            if !tokens.is_empty() {
                results.push(expert.forward(&x.index_select(&Tensor::new(&tokens[..], x.device())?, 0)?)?);
            }
        }
        let rows = routes.places.iter().map(|(expert, place)| (starts[*expert] + place) as u32);
        let results = Tensor::cat(&results, 0)?.index_select(&Tensor::from_iter(rows, x.device())?, 0)?;
        let shares = Tensor::from_vec(routes.shares, (tokens, self.used, 1), x.device())?;
        results.reshape((tokens, self.used, hidden))?.broadcast_mul(&shares)?.sum(1)
    }

    /// Each token chooses the experts that the router finds likeliest.
    fn route(&self, chances: &[Vec<f32>]) -> Routes {
        let choices = chances.len() * self.used;
        let mut routes = Routes {
            tokens: vec![Vec::new(); self.experts.len()],
            places: Vec::with_capacity(choices),
            shares: Vec::with_capacity(choices),
        };
        for (token, chances) in chances.iter().enumerate() {
            let mut order: Vec<usize> = (0..chances.len()).collect();
            order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
            order.truncate(self.used);
            let chosen: f32 = order.iter().map(|expert| chances[*expert]).sum();
            for expert in order {
                routes.places.push((expert, routes.tokens[expert].len()));
                routes.tokens[expert].push(token as u32);
                routes.shares.push(if self.renormalized { chances[expert] / chosen } else { chances[expert] });
            }
        }
        routes
    }
}
