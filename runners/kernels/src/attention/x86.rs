//! The loops of attention in AVX-512. Every function checks the lengths that its pointers rest on.
#![allow(unsafe_code)]

use super::held::Row;
use crate::{
    exponential::{exp, mask},
    number::Number,
};
use std::arch::x86_64::*;

/// Scores of all rows of `queries`, `[rows, dim]`, against sixteen keys, `[dim, 16]`: sixteen numbers at the beginning
/// of every `stride` of `scores`.
pub fn score(queries: &[f32], keys: Row<'_>, dim: usize, scores: &mut [f32], stride: usize) {
    match keys {
        Row::Single(keys) => score_all(queries, keys, dim, scores, stride),
        Row::Half(keys) => score_all(queries, keys, dim, scores, stride),
    }
}

fn score_all<T: Number>(queries: &[f32], keys: &[T], dim: usize, scores: &mut [f32], stride: usize) {
    let rows = queries.len() / dim;
    assert!(crate::available() && keys.len() >= dim * 16 && scores.len() >= (rows - 1) * stride + 16);
    let mut row = 0;
    while row < rows {
        let many = [8, 4, 3, 1].into_iter().find(|many| row + many <= rows).unwrap_or(1);
        let (queries, scores) = (queries[row * dim..].as_ptr(), scores[row * stride..].as_mut_ptr());
        // SAFETY: the instructions are there, and the lengths are as asserted.
        unsafe {
            match many {
                8 => score_rows::<T, 8>(queries, keys.as_ptr(), dim, scores, stride),
                4 => score_rows::<T, 4>(queries, keys.as_ptr(), dim, scores, stride),
                3 => score_rows::<T, 3>(queries, keys.as_ptr(), dim, scores, stride),
                _ => score_rows::<T, 1>(queries, keys.as_ptr(), dim, scores, stride),
            }
        }
        row += many;
    }
}

#[target_feature(enable = "avx512f")]
unsafe fn score_rows<T: Number, const ROWS: usize>(
    q: *const f32,
    keys: *const T,
    dim: usize,
    scores: *mut f32,
    stride: usize,
) {
    let mut sums = [_mm512_setzero_ps(); ROWS];
    for d in 0..dim {
        // SAFETY: the caller's lengths.
        unsafe {
            let keys = T::sixteen(keys.add(d * 16));
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

/// Adds to every row of `mixed`, `[rows, width]`, the values of `keys` tokens, `[keys, width]`, each times its weight:
/// those of a row lie at the beginning of every `stride` of `weights`. The width is one of whole registers.
pub fn mix(weights: &[f32], stride: usize, values: Row<'_>, keys: usize, width: usize, mixed: &mut [f32]) {
    match values {
        Row::Single(values) => mix_all(weights, stride, &values[..keys * width], width, mixed),
        Row::Half(values) => mix_all(weights, stride, &values[..keys * width], width, mixed),
    }
}

fn mix_all<T: Number>(weights: &[f32], stride: usize, values: &[T], width: usize, mixed: &mut [f32]) {
    let (rows, keys) = (mixed.len() / width, values.len() / width);
    assert!(crate::available() && width.is_multiple_of(16));
    assert!(keys > 0 && weights.len() >= (rows - 1) * stride + keys);
    let mut row = 0;
    while row < rows {
        let many = [6, 3, 1].into_iter().find(|many| row + many <= rows).unwrap_or(1);
        let (weights, mixed) = (weights[row * stride..].as_ptr(), &mut mixed[row * width..]);
        let mut column = 0;
        while column < width {
            let wide = width - column >= 64;
            let (values, mixed) = (values[column..].as_ptr(), mixed[column..].as_mut_ptr());
            // SAFETY: the instructions are there, and the lengths are as asserted.
            unsafe {
                match (many, wide) {
                    (6, true) => mix_rows::<T, 6, 4>(weights, stride, values, keys, width, mixed),
                    (3, true) => mix_rows::<T, 3, 4>(weights, stride, values, keys, width, mixed),
                    (_, true) => mix_rows::<T, 1, 4>(weights, stride, values, keys, width, mixed),
                    (6, false) => mix_rows::<T, 6, 1>(weights, stride, values, keys, width, mixed),
                    (3, false) => mix_rows::<T, 3, 1>(weights, stride, values, keys, width, mixed),
                    (_, false) => mix_rows::<T, 1, 1>(weights, stride, values, keys, width, mixed),
                }
            }
            column += if wide { 64 } else { 16 };
        }
        row += many;
    }
}

#[target_feature(enable = "avx512f")]
unsafe fn mix_rows<T: Number, const ROWS: usize, const PARTS: usize>(
    weights: *const f32,
    stride: usize,
    values: *const T,
    keys: usize,
    width: usize,
    mixed: *mut f32,
) {
    let mut sums = [[_mm512_setzero_ps(); PARTS]; ROWS];
    for (row, sums) in sums.iter_mut().enumerate() {
        for (part, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's lengths.
            *sum = unsafe { _mm512_loadu_ps(mixed.add(row * width + part * 16)) };
        }
    }
    for key in 0..keys {
        let mut parts = [_mm512_setzero_ps(); PARTS];
        for (part, value) in parts.iter_mut().enumerate() {
            // SAFETY: the caller's lengths.
            *value = unsafe { T::sixteen(values.add(key * width + part * 16)) };
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
            unsafe { _mm512_storeu_ps(mixed.add(row * width + part * 16), sum) };
        }
    }
}

/// Scores become weights that add up to 1.
pub fn softmax(scores: &mut [f32]) {
    assert!(crate::available());
    // SAFETY: the instructions are there.
    unsafe { softmax_row(scores) }
}

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
