//! The new tokens of one sequence on their way through the blocks.

use super::{
    cache::KvCache,
    config::Config,
    rope::{Angles, Rope, Rotation},
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
    /// Of layers that attend to everything and, where it differs, of windowed ones.
    angles: (Angles, Option<Angles>),
    tensors: Option<Tensors>,
}

/// What tensor operations need.
struct Tensors {
    rotations: (Rotation, Option<Rotation>),
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
        let angles = (ropes.0.at(cached, tokens), ropes.1.map(|rope| rope.at(cached, tokens)));
        let tensors =
            if cache.is_for_kernels() { None } else { Some(Tensors::new(tokens, cached, config, &angles, device)?) };
        Ok(Self { tokens, cache, config, angles, tensors })
    }

    /// Whether attention is computed by kernels of our own.
    pub fn is_for_kernels(&self) -> bool {
        self.tensors.is_none()
    }

    /// How many tokens each looks back at in a layer; `None`: all.
    pub fn window(&self, layer: usize) -> Option<usize> {
        self.config.window_of(layer)
    }

    /// The positions of a layer that has any.
    pub fn angles(&self, layer: usize) -> Option<&Angles> {
        let (full, windowed) = &self.angles;
        self.is_placed(layer).then(|| windowed.as_ref().filter(|_| self.window(layer).is_some()).unwrap_or(full))
    }

    /// The positions and the mask of a layer, for tensors.
    pub fn view(&self, layer: usize) -> (Option<&Rotation>, Option<&Tensor>) {
        let Some(tensors) = &self.tensors else { return (None, None) };
        let is_windowed = self.window(layer).is_some();
        let (full, windowed) = &tensors.rotations;
        let rotation = windowed.as_ref().filter(|_| is_windowed).unwrap_or(full);
        let mask = if is_windowed { &tensors.windowed } else { &tensors.full };
        (self.is_placed(layer).then_some(rotation), mask.as_ref())
    }

    fn is_placed(&self, layer: usize) -> bool {
        !self.config.rope.skipped.contains(layer)
    }
}

impl Tensors {
    fn new(
        tokens: usize,
        cached: usize,
        config: &Config,
        angles: &(Angles, Option<Angles>),
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            rotations: (angles.0.on(device)?, angles.1.as_ref().map(|angles| angles.on(device)).transpose()?),
            full: mask(tokens, cached, None, device)?,
            windowed: if config.window.is_some() { mask(tokens, cached, config.window, device)? } else { None },
        })
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
