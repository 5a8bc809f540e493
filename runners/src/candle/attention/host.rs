//! Attention on a processor that our own kernels are made for: no tensor operation for each sequence.

use super::Attention;
use crate::candle::turn::Turn;
use candle_core::{CpuStorage, Device, Result, Storage, Tensor};
use eval_kernels::{Run, Shape, attend as attend_to};

/// As [`super::tensors::attend`].
pub fn attend(attention: &Attention, [q, k, v]: [&Tensor; 3], layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
    let [mut q, mut k, v] = [flat(q)?, flat(k)?, flat(v)?];
    let (heads, kv_heads, dim) = (attention.heads, attention.kv_heads, attention.head_dim);
    let mut mixed = vec![0.0; q.len()];
    let mut start = 0;
    for turn in turns {
        let end = start + turn.tokens;
        let of_q = start * heads * dim..end * heads * dim;
        let of_k = start * kv_heads * dim..end * kv_heads * dim;
        start = end;
        if let Some(angles) = turn.angles(layer) {
            angles.rotate(&mut q[of_q.clone()], heads, dim);
            angles.rotate(&mut k[of_k.clone()], kv_heads, dim);
        }
        q[of_q.clone()].iter_mut().for_each(|q| *q *= attention.scale as f32);
        let by_head =
            |x: &[f32]| Tensor::from_vec(by_head(x, kv_heads, dim), (kv_heads, turn.tokens, dim), &Device::Cpu);
        let runs = turn.cache.extend(layer, &by_head(&k[of_k.clone()])?, &by_head(&v[of_k])?)?;
        let shape = Shape {
            heads,
            kv_heads,
            head_dim: dim,
            softcap: attention.softcap.map(|cap| cap as f32),
            window: turn.window(layer),
        };
        let held: Vec<_> = runs.iter().map(|(k, v)| (k.storage_and_layout(), v.storage_and_layout())).collect();
        let runs = held.iter().map(|((keys, at), (values, _))| {
            let of = |storage| Ok::<_, candle_core::Error>(&floats(storage)?[at.start_offset()..]);
            Ok(Run { keys: of(keys)?, values: of(values)?, stride: at.stride()[0], length: at.dims()[1] })
        });
        attend_to(&shape, &q[of_q.clone()], &runs.collect::<Result<Vec<_>>>()?, &mut mixed[of_q]);
    }
    Tensor::from_vec(mixed, (start, heads * dim), &Device::Cpu)
}

/// `[tokens, heads · dim]` as `[heads, tokens, dim]`.
fn by_head(x: &[f32], heads: usize, dim: usize) -> Vec<f32> {
    let of = |head: usize| x.chunks_exact(heads * dim).flat_map(move |token| &token[head * dim..(head + 1) * dim]);
    (0..heads).flat_map(of).copied().collect()
}

fn flat(x: &Tensor) -> Result<Vec<f32>> {
    x.flatten_all()?.to_vec1()
}

fn floats(storage: &Storage) -> Result<&[f32]> {
    match storage {
        Storage::Cpu(CpuStorage::F32(values)) => Ok(values),
        _ => candle_core::bail!("these keys and values are not 32-bit floats on the CPU"),
    }
}
