//! One decoder for every family, configured by [`Config`].

use super::{
    LoadError,
    block::Block,
    cache::KvCache,
    checkpoint::Weights,
    config::Config,
    norm::Norm,
    rope::Rope,
    turn::Turn,
    weights::{Embedding, Linear, Representation},
};
use candle_core::{DType, Device, Result, Tensor};
use eval_kernels::Packed;
use std::sync::Arc;

/// Prompts are read in pieces of this many tokens, which bounds the memory of attention scores.
const PIECE: usize = 512;

/// A decoder with its weights. Clones share the weights.
#[derive(Debug, Clone)]
pub struct Decoder(Arc<Parts>);

/// The next ids of one sequence and the cache they follow.
pub struct Feed<'a> {
    /// At least one.
    pub ids: &'a [u32],
    /// What was read before.
    pub cache: &'a mut KvCache,
}

#[derive(Debug)]
struct Parts {
    config: Config,
    embedding: Embedding,
    blocks: Vec<Block>,
    norm: Norm,
    head: Linear,
    rope: Rope,
    local_rope: Option<Rope>,
    cached_as: DType,
    device: Device,
}

impl Decoder {
    /// Reads the weights; `held` must be decided (not `Auto`).
    pub fn load(
        source: &mut dyn Weights,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let config = source.config()?;
        let factors = rope_factors(source, &config, device)?;
        let rope = Rope::new(&config.rope, config.rope.base, config.rope.scale, factors.as_deref());
        let local_rope = config.rope.local_base.map(|base| Rope::new(&config.rope, base, 1.0, None));
        let blocks = (0..config.layers)
            .map(|layer| Block::read(source, &format!("blk.{layer}"), &config, held, device))
            .collect::<std::result::Result<_, _>>()?;
        let (embedding, head) = ends(source, held, device)?;
        let norm = Norm::read(source, "output_norm", &config.norm, device)?;
        let cached_as = held.cached_as();
        let device = device.clone();
        let parts = Parts { config, embedding, blocks, norm, head, rope, local_rope, cached_as, device };
        Ok(Self(Arc::new(parts)))
    }

    /// The decoder's shape.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// An empty cache with room for `capacity` tokens.
    pub fn cache(&self, capacity: usize) -> Result<KvCache> {
        KvCache::new(&self.0.config, capacity, self.0.cached_as, &self.0.device)
    }

    /// A cache that begins with the tokens of `shared` and has room for `capacity` more.
    pub fn cache_after(&self, shared: Arc<KvCache>, capacity: usize) -> Result<KvCache> {
        KvCache::after(shared, &self.0.config, capacity, self.0.cached_as, &self.0.device)
    }

    /// Bytes of a cache of `tokens` of its own.
    pub fn cache_bytes(&self, tokens: usize) -> usize {
        KvCache::bytes(&self.0.config, tokens, self.0.cached_as, &self.0.device)
    }

    /// Reads `ids` after what the cache holds and gives the logits that follow the last of them, `[vocabulary]`.
    pub fn forward(&self, ids: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        let last_piece = ids.len().saturating_sub(1) / PIECE * PIECE;
        self.read(&ids[..last_piece], cache)?;
        self.step(&mut [Feed { ids: &ids[last_piece..], cache }])?.squeeze(0)
    }

    /// Reads `ids` into the cache.
    pub fn read(&self, ids: &[u32], cache: &mut KvCache) -> Result<()> {
        for ids in ids.chunks(PIECE) {
            self.hidden(&mut [Feed { ids, cache: &mut *cache }])?;
        }
        Ok(())
    }

    /// Reads the ids of several sequences, each after what its cache holds, and gives the logits that follow the last
    /// of each, `[sequences, vocabulary]`.
    ///
    /// With weights held as `f32` on a CPU a sequence's logits are the same to the bit whatever is beside it. They are
    /// on the CPU, wherever the model is: they are looked at one by one.
    pub fn step(&self, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let hidden = self.hidden(feeds)?;
        let ends = feeds.iter().scan(0, |end, feed| {
            *end += feed.ids.len();
            Some(*end as u32 - 1)
        });
        self.logits(&hidden.index_select(&Tensor::from_iter(ends, &self.0.device)?, 0)?)
    }

