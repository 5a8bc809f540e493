//! Attention on a processor that our own kernels are made for: no tensor operation for each sequence.

use super::Attention;
use crate::candle::turn::Turn;
use candle_core::{Device, Result, Tensor};
use eval_kernels::{Sequence, Shape};

/// As [`super::tensors::attend`].
pub fn attend(attention: &Attention, [q, k, v]: [&Tensor; 3], layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
    let [mut q, mut k, v] = [flat(q)?, flat(k)?, flat(v)?];
    let (heads, kv_heads, dim) = (attention.heads, attention.kv_heads, attention.head_dim);
    let mut start = 0;
    for turn in turns.iter_mut() {
        let end = start + turn.tokens;
        let of_k = start * kv_heads * dim..end * kv_heads * dim;
        if let Some(angles) = turn.angles(layer) {
            angles.rotate(&mut q[start * heads * dim..end * heads * dim], heads, dim);
            angles.rotate(&mut k[of_k.clone()], kv_heads, dim);
        }
        turn.cache.write(layer, &k[of_k.clone()], &v[of_k], turn.tokens)?;
        start = end;
    }
    q.iter_mut().for_each(|q| *q *= attention.scale as f32);
    let shape = Shape {
        heads,
        kv_heads,
        head_dim: dim,
        softcap: attention.softcap.map(|cap| cap as f32),
        window: turns.first().and_then(|turn| turn.window(layer)),
    };
    let mut sequences = Vec::with_capacity(turns.len());
    for turn in turns.iter() {
        let mut runs = Vec::with_capacity(2);
        turn.cache.runs(layer, turn.tokens, &mut runs)?;
        sequences.push(Sequence { tokens: turn.tokens, runs });
    }
    let mut mixed = vec![0.0; q.len()];
    eval_kernels::attend(&shape, &q, &sequences, &mut mixed);
    Tensor::from_vec(mixed, (start, heads * dim), &Device::Cpu)
}

fn flat(x: &Tensor) -> Result<Vec<f32>> {
    x.flatten_all()?.to_vec1()
}
