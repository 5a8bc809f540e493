//! Rotary position embedding (Su et al., arXiv 2104.09864).

use super::config::RopeConfig;
use candle_core::{Device, Result, Tensor};

/// The frequencies of one base.
#[derive(Debug, Clone)]
pub struct Rope {
    inverse_frequencies: Vec<f64>,
    dim: usize,
    interleaved: bool,
    magnitude: f64,
}

/// Cosine and sine of a run of positions, each `[positions, dim / 2]`.
#[derive(Debug)]
pub struct Angles {
    cos: Vec<f32>,
    sin: Vec<f32>,
    dim: usize,
    interleaved: bool,
}

/// The same as tensors.
#[derive(Debug, Clone)]
pub struct Rotation {
    cos: Tensor,
    sin: Tensor,
    dim: usize,
    interleaved: bool,
}

impl Rope {
    /// `factors`, where the file has them, divide the frequencies one by one (llama 3, phi 3).
    pub fn new(config: &RopeConfig, base: f64, scale: f64, factors: Option<&[f32]>) -> Self {
        let half = config.dim / 2;
        let inverse_frequencies = (0..half)
            .map(|i| {
                let factor = factors.and_then(|f| f.get(i)).map_or(1.0, |f| f64::from(*f));
                base.powf(-2.0 * i as f64 / config.dim as f64) / factor / scale
            })
            .collect();
        Self { inverse_frequencies, dim: config.dim, interleaved: config.interleaved, magnitude: config.magnitude }
    }

    /// The angles of `count` positions from `start`.
    pub fn at(&self, start: usize, count: usize) -> Angles {
        let half = self.inverse_frequencies.len();
        let mut cos = Vec::with_capacity(count * half);
        let mut sin = Vec::with_capacity(count * half);
        for position in start..start + count {
            for frequency in &self.inverse_frequencies {
                let (s, c) = (position as f64 * frequency).sin_cos();
                cos.push((c * self.magnitude) as f32);
                sin.push((s * self.magnitude) as f32);
            }
        }
        Angles { cos, sin, dim: self.dim, interleaved: self.interleaved }
    }
}

impl Angles {
    /// Rotates `x`, `[positions, heads · head_dim]`, where it lies.
    pub fn rotate(&self, x: &mut [f32], heads: usize, head_dim: usize) {
        let half = self.dim / 2;
        let angles = self.cos.chunks_exact(half).zip(self.sin.chunks_exact(half));
        for (token, (cos, sin)) in x.chunks_exact_mut(heads * head_dim).zip(angles) {
            for head in token.chunks_exact_mut(head_dim) {
                if self.interleaved {
                    for ((pair, cos), sin) in head.as_chunks_mut::<2>().0.iter_mut().zip(cos).zip(sin) {
                        *pair = [pair[0] * cos - pair[1] * sin, pair[0] * sin + pair[1] * cos];
                    }
                } else {
                    let (first, second) = head[..self.dim].split_at_mut(half);
                    for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(cos).zip(sin) {
                        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
                    }
                }
            }
        }
    }

    /// The same for tensors.
    pub fn on(&self, device: &Device) -> Result<Rotation> {
        let tensor = |values: &[f32]| {
            let half = self.dim / 2;
            Tensor::from_vec(values.to_vec(), (values.len() / half, half), device)
        };
        let (cos, sin) = (tensor(&self.cos)?, tensor(&self.sin)?);
        Ok(Rotation { cos, sin, dim: self.dim, interleaved: self.interleaved })
    }
}

impl Rotation {
    /// Rotates `x`, `[heads, positions, head_dim]`.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let head_dim = x.dim(2)?;
        if head_dim == self.dim {
            return self.rotate(x);
        }
        let turned = self.rotate(&x.narrow(2, 0, self.dim)?)?;
        Tensor::cat(&[&turned, &x.narrow(2, self.dim, head_dim - self.dim)?], 2)
    }

    fn rotate(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.unsqueeze(0)?.contiguous()?;
        let turned = if self.interleaved {
            candle_nn::rotary_emb::rope_i(&x, &self.cos, &self.sin)?
        } else {
            candle_nn::rotary_emb::rope(&x, &self.cos, &self.sin)?
        };
        turned.squeeze(0)
    }
}