    /// As [`Decoder::step`], with the logits that follow every id of each, `[ids of all sequences, vocabulary]`.
    pub fn step_through(&self, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let hidden = self.hidden(feeds)?;
        self.logits(&hidden)
    }

    fn logits(&self, hidden: &Tensor) -> Result<Tensor> {
        let parts = &self.0;
        let logits = parts.head.forward(&parts.norm.forward(hidden)?)?;
        let logits = match parts.config.final_softcap {
            Some(cap) => ((logits / cap)?.tanh()? * cap)?,
            None => logits,
        };
        logits.to_device(&Device::Cpu)
    }

    /// The residual stream after the last block, `[tokens of all feeds, hidden]`.
    fn hidden(&self, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let Parts { config, device, .. } = self.0.as_ref();
        let ids: Vec<u32> = feeds.iter().flat_map(|feed| feed.ids).copied().collect();
        let mut x = self.0.embedding.forward(&Tensor::new(ids, device)?)?;
        if let Some(scale) = config.embedding_scale {
            x = (x * scale)?;
        }
        let ropes = (&self.0.rope, self.0.local_rope.as_ref());
        let mut turns = feeds
            .iter_mut()
            .map(|feed| Turn::new(feed.ids.len(), feed.cache, config, ropes, device))
            .collect::<Result<Vec<_>>>()?;
        for (layer, block) in self.0.blocks.iter().enumerate() {
            x = block.forward(&x, layer, &mut turns)?;
        }
        for turn in turns {
            turn.cache.advance(turn.tokens);
        }
        Ok(x)
    }
}

/// Token embeddings and output head; where the file has no head, the embeddings serve as one and are held once.
fn ends(
    source: &mut dyn Weights,
    held: Representation,
    device: &Device,
) -> std::result::Result<(Embedding, Linear), LoadError> {
    const EMBEDDING: &str = "token_embd.weight";
    let held = held.exact();
    let own_head = source.has("output.weight");
    if held == Representation::Stored {
        let rows = Arc::new(source.stored(EMBEDDING, device)?);
        let head = match own_head {
            true => Linear::read(source, "output", held, device)?,
            false => Linear::stored(source.stored(EMBEDDING, device)?, None)?,
        };
        return Ok((Embedding::Stored(rows), head));
    }
    if held == Representation::Packed {
        let stored = source.stored(EMBEDDING, device)?;
        if own_head {
            return Ok((Embedding::Stored(Arc::new(stored)), Linear::read(source, "output", held, device)?));
        }
        if let Some(packed) = Packed::new(&stored)?.map(Arc::new) {
            return Ok((Embedding::Packed(packed.clone()), Linear::Packed(packed, None)));
        }
    }
    let rows = source.dense(EMBEDDING, device)?;
    let head = if own_head { Linear::read(source, "output", held, device)? } else { Linear::tied(&rows)? };
    Ok((Embedding::F32(rows), head))
}

/// Factors that divide the frequencies: GGUF keeps them beside the weights, llama 3's in `rope_freqs`, phi 3's in a
/// short and a long set.
fn rope_factors(
    source: &mut dyn Weights,
    config: &Config,
    device: &Device,
) -> std::result::Result<Option<Vec<f32>>, LoadError> {
    let mut factors = config.rope.factors.clone();
    for name in ["rope_freqs.weight", "rope_factors_short.weight"] {
        if factors.is_none() && source.has(name) {
            factors = Some(source.dense(name, device)?.to_vec1::<f32>()?);
        }
    }
    match factors.as_ref().map(Vec::len).filter(|length| *length != config.rope.dim / 2) {
        Some(length) => {
            let expected = config.rope.dim / 2;
            Err(source.fail(format!("it has {length} factors of rotary frequencies, {expected} were expected")))
        }
        None => Ok(factors),
    }
}
