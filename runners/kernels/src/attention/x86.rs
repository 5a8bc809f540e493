//! The loops of attention in AVX-512. Every function checks the lengths that its pointers rest on.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use crate::exponential::{exp, mask};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Scores of all rows of `queries`, `[rows, dim]`, against sixteen keys, `[dim, 16]`: sixteen numbers at the beginning
/// of every `stride` of `scores`.
pub fn score(queries: &[f32], keys: &[f32], dim: usize, scores: &mut [f32], stride: usize) {
    let rows = queries.len() / dim;
    assert!(crate::available() && keys.len() >= dim * 16 && scores.len() >= (rows - 1) * stride + 16);
    let mut row = 0;
    while row < rows {
        let many = [8, 4, 2, 1].into_iter().find(|many| row + many <= rows).unwrap_or(1);
        let (queries, scores) = (queries[row * dim..].as_ptr(), scores[row * stride..].as_mut_ptr());
        // SAFETY: the instructions are there, and the lengths are as asserted.
        unsafe {
            match many {
                8 => score_rows::<8>(queries, keys.as_ptr(), dim, scores, stride),
                4 => score_rows::<4>(queries, keys.as_ptr(), dim, scores, stride),
                2 => score_rows::<2>(queries, keys.as_ptr(), dim, scores, stride),
                _ => score_rows::<1>(queries, keys.as_ptr(), dim, scores, stride),
            }
        }
        row += many;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn score_rows<const ROWS: usize>(q: *const f32, keys: *const f32, dim: usize, scores: *mut f32, stride: usize) {
    let mut sums = [_mm512_setzero_ps(); ROWS];
    for d in 0..dim {
        // SAFETY: the caller's lengths.
        unsafe {
            let keys = _mm512_loadu_ps(keys.add(d * 16));
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum = _mm512_fmadd_ps(_mm512_set1_ps(*q.add(row * dim + d)), keys, *sum);
            }
        }
    }
    for (row, sum) in sums.into_iter().enumerate() {
        // SAFETY: the caller's lengths.
        unsafe { _mm512_storeu_ps(scores.add(row * stride), sum) };
    }
}

/// Adds to every row of `mixed`, `[rows, dim]`, the `values`, `[keys, dim]`, each times its weight: those of a row lie at
/// the beginning of every `stride` of `weights`.
pub fn mix(weights: &[f32], stride: usize, values: &[f32], dim: usize, mixed: &mut [f32]) {
    let (rows, keys) = (mixed.len() / dim, values.len() / dim);
    assert!(crate::available() && keys > 0 && weights.len() >= (rows - 1) * stride + keys);
    let mut row = 0;
    while row < rows {
        let many = [6, 3, 1].into_iter().find(|many| row + many <= rows).unwrap_or(1);
        let (weights, mixed) = (weights[row * stride..].as_ptr(), &mut mixed[row * dim..]);
        let mut column = 0;
        while column < dim {
            let wide = dim - column >= 64;
            let (values, mixed) = (values[column..].as_ptr(), mixed[column..].as_mut_ptr());
            let last = if dim - column >= 16 { u16::MAX } else { (1 << (dim - column)) - 1 };
            // SAFETY: the instructions are there, the lengths are as asserted, and `last` masks what lies past a row.
            unsafe {
                match (many, wide) {
                    (6, true) => mix_rows::<6, 4>(weights, stride, values, keys, dim, mixed, last),
                    (3, true) => mix_rows::<3, 4>(weights, stride, values, keys, dim, mixed, last),
                    (_, true) => mix_rows::<1, 4>(weights, stride, values, keys, dim, mixed, last),
                    (6, false) => mix_rows::<6, 1>(weights, stride, values, keys, dim, mixed, last),
                    (3, false) => mix_rows::<3, 1>(weights, stride, values, keys, dim, mixed, last),
                    (_, false) => mix_rows::<1, 1>(weights, stride, values, keys, dim, mixed, last),
                }
            }
            column += if wide { 64 } else { 16 };
        }
        row += many;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn mix_rows<const ROWS: usize, const PARTS: usize>(
    weights: *const f32,
    stride: usize,
    values: *const f32,
    keys: usize,
    dim: usize,
    mixed: *mut f32,
    last: u16,
) {
    let mut sums = [[_mm512_setzero_ps(); PARTS]; ROWS];
    let mask = |part: usize| if part + 1 == PARTS { last } else { u16::MAX };
    for (row, sums) in sums.iter_mut().enumerate() {
        for (part, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's lengths.
            *sum = unsafe { _mm512_maskz_loadu_ps(mask(part), mixed.add(row * dim + part * 16)) };
        }
    }
    for key in 0..keys {
        let mut parts = [_mm512_setzero_ps(); PARTS];
        for (part, value) in parts.iter_mut().enumerate() {
            // SAFETY: the caller's lengths.
            *value = unsafe { _mm512_maskz_loadu_ps(mask(part), values.add(key * dim + part * 16)) };
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's lengths.
            let weight = _mm512_set1_ps(unsafe { *weights.add(row * stride + key) });
            for (sum, value) in sums.iter_mut().zip(parts) {
                *sum = _mm512_fmadd_ps(weight, value, *sum);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        for (part, sum) in sums.into_iter().enumerate() {
            // SAFETY: the caller's lengths.
            unsafe { _mm512_mask_storeu_ps(mixed.add(row * dim + part * 16), mask(part), sum) };
        }
    }
}

/// Scores become weights that add up to 1.
pub fn softmax(scores: &mut [f32]) {
    assert!(crate::available());
    // SAFETY: the instructions are there.
    unsafe { softmax_row(scores) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn softmax_row(scores: &mut [f32]) {
    let mut largest = _mm512_set1_ps(f32::NEG_INFINITY);
    for part in scores.chunks(16) {
        // SAFETY: the mask is as long as the part.
        let part = unsafe { _mm512_mask_loadu_ps(largest, mask(part), part.as_ptr()) };
        largest = _mm512_max_ps(part, largest);
    }
    let largest = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    let mut sum = _mm512_setzero_ps();
    for part in scores.chunks_mut(16) {
        let mask = mask(part);
        // SAFETY: the mask is as long as the part.
        unsafe {
            let weights = exp(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, part.as_ptr()), largest));
            sum = _mm512_mask_add_ps(sum, mask, sum, weights);
            _mm512_mask_storeu_ps(part.as_mut_ptr(), mask, weights);
        }
    }
    let inverse = 1.0 / _mm512_reduce_add_ps(sum);
    scores.iter_mut().for_each(|score| *score *= inverse);
}

/// Sixteen keys, `[16, dim]`, as `[dim, 16]`; `dim` is a multiple of 16.
pub fn transpose(keys: &[f32], dim: usize, into: &mut [f32]) {
    assert!(crate::available() && dim.is_multiple_of(16) && keys.len() == 16 * dim && into.len() >= 16 * dim);
    for column in (0..dim).step_by(16) {
        // SAFETY: the instructions are there, and the lengths are as asserted.
        unsafe { transpose_square(keys[column..].as_ptr(), dim, into[column * 16..].as_mut_ptr()) };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn transpose_square(from: *const f32, stride: usize, into: *mut f32) {
    let mut rows = [_mm512_setzero_ps(); 16];
    for (number, row) in rows.iter_mut().enumerate() {
        // SAFETY: the caller's lengths.
        *row = unsafe { _mm512_loadu_ps(from.add(number * stride)) };
    }
    // Neighbours exchange single numbers, then pairs, then quarters of a register.
    let mut pairs = rows;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    for i in 0..4 {
        for side in 0..2 {
            let (a, b) = (_mm512_castps_pd(pairs[4 * i + side]), _mm512_castps_pd(pairs[4 * i + 2 + side]));
            fours[4 * i + 2 * side] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            fours[4 * i + 2 * side + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    }
    for i in 0..4 {
        let (a, b) = (fours[i], fours[4 + i]);
        let (c, d) = (fours[8 + i], fours[12 + i]);
        let (low, high) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d));
        let (odd_low, odd_high) = (_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d));
        let columns = [
            _mm512_shuffle_f32x4::<0x88>(low, high),
            _mm512_shuffle_f32x4::<0x88>(odd_low, odd_high),
            _mm512_shuffle_f32x4::<0xdd>(low, high),
            _mm512_shuffle_f32x4::<0xdd>(odd_low, odd_high),
        ];
        for (quarter, column) in columns.into_iter().enumerate() {
            // SAFETY: the caller's lengths.
            unsafe { _mm512_storeu_ps(into.add((quarter * 4 + i) * 16), column) };
        }
    }
}
