//! Keys and values of the tokens read so far.

use super::{attention::by_kernels, config::Config};
use candle_core::{DType, Device, Result, Tensor};
use eval_kernels::{Held, Precision, Run};
use std::sync::Arc;

/// The cache of one sequence: tokens it may share with others, which are never written again, and its own.
#[derive(Debug)]
pub struct KvCache {
    shared: Option<Arc<KvCache>>,
    layers: Layers,
    own: usize,
    capacity: usize,
}

/// What is held of each layer.
#[derive(Debug)]
enum Layers {
    /// For our own kernels.
    Host(Vec<Held>),
    /// For tensor operations: `[kv_heads, capacity, head_dim]` twice.
    Tensors(Vec<KeysValues>),
}

/// Keys and values of a run of tokens, `[kv_heads, tokens, head_dim]` each.
pub type KeysValues = (Tensor, Tensor);

impl KvCache {
    /// Room for `capacity` tokens.
    pub fn new(config: &Config, capacity: usize, dtype: DType, device: &Device) -> Result<Self> {
        let layers = if is_for_kernels(dtype, device) {
            let held = |_| Held::new(config.kv_heads, config.head_dim, capacity, precision(dtype));
            Layers::Host((0..config.layers).map(held).collect())
        } else {
            let zeros = || Tensor::zeros((config.kv_heads, capacity, config.head_dim), dtype, device);
            Layers::Tensors((0..config.layers).map(|_| Ok((zeros()?, zeros()?))).collect::<Result<_>>()?)
        };
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

    /// Bytes of a cache of `tokens` of its own.
    pub fn bytes(config: &Config, tokens: usize, dtype: DType, device: &Device) -> usize {
        let (heads, dim) = (config.kv_heads, config.head_dim);
        config.layers
            * match is_for_kernels(dtype, device) {
                true => Held::bytes(heads, dim, tokens, precision(dtype)),
                false => 2 * heads * dim * tokens * dtype.size_in_bytes(),
            }
    }

    /// Writes the keys and values of new tokens into a layer, `[tokens, kv_heads · head_dim]` each. The length grows when
    /// all layers are done, by [`KvCache::advance`].
    pub fn write(&mut self, layer: usize, k: &[f32], v: &[f32], tokens: usize) -> Result<()> {
        self.room_for(tokens)?;
        let Layers::Host(layers) = &mut self.layers else { candle_core::bail!("this cache is one of tensors") };
        layers[layer].write(self.own, k, v);
        Ok(())
    }

    /// What was written into a layer, that of each shared cache in a run of its own, and `new` tokens that are not
    /// counted yet.
    pub fn runs<'a>(&'a self, layer: usize, new: usize, runs: &mut Vec<Run<'a>>) -> Result<()> {
        if let Some(shared) = &self.shared {
            shared.runs(layer, 0, runs)?;
        }
        let Layers::Host(layers) = &self.layers else { candle_core::bail!("this cache is one of tensors") };
        runs.push(Run { held: &layers[layer], length: self.own + new });
        Ok(())
    }

    /// As [`KvCache::write`] and [`KvCache::runs`] for tensors, `[kv_heads, tokens, head_dim]` each.
    pub fn extend(&mut self, layer: usize, k: &Tensor, v: &Tensor) -> Result<Vec<KeysValues>> {
        let tokens = k.dim(1)?;
        self.room_for(tokens)?;
        let Layers::Tensors(layers) = &self.layers else { candle_core::bail!("this cache is one of kernels") };
        let (own_k, own_v) = &layers[layer];
        own_k.slice_set(&k.to_dtype(own_k.dtype())?.contiguous()?, 1, self.own)?;
        own_v.slice_set(&v.to_dtype(own_v.dtype())?.contiguous()?, 1, self.own)?;
        let mut runs = Vec::with_capacity(2);
        self.held(layer, tokens, &mut runs)?;
        Ok(runs)
    }

    fn held(&self, layer: usize, new: usize, runs: &mut Vec<KeysValues>) -> Result<()> {
        if let Some(shared) = &self.shared {
            shared.held(layer, 0, runs)?;
        }
        let Layers::Tensors(layers) = &self.layers else { candle_core::bail!("this cache is one of kernels") };
        let (k, v) = &layers[layer];
        runs.push((k.narrow(1, 0, self.own + new)?, v.narrow(1, 0, self.own + new)?));
        Ok(())
    }

    fn room_for(&self, tokens: usize) -> Result<()> {
        let end = self.own + tokens;
        if end > self.capacity {
            candle_core::bail!("the cache holds {} tokens, {end} were asked of it", self.capacity);
        }
        Ok(())
    }

    /// Whether it is read by kernels of our own.
    pub fn is_for_kernels(&self) -> bool {
        matches!(self.layers, Layers::Host(_))
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

/// 16-bit floats of the kind that GPUs take are read by tensor operations, on a CPU too.
fn is_for_kernels(dtype: DType, device: &Device) -> bool {
    by_kernels(device) && dtype != DType::BF16
}

fn precision(dtype: DType) -> Precision {
    if dtype == DType::F32 { Precision::Single } else { Precision::Half }
}
