//! Products of rows of 8-bit activations with tiles of 8-bit weights, where the processor has AVX-512 VNNI.
//!
//! One instruction multiplies 64 pairs and adds them up four by four, sixteen outputs at a time. A row's result is made
//! in the same order whatever rows are beside it, so it does not depend on them.

use super::{Activations, LANES, Line, Packed, TILE};
use crate::available;

/// Multiplies all rows with all tiles into `out`, `[rows, tiles · TILE]`. Only where [`crate::available`].
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
pub fn multiply(weights: &Packed, rows: &Activations, out: &mut [f32]) {
    let stride = weights.tiles() * TILE;
    let blocks = weights.blocks();
    // What the pointers below rest on.
    assert!(available());
    assert_eq!(rows.blocks, blocks);
    assert_eq!(rows.values.len(), rows.count * blocks * weights.block());
    assert_eq!(rows.steps.len(), rows.count * blocks * 2);
    assert_eq!(out.len(), rows.count * stride);
    for tile in 0..weights.tiles() {
        let (values, steps) = weights.tile(tile);
        assert_eq!(values.len(), blocks * weights.lines());
        assert_eq!(steps.len(), blocks * 4);
        let mut done = 0;
        while done < rows.count {
            let many = [8, 4, 2, 1].into_iter().find(|many| done + many <= rows.count).unwrap_or(1);
            let part = Part {
                values: values.as_ptr(),
                steps: steps.as_ptr(),
                rows: rows.values[done * blocks * weights.block()..].as_ptr(),
                row_steps: rows.steps[done * blocks * 2..].as_ptr(),
                blocks,
                out: out[done * stride + tile * TILE..].as_mut_ptr(),
                stride,
            };
            // SAFETY: the instructions are there, and every pointer has as much behind it as was asserted above.
            unsafe {
                match (weights.lines(), many) {
                    (16, 8) => x86::part::<8, 8>(part),
                    (16, 4) => x86::part::<4, 8>(part),
                    (16, 2) => x86::part::<2, 8>(part),
                    (16, _) => x86::part::<1, 8>(part),
                    (_, 8) => x86::part::<8, 4>(part),
                    (_, 4) => x86::part::<4, 4>(part),
                    (_, 2) => x86::part::<2, 4>(part),
                    (_, _) => x86::part::<1, 4>(part),
                }
            }
            done += many;
        }
    }
}

/// As above.
#[cfg(not(target_arch = "x86_64"))]
pub fn multiply(_: &Packed, _: &Activations, _: &mut [f32]) {
    unreachable!("weights are packed only where the processor has the instructions")
}

/// Rounds rows of `inputs` in blocks, where the processor can. Only where [`crate::available`].
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
pub fn round(x: &[f32], values: &mut [i8], steps: &mut [f32], block: usize) {
    assert!(available() && x.len() == values.len() && matches!(block, 16 | 32));
    assert_eq!(x.len() / block * 2, steps.len());
    let blocks = x.chunks_exact(block).zip(values.chunks_exact_mut(block)).zip(steps.chunks_exact_mut(2));
    for ((x, values), steps) in blocks {
        // SAFETY: the instructions are there, and a block has 16 or 32 numbers.
        (steps[0], steps[1]) = unsafe {
            if block == 32 {
                x86::round::<2>(x.as_ptr(), values.as_mut_ptr())
            } else {
                x86::round::<1>(x.as_ptr(), values.as_mut_ptr())
            }
        };
    }
}

/// As above.
#[cfg(not(target_arch = "x86_64"))]
pub fn round(_: &[f32], _: &mut [i8], _: &mut [f32], _: usize) {
    unreachable!("weights are packed only where the processor has the instructions")
}

