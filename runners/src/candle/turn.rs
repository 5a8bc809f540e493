//! The new tokens of one sequence on their way through the blocks.

use super::{
    cache::KvCache,
    config::Config,
    rope::{Rope, Rotation},
};
use candle_core::{Device, Result, Tensor};

/// What attention needs to know of a sequence's new tokens: the cache they follow, their positions, and where they may
/// look.
pub struct Turn<'a> {
    /// How many tokens are new.
    pub tokens: usize,
    /// What was read before.
    pub cache: &'a mut KvCache,
    config: &'a Config,
    rotation: Rotation,
    local: Option<Rotation>,
    full: Option<Tensor>,
    windowed: Option<Tensor>,
}

impl<'a> Turn<'a> {
    /// `ropes` are those of layers that attend to everything and, where it differs, of windowed ones.
    pub fn new(
        tokens: usize,
        cache: &'a mut KvCache,
        config: &'a Config,
        ropes: (&Rope, Option<&Rope>),
        device: &Device,
    ) -> Result<Self> {
        let cached = cache.length();
        Ok(Self {
            tokens,
            cache,
            config,
            rotation: ropes.0.at(cached, tokens, device)?,
            local: ropes.1.map(|rope| rope.at(cached, tokens, device)).transpose()?,
            full: mask(tokens, cached, None, device)?,
            windowed: if config.window.is_some() { mask(tokens, cached, config.window, device)? } else { None },
        })
    }

    /// The positions and the mask of a layer.
    pub fn view(&self, layer: usize) -> (Option<&Rotation>, Option<&Tensor>) {
        let windowed = self.config.window_of(layer).is_some();
        let unplaced = self.config.rope.skipped.contains(layer);
        let rotation = match &self.local {
            _ if unplaced => None,
            Some(local) if windowed => Some(local),
            _ => Some(&self.rotation),
        };
        (rotation, if windowed { self.windowed.as_ref() } else { self.full.as_ref() })
    }
}

/// The mask of `tokens` new tokens after `cached` ones: 0 where a token may look, −∞ elsewhere; `None` where every token
/// may look at everything.
fn mask(tokens: usize, cached: usize, window: Option<usize>, device: &Device) -> Result<Option<Tensor>> {
    let seen = cached + tokens;
    if tokens == 1 && window.is_none_or(|window| seen <= window) {
        return Ok(None);
    }
    let may_look = |from: usize, to: usize| to <= from && window.is_none_or(|window| from - to < window);
    let values: Vec<f32> = (cached..seen)
        .flat_map(|from| (0..seen).map(move |to| if may_look(from, to) { 0.0 } else { f32::NEG_INFINITY }))
        .collect();
    Tensor::from_vec(values, (tokens, seen), device).map(Some)
}
