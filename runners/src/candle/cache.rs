//! Keys and values of the tokens read so far.

use super::config::Config;
use candle_core::{DType, Device, Result, Tensor};
use std::sync::Arc;

/// The cache of one sequence: tokens it may share with others, which are never written again, and its own.
#[derive(Debug)]
pub struct KvCache {
    shared: Option<Arc<KvCache>>,
    layers: Vec<(Tensor, Tensor)>,
    own: usize,
    capacity: usize,
}

/// Keys and values of a run of tokens, `[kv_heads, tokens, head_dim]` each.
pub type KeysValues = (Tensor, Tensor);

impl KvCache {
    /// Room for `capacity` tokens; per layer `[kv_heads, capacity, head_dim]` twice.
    pub fn new(config: &Config, capacity: usize, dtype: DType, device: &Device) -> Result<Self> {
        let shape = (config.kv_heads, capacity, config.head_dim);
        let zeros = || Tensor::zeros(shape, dtype, device);
        let layers = (0..config.layers).map(|_| Ok((zeros()?, zeros()?))).collect::<Result<_>>()?;
        Ok(Self { shared: None, layers, own: 0, capacity })
    }

    /// A cache that begins with the tokens of `shared` and has room for `capacity` of its own.
    pub fn after(
        shared: Arc<KvCache>,
        config: &Config,
        capacity: usize,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self { shared: Some(shared), ..Self::new(config, capacity, dtype, device)? })
    }

    /// Tokens held, the shared ones included.
    pub fn length(&self) -> usize {
        self.own + self.shared.as_ref().map_or(0, |shared| shared.length())
    }

    /// As what keys and values are held.
    pub fn dtype(&self) -> DType {
        self.layers.first().map_or(DType::F32, |(k, _)| k.dtype())
    }

    /// Bytes of a cache of `tokens` of its own.
    pub fn bytes(config: &Config, tokens: usize, dtype: DType) -> usize {
        config.layers * 2 * config.kv_heads * tokens * config.head_dim * dtype.size_in_bytes()
    }

    /// Stores the keys and values of new tokens in a layer, `[kv_heads, tokens, head_dim]` each, and gives back all of
    /// that layer's, those of each shared cache in a run of their own. The length grows when all layers are done, by [`KvCache::advance`].
    pub fn extend(&mut self, layer: usize, k: &Tensor, v: &Tensor) -> Result<Vec<KeysValues>> {
        let end = self.own + k.dim(1)?;
        if end > self.capacity {
            candle_core::bail!("the cache holds {} tokens, {end} were asked of it", self.capacity);
        }
        let (own_k, own_v) = &self.layers[layer];
        own_k.slice_set(&k.to_dtype(own_k.dtype())?.contiguous()?, 1, self.own)?;
        own_v.slice_set(&v.to_dtype(own_v.dtype())?.contiguous()?, 1, self.own)?;
        let mut runs = Vec::with_capacity(2);
        if let Some(shared) = &self.shared {
            shared.held(layer, &mut runs)?;
        }
        runs.push((own_k.narrow(1, 0, end)?, own_v.narrow(1, 0, end)?));
        Ok(runs)
    }

    /// What was stored in a layer, the shared before its own.
    fn held(&self, layer: usize, runs: &mut Vec<KeysValues>) -> Result<()> {
        if let Some(shared) = &self.shared {
            shared.held(layer, runs)?;
        }
        let (k, v) = &self.layers[layer];
        runs.push((k.narrow(1, 0, self.own)?, v.narrow(1, 0, self.own)?));
        Ok(())
    }

    /// Goes back to the length that it had before tokens that were not to be.
    pub fn rewind(&mut self, length: usize) {
        self.own -= self.length().saturating_sub(length).min(self.own);
    }

    /// Counts tokens that every layer has stored.
    pub fn advance(&mut self, tokens: usize) {
        self.own += tokens;
    }
}
