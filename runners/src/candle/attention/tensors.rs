//! Attention by tensor operations, on any device.

use super::Attention;
use crate::candle::{rope::Rotation, turn::Turn};
use candle_core::{DType, Result, Tensor};

/// The values that the new tokens of all `turns` attend to. Queries, keys and values are `[tokens, heads · head_dim]`,
/// those of the turns one after the other.
pub fn attend(attention: &Attention, [q, k, v]: [&Tensor; 3], layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
    let mut mixed = Vec::with_capacity(turns.len());
    let mut start = 0;
    for turn in turns {
        let rows = |x: &Tensor| x.narrow(0, start, turn.tokens);
        mixed.push(one(attention, [&rows(q)?, &rows(k)?, &rows(v)?], layer, turn)?);
        start += turn.tokens;
    }
    if mixed.len() == 1 { Ok(mixed.remove(0)) } else { Tensor::cat(&mixed, 0) }
}

/// One sequence; everything is `[tokens, heads · head_dim]`.
fn one(attention: &Attention, [q, k, v]: [&Tensor; 3], layer: usize, turn: &mut Turn<'_>) -> Result<Tensor> {
    let (rotation, mask) = turn.view(layer);
    let (rotation, mask) = (rotation.cloned(), mask.cloned());
    let tokens = turn.tokens;
    let q = heads_of(q, attention.heads, rotation.as_ref())?;
    let k = heads_of(k, attention.kv_heads, rotation.as_ref())?;
    let v = heads_of(v, attention.kv_heads, None)?;
    let runs = turn.cache.extend(layer, &k, &v)?;

    // Query heads of a group share keys: they are stacked as rows instead of repeating the keys.
    let rows = attention.heads / attention.kv_heads * tokens;
    let q = (q * attention.scale)?.contiguous()?.reshape((attention.kv_heads, rows, attention.head_dim))?;
    let score = |k: &Tensor| q.to_dtype(k.dtype())?.matmul(&k.transpose(1, 2)?)?.to_dtype(DType::F32);
    let scores = runs.iter().map(|(k, _)| score(k)).collect::<Result<Vec<_>>>()?;
    let mut scores = if let [only] = &scores[..] { only.clone() } else { Tensor::cat(&scores, 2)? };
    let seen = scores.dim(2)?;
    if let Some(cap) = attention.softcap {
        scores = ((scores / cap)?.tanh()? * cap)?;
    }
    if let Some(mask) = mask {
        scores = scores.reshape((attention.heads, tokens, seen))?.broadcast_add(&mask)?;
    }
    let weights = candle_nn::ops::softmax_last_dim(&scores)?.reshape((attention.kv_heads, rows, seen))?;
    let mut mixed: Option<Tensor> = None;
    let mut start = 0;
    for (_, v) in &runs {
        let length = v.dim(1)?;
        let part = weights.narrow(2, start, length)?.to_dtype(v.dtype())?;
        // A GPU multiplies no part of a wider matrix.
        let part = if part.device().is_cpu() { part } else { part.contiguous()? };
        let part = part.matmul(v)?.to_dtype(DType::F32)?;
        mixed = Some(match mixed {
            Some(sum) => (sum + part)?,
            None => part,
        });
        start += length;
    }
    let Some(mixed) = mixed else { candle_core::bail!("an empty cache") };
    let mixed = mixed.reshape((attention.heads, tokens, attention.head_dim))?.transpose(0, 1)?;
    mixed.reshape((tokens, attention.heads * attention.head_dim))
}

/// `[tokens, heads · head_dim]` to `[heads, tokens, head_dim]`, rotated.
fn heads_of(x: &Tensor, heads: usize, rotation: Option<&Rotation>) -> Result<Tensor> {
    let (tokens, width) = x.dims2()?;
    let x = x.reshape((tokens, heads, width / heads))?.transpose(0, 1)?;
    match rotation {
        Some(rotation) => rotation.apply(&x),
        None => Ok(x),
    }
}
