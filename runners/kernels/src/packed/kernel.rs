//! Products of rows of 8-bit activations with tiles of 8-bit weights, where the processor has AVX-512 VNNI.
//!
//! One instruction multiplies 64 pairs and adds them up four by four, sixteen outputs at a time. A row's result is made
//! in the same order whatever rows are beside it, so it does not depend on them.

use super::{Activations, Packed};
#[cfg(target_arch = "x86_64")]
use super::{LANES, Line, Steps, TILE};
#[cfg(target_arch = "x86_64")]
use crate::{available, number::Number};
#[cfg(target_arch = "x86_64")]
use half::f16;

/// Multiplies all rows with all tiles into `out`, `[rows, tiles · TILE]`. Only where [`crate::available`].
#[cfg(target_arch = "x86_64")]
pub fn multiply(weights: &Packed, rows: &Activations, out: &mut [f32]) {
    match &weights.steps {
        Steps::Single(steps) => multiply_by(weights, steps.as_ptr().cast::<f32>(), steps.len() * LANES, rows, out),
        Steps::Half(steps) => multiply_by(weights, steps.as_ptr().cast::<f16>(), steps.len() * 2 * LANES, rows, out),
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn multiply_by<T: Number>(weights: &Packed, steps: *const T, count: usize, rows: &Activations, out: &mut [f32]) {
    let stride = weights.tiles() * TILE;
    let (blocks, lines) = (weights.blocks(), weights.blocks() * weights.lines() * 2);
    // What the pointers below rest on.
    assert!(available());
    assert_eq!(rows.blocks, blocks);
    assert_eq!(rows.values.len(), rows.count * blocks * weights.block());
    assert_eq!(rows.steps.len(), rows.count * blocks * 2);
    assert_eq!(out.len(), rows.count * stride);
    assert_eq!(weights.values.len(), weights.tiles() * lines);
    assert_eq!(count, weights.tiles() * blocks * 4 * LANES);
    for tile in 0..weights.tiles() {
        let mut done = 0;
        while done < rows.count {
            let many = [8, 4, 2, 1].into_iter().find(|many| done + many <= rows.count).unwrap_or(1);
            let part = Part {
                values: weights.values[tile * lines..].as_ptr(),
                steps: steps.wrapping_add(tile * blocks * 4 * LANES),
                rows: rows.values[done * blocks * weights.block()..].as_ptr(),
                row_steps: rows.steps[done * blocks * 2..].as_ptr(),
                blocks,
                out: out[done * stride + tile * TILE..].as_mut_ptr(),
                stride,
            };
            // SAFETY: the instructions are there, and every pointer has as much behind it as was asserted above.
            unsafe {
                match (weights.narrow, weights.block()) {
                    (true, _) => part.multiply::<8, true>(many),
                    (false, 32) => part.multiply::<8, false>(many),
                    (false, _) => part.multiply::<4, false>(many),
                }
            }
            done += many;
        }
    }
}

/// As above.
#[cfg(not(target_arch = "x86_64"))]
pub fn multiply(_: &Packed, _: &Activations, _: &mut [f32]) {
    unreachable!("{}", crate::NOT_HERE)
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
    unreachable!("{}", crate::NOT_HERE)
}

/// A few rows and one tile.
#[cfg(target_arch = "x86_64")]
struct Part<T> {
    /// `[blocks, 2, lines]`.
    values: *const Line,
    /// `[blocks, 4, 16]`: the scales of both halves of the tile, then their minima.
    steps: *const T,
    /// `[rows, blocks, 4 · GROUPS]`.
    rows: *const i8,
    /// `[rows, blocks, 2]`: scale and scaled sum.
    row_steps: *const f32,
    blocks: usize,
    out: *mut f32,
    stride: usize,
}

#[cfg(target_arch = "x86_64")]
impl<T: Number> Part<T> {
    /// # Safety
    /// As for [`x86::part`].
    #[allow(unsafe_code)]
    unsafe fn multiply<const GROUPS: usize, const NARROW: bool>(self, rows: usize) {
        // SAFETY: the caller's.
        unsafe {
            match rows {
                8 => x86::part::<T, 8, GROUPS, NARROW>(self),
                4 => x86::part::<T, 4, GROUPS, NARROW>(self),
                2 => x86::part::<T, 2, GROUPS, NARROW>(self),
                _ => x86::part::<T, 1, GROUPS, NARROW>(self),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86 {
    use super::Part;
    use crate::number::Number;
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

    /// `ROWS` rows times the 32 outputs of a tile, in blocks of `4 · GROUPS` inputs, of 4 bits where they are `NARROW`.
    ///
    /// Pointers move by `wrapping_add`, which the dev profile does not check at every step.
    ///
    /// # Safety
    /// The processor has the instructions, and the pointers reach as far as [`Part`] says.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub unsafe fn part<T: Number, const ROWS: usize, const GROUPS: usize, const NARROW: bool>(part: Part<T>) {
        let lines = if NARROW { GROUPS / 2 } else { GROUPS };
        let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
        let (mut values, mut steps) = (part.values, part.steps);
        let mut row = part.rows;
        let mut row_steps = part.row_steps;
        let (row_length, steps_length) = (part.blocks * GROUPS * 4, part.blocks * 2);
        let mut left = part.blocks;
        while left > 0 {
            let mut dots = [[_mm512_setzero_si512(); 2]; ROWS];
            let mut line = 0;
            while line < lines {
                // SAFETY: a block of the tile has that many lines for each half, and one of a row 4 · GROUPS values.
                unsafe {
                    let weights =
                        [_mm512_loadu_si512(values.cast()), _mm512_loadu_si512(values.wrapping_add(lines).cast())];
                    if NARROW {
                        let low = _mm512_set1_epi8(15);
                        let high = weights.map(|w| _mm512_and_si512(_mm512_srli_epi16::<4>(w), low));
                        let at = row.wrapping_add(8 * line);
                        dot(&mut dots, weights.map(|w| _mm512_and_si512(w, low)), at, row_length);
                        dot(&mut dots, high, at.wrapping_add(4), row_length);
                    } else {
                        dot(&mut dots, weights, row.wrapping_add(4 * line), row_length);
                    }
                }
                values = values.wrapping_add(1);
                line = line.wrapping_add(1);
            }
            values = values.wrapping_add(lines);
            row = row.wrapping_add(4 * GROUPS);
            // SAFETY: a block has four times sixteen scales and minima, and one of a row two numbers.
            unsafe {
                let step = |at: usize| T::sixteen(steps.wrapping_add(at * 16));
                let (scales, minima) = ([step(0), step(1)], [step(2), step(3)]);
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
            steps = steps.wrapping_add(64);
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

    /// Adds the products of four inputs of every row, which lie `length` apart, with those of 32 outputs.
    ///
    /// # Safety
    /// The processor has the instructions, and the rows have four values each.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn dot<const ROWS: usize>(
        dots: &mut [[__m512i; 2]; ROWS],
        weights: [__m512i; 2],
        row: *const i8,
        length: usize,
    ) {
        let mut at = row.cast::<i32>();
        for dots in dots {
            // SAFETY: the caller's.
            let four = _mm512_set1_epi32(unsafe { at.read_unaligned() });
            dots[0] = _mm512_dpbusd_epi32(dots[0], weights[0], four);
            dots[1] = _mm512_dpbusd_epi32(dots[1], weights[1], four);
            at = at.wrapping_byte_add(length);
        }
    }
}
