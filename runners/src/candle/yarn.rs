//! Positions stretched pair by pair (YaRN: Peng et al., arXiv 2309.00071).

use std::f64::consts::TAU;

/// How far, and which pairs of a head's dimensions take part.
#[derive(Debug, Clone)]
pub struct Yarn {
    /// How many times longer the context becomes.
    pub factor: f64,
    /// Tokens that the model was first made for.
    pub original: f64,
    /// Pairs that turn more often than this over the original context stay as they are.
    pub fast: f64,
    /// Pairs that turn less often than this are slowed by the whole factor.
    pub slow: f64,
    /// Whether the way between the two begins and ends at whole pairs.
    pub whole: bool,
}

impl Yarn {
    /// What divides the frequency of each pair; what makes no sense is an error.
    pub fn factors(&self, dim: usize, base: f64) -> Result<Vec<f32>, String> {
        let Self { factor, original, fast, slow, whole } = self;
        if !(*factor > 0.0 && *original > 0.0 && *slow > 0.0 && fast > slow && base > 1.0) {
            return Err(format!(
                "its YaRN scaling is impossible: {original} tokens times {factor}, turns from {slow} to {fast}, base {base}"
            ));
        }
        let pair_that_turns = |times: f64| dim as f64 * (original / (times * TAU)).ln() / (2.0 * base.ln());
        let (mut first, mut last) = (pair_that_turns(*fast), pair_that_turns(*slow));
        if *whole {
            (first, last) = (first.floor(), last.ceil());
        }
        (first, last) = (first.max(0.0), last.min(dim as f64 - 1.0));
        let way = if first == last { 0.001 } else { last - first };
        let of_pair = |pair: usize| {
            let slowed = ((pair as f64 - first) / way).clamp(0.0, 1.0);
            (1.0 / (slowed / factor + 1.0 - slowed)) as f32
        };
        Ok((0..dim / 2).map(of_pair).collect())
    }

    /// What cosine and sine are multiplied by; `scale` is 1 unless the model says otherwise.
    pub fn magnitude(&self, scale: f64) -> f64 {
        if self.factor <= 1.0 { 1.0 } else { 0.1 * scale * self.factor.ln() + 1.0 }
    }

    /// Tokens that the stretched positions are good for.
    pub fn reach(&self) -> usize {
        (self.factor * self.original) as usize
    }
}
