//! Attention on a processor that our own kernels are made for: no tensor operation for each sequence.

use super::Attention;
use crate::candle::{cache::KeysValues, turn::Turn};
use candle_core::{CpuStorage, Device, Result, Storage, Tensor};
use eval_kernels::{Run, Sequence, Shape};

/// As [`super::tensors::attend`].
pub fn attend(attention: &Attention, [q, k, v]: [&Tensor; 3], layer: usize, turns: &mut [Turn<'_>]) -> Result<Tensor> {
    let [mut q, mut k, v] = [flat(q)?, flat(k)?, flat(v)?];
    let (heads, kv_heads, dim) = (attention.heads, attention.kv_heads, attention.head_dim);
    let mut held = Vec::with_capacity(turns.len());
    let mut start = 0;
    for turn in turns.iter_mut() {
        let end = start + turn.tokens;
        let of_k = start * kv_heads * dim..end * kv_heads * dim;
        if let Some(angles) = turn.angles(layer) {
            angles.rotate(&mut q[start * heads * dim..end * heads * dim], heads, dim);
            angles.rotate(&mut k[of_k.clone()], kv_heads, dim);
        }
        let by_head =
            |x: &[f32]| Tensor::from_vec(by_head(x, kv_heads, dim), (kv_heads, turn.tokens, dim), &Device::Cpu);
        let (k, v) = (by_head(&k[of_k.clone()])?, by_head(&v[of_k])?);
        held.push((turn.tokens, turn.cache.extend(layer, &k, &v)?));
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
    let mut mixed = vec![0.0; q.len()];
    read(&held, |sequences| eval_kernels::attend(&shape, &q, sequences, &mut mixed))?;
    Tensor::from_vec(mixed, (start, heads * dim), &Device::Cpu)
}

/// Calls `work` with what the sequences hold, of each the number of new tokens and its runs.
fn read(held: &[(usize, Vec<KeysValues>)], work: impl FnOnce(&[Sequence<'_>])) -> Result<()> {
    let mut opened = Vec::with_capacity(held.len());
    for (tokens, runs) in held {
        let runs = runs.iter().map(|(k, v)| (k.storage_and_layout(), v.storage_and_layout()));
        opened.push((*tokens, runs.collect::<Vec<_>>()));
    }
    let mut sequences = Vec::with_capacity(held.len());
    for (tokens, opened) in &opened {
        let mut runs = Vec::with_capacity(opened.len());
        for ((keys, at), (values, _)) in opened {
            let start = at.start_offset();
            let (keys, values) = (&floats(keys)?[start..], &floats(values)?[start..]);
            runs.push(Run { keys, values, stride: at.stride()[0], length: at.dims()[1] });
        }
        sequences.push(Sequence { tokens: *tokens, runs });
    }
    work(&sequences);
    Ok(())
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