/// A few rows and one tile.
#[cfg(target_arch = "x86_64")]
struct Part {
    /// `[blocks, 2 · GROUPS]`.
    values: *const Line,
    /// `[blocks, 4]`: the scales of both halves of the tile, then their minima.
    steps: *const Line<f32, LANES>,
    /// `[rows, blocks, 4 · GROUPS]`.
    rows: *const i8,
    /// `[rows, blocks, 2]`: scale and scaled sum.
    row_steps: *const f32,
    blocks: usize,
    out: *mut f32,
    stride: usize,
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86 {
    use super::Part;
    use std::arch::x86_64::*;

    /// Rounds a block of `16 · PARTS` numbers; gives its scale and its scaled sum. An infinite or undefined number makes
    /// both undefined, and with them the products, as it would in floats.
    ///
    /// # Safety
    /// The processor has the instructions, and so many numbers are behind both pointers.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub unsafe fn round<const PARTS: usize>(x: *const f32, values: *mut i8) -> (f32, f32) {
        let mut parts = [_mm512_setzero_ps(); PARTS];
        let mut largest = _mm512_setzero_ps();
        let mut defined = true;
        let mut at = x;
        for part in &mut parts {
            // SAFETY: as above.
            *part = unsafe { _mm512_loadu_ps(at) };
            at = at.wrapping_add(16);
            largest = _mm512_max_ps(largest, _mm512_abs_ps(*part));
            let zeros = _mm512_sub_ps(*part, *part);
            defined &= _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(zeros, _mm512_setzero_ps()) == 0;
        }
        let largest = _mm512_reduce_max_ps(largest);
        if !defined {
            return (f32::NAN, f32::NAN);
        }
        let scale = largest / 127.0;
        let inverse = _mm512_set1_ps(if largest > 0.0 { 127.0 / largest } else { 0.0 });
        let mut sum = _mm512_setzero_si512();
        let mut at = values;
        for part in parts {
            let rounded = _mm512_cvtps_epi32(_mm512_mul_ps(part, inverse));
            sum = _mm512_add_epi32(sum, rounded);
            // SAFETY: as above.
            unsafe { _mm512_mask_cvtsepi32_storeu_epi8(at, u16::MAX, rounded) };
            at = at.wrapping_add(16);
        }
        (scale, scale * _mm512_reduce_add_epi32(sum) as f32)
    }

    /// `ROWS` rows times the 32 outputs of a tile, in blocks of `4 · GROUPS` inputs.
    ///
    /// Pointers move by `wrapping_add`, which the dev profile does not check at every step.
    ///
    /// # Safety
    /// The processor has the instructions, and the pointers reach as far as [`Part`] says.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub unsafe fn part<const ROWS: usize, const GROUPS: usize>(part: Part) {
        let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
        let (mut values, mut steps) = (part.values, part.steps);
        let mut row = part.rows;
        let mut row_steps = part.row_steps;
        let (row_length, steps_length) = (part.blocks * GROUPS * 4, part.blocks * 2);
        let mut left = part.blocks;
        while left > 0 {
            let mut dots = [[_mm512_setzero_si512(); 2]; ROWS];
            let mut group = 0;
            while group < GROUPS {
                // SAFETY: a block of the tile has 2 · GROUPS lines, and one of a row 4 · GROUPS values.
                unsafe {
                    let first = _mm512_loadu_si512(values.cast());
                    let second = _mm512_loadu_si512(values.wrapping_add(GROUPS).cast());
                    let mut at = row.wrapping_add(4 * group).cast::<i32>();
                    for dots in &mut dots {
                        let four = _mm512_set1_epi32(at.read_unaligned());
                        dots[0] = _mm512_dpbusd_epi32(dots[0], first, four);
                        dots[1] = _mm512_dpbusd_epi32(dots[1], second, four);
                        at = at.wrapping_byte_add(row_length);
                    }
                }
                values = values.wrapping_add(1);
                group = group.wrapping_add(1);
            }
            values = values.wrapping_add(GROUPS);
            row = row.wrapping_add(4 * GROUPS);
            // SAFETY: a block has four lines of scales and minima, and one of a row two numbers.
            unsafe {
                let line = |at: usize| _mm512_loadu_ps(steps.wrapping_add(at).cast());
                let (scales, minima) = ([line(0), line(1)], [line(2), line(3)]);
                let mut at = row_steps;
                for (sums, dots) in sums.iter_mut().zip(dots) {
                    let (scale, sum) = (_mm512_set1_ps(*at), _mm512_set1_ps(*at.wrapping_add(1)));
                    for half in 0..2 {
                        let dot = _mm512_cvtepi32_ps(dots[half]);
                        let scaled = _mm512_fmadd_ps(dot, _mm512_mul_ps(scales[half], scale), sums[half]);
                        sums[half] = _mm512_fmadd_ps(minima[half], sum, scaled);
                    }
                    at = at.wrapping_add(steps_length);
                }
            }
            steps = steps.wrapping_add(4);
            row_steps = row_steps.wrapping_add(2);
            left = left.wrapping_sub(1);
        }
        let mut out = part.out;
        for sums in sums {
            // SAFETY: every row of the output has 32 numbers from here.
            unsafe {
                _mm512_storeu_ps(out, sums[0]);
                _mm512_storeu_ps(out.wrapping_add(16), sums[1]);
            }
            out = out.wrapping_add(part.stride);
        }
    }
}
