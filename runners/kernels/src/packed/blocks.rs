//! The blocks of GGUF's quantized types as integers, scales and minima.
//!
//! Every type here says of a few weights that each is `scale · q + minimum` with a whole `q`; how they are laid out is
//! described in ggml's `ggml-quants.c` (<https://github.com/ggml-org/ggml>).

use candle_core::quantized::GgmlDType;

/// A few neighbouring weights of a row: `scale · q + minimum`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// The first 16 or 32 are in use.
    pub q: [u8; 32],
    /// What one step of `q` is worth.
    pub scale: f32,
    /// The weight whose `q` is 0.
    pub minimum: f32,
}

/// The types that can be read.
pub const PACKABLE: [GgmlDType; 8] = [
    GgmlDType::Q4_0,
    GgmlDType::Q4_1,
    GgmlDType::Q5_0,
    GgmlDType::Q5_1,
    GgmlDType::Q8_0,
    GgmlDType::Q4K,
    GgmlDType::Q5K,
    GgmlDType::Q6K,
];

/// Weights in a [`Block`] of this type; `None`: the type is not known here.
pub fn block_of(dtype: GgmlDType) -> Option<usize> {
    PACKABLE.contains(&dtype).then_some(if dtype == GgmlDType::Q6K { 16 } else { 32 })
}

/// Whether the weights of a type have 4 bits.
pub fn is_narrow(dtype: GgmlDType) -> bool {
    matches!(dtype, GgmlDType::Q4_0 | GgmlDType::Q4_1 | GgmlDType::Q4K)
}

/// Reads the blocks of one stored block (or superblock of 256) in order.
pub fn read(dtype: GgmlDType, bytes: &[u8], mut each: impl FnMut(Block)) {
    match dtype {
        GgmlDType::Q4_0 => each(centred(half(bytes, 0), nibbles(&bytes[2..18]), 8)),
        GgmlDType::Q4_1 => {
            each(Block { q: nibbles(&bytes[4..20]), scale: half(bytes, 0), minimum: half(bytes, 2) });
        }
        GgmlDType::Q5_0 => each(centred(half(bytes, 0), fifth_bits(nibbles(&bytes[6..22]), &bytes[2..6]), 16)),
        GgmlDType::Q5_1 => {
            let q = fifth_bits(nibbles(&bytes[8..24]), &bytes[4..8]);
            each(Block { q, scale: half(bytes, 0), minimum: half(bytes, 2) });
        }
        GgmlDType::Q8_0 => {
            let q = std::array::from_fn(|i| bytes[2 + i].wrapping_add(128));
            each(centred(half(bytes, 0), q, 128));
        }
        GgmlDType::Q4K => {
            for part in 0..8 {
                each(k_block(bytes, part, |i| nibble(&bytes[16..144], part, i)));
            }
        }
        GgmlDType::Q5K => {
            let high = &bytes[16..48];
            for part in 0..8 {
                each(k_block(bytes, part, |i| nibble(&bytes[48..176], part, i) | (high[i] >> part & 1) << 4));
            }
        }
        GgmlDType::Q6K => (0..16).for_each(|part| each(q6k_block(bytes, part))),
        _ => (),
    }
}

fn centred(scale: f32, q: [u8; 32], zero: u8) -> Block {
    Block { q, scale, minimum: -scale * f32::from(zero) }
}

fn half(bytes: &[u8], at: usize) -> f32 {
    half::f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

/// The low halves of 16 bytes, then the high ones.
fn nibbles(bytes: &[u8]) -> [u8; 32] {
    std::array::from_fn(|i| if i < 16 { bytes[i] & 15 } else { bytes[i - 16] >> 4 })
}

fn fifth_bits(low: [u8; 32], bits: &[u8]) -> [u8; 32] {
    std::array::from_fn(|i| low[i] | (bits[i / 8] >> (i % 8) & 1) << 4)
}

/// Weight `i` of part `part` of a superblock: two parts share 32 bytes, low halves first.
fn nibble(bytes: &[u8], part: usize, i: usize) -> u8 {
    bytes[part / 2 * 32 + i] >> (part % 2 * 4) & 15
}

/// Part of a Q4_K or Q5_K superblock: a scale and a minimum of 6 bits for every 32 weights.
fn k_block(bytes: &[u8], part: usize, q: impl Fn(usize) -> u8) -> Block {
    let packed = &bytes[4..16];
    let (scale, minimum) = if part < 4 {
        (packed[part] & 63, packed[part + 4] & 63)
    } else {
        let high = |at: usize| packed[at] >> 6 << 4;
        (packed[part + 4] & 15 | high(part - 4), packed[part + 4] >> 4 | high(part))
    };
    Block {
        q: std::array::from_fn(q),
        scale: half(bytes, 0) * f32::from(scale),
        minimum: -half(bytes, 2) * f32::from(minimum),
    }
}

/// Part of a Q6_K superblock: a scale of 8 bits for every 16 weights. Each half of 128 weights has 64 bytes of low and
/// 32 of high bits.
fn q6k_block(bytes: &[u8], part: usize) -> Block {
    let (side, within) = (part / 8, part % 8 * 16);
    let (low, high) = (&bytes[side * 64..side * 64 + 64], &bytes[128 + side * 32..128 + side * 32 + 32]);
    let scale = half(bytes, 208) * f32::from(bytes[192 + part] as i8);
    let mut q = [0; 32];
    for (i, q) in q.iter_mut().enumerate().take(16) {
        let at = within + i;
        *q = low[at % 64] >> (at / 64 * 4) & 15 | (high[at % 32] >> (at / 32 * 2) & 3) << 4;
    }
    centred(scale, q, 32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor, quantized::QTensor};

    #[test]
    fn every_type_gives_the_weights_that_candle_gives() {
        let values: Vec<f32> =
            (0..512).map(|i| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * (1 + i / 64) as f32).collect();
        let rows = Tensor::from_vec(values, (2, 256), &Device::Cpu).unwrap();
        for dtype in PACKABLE {
            let stored = QTensor::quantize(&rows, dtype).unwrap();
            let expected: Vec<f32> = stored.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap();
            let block = block_of(dtype).unwrap();
            let mut found = Vec::new();
            for bytes in stored.data().unwrap().chunks(dtype.type_size()) {
                read(dtype, bytes, |b| found.extend(b.q[..block].iter().map(|q| b.scale * f32::from(*q) + b.minimum)));
            }
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{dtype:?}: {found} {expected}");
            }
        }
    }
}
