#![allow(clippy::unwrap_used)]
use super::*;

/// Numbers between -1 and 1 without a pattern.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Attention by its definition, in 64 bits.
fn expected(shape: &Shape, q: &[f32], keys: &[f32], values: &[f32], seen: usize) -> Vec<f64> {
    let (dim, width) = (shape.head_dim, shape.heads * shape.head_dim);
    let tokens = q.len() / width;
    let mut out = vec![0.0; q.len()];
    for (token, head) in (0..tokens).flat_map(|token| (0..shape.heads).map(move |head| (token, head))) {
        let kv = head / (shape.heads / shape.kv_heads);
        let own = seen - tokens + token;
        let first = shape.window.map_or(0, |window| (own + 1).saturating_sub(window));
        let at = token * width + head * dim;
        let of = |all: &[f32], key: usize| all[(kv * seen + key) * dim..][..dim].to_vec();
        let scores: Vec<f64> = (first..=own)
            .map(|key| {
                q[at..at + dim].iter().zip(of(keys, key)).map(|(q, k)| f64::from(*q) * f64::from(k)).sum::<f64>()
            })
            .map(|score| shape.softcap.map_or(score, |cap| (score / f64::from(cap)).tanh() * f64::from(cap)))
            .collect();
        let total: f64 = scores.iter().map(|score| score.exp()).sum();
        for (key, score) in (first..=own).zip(&scores) {
            for (out, value) in out[at..at + dim].iter_mut().zip(of(values, key)) {
                *out += score.exp() / total * f64::from(value);
            }
        }
    }
    out
}

/// Tokens `from` to `to` of `[kv_heads, seen, dim]`, as `[tokens, kv_heads · dim]`.
fn part(all: &[f32], seen: usize, dim: usize, from: usize, to: usize) -> Vec<f32> {
    let heads = all.len() / (seen * dim);
    let of = |token: usize| (0..heads).flat_map(move |head| &all[(head * seen + token) * dim..][..dim]);
    (from..to).flat_map(of).copied().collect()
}

fn held(kv_heads: usize, dim: usize, k: &[f32], v: &[f32], precision: Precision) -> Held {
    let tokens = k.len() / (kv_heads * dim);
    let mut held = Held::new(kv_heads, dim, tokens, precision);
    // In two pieces, as a prompt and its answer come.
    let cut = tokens / 3 * kv_heads * dim;
    held.write(0, &k[..cut], &v[..cut]);
    held.write(tokens / 3, &k[cut..], &v[cut..]);
    held
}

fn rounded(numbers: Vec<f32>, precision: Precision) -> Vec<f32> {
    let round = |x: f32| if precision == Precision::Half { half::f16::from_f32(x).to_f32() } else { x };
    numbers.into_iter().map(round).collect()
}

#[test]
fn attention_is_what_its_definition_says() {
    if !crate::available() {
        println!("SKIPPED: this processor has no AVX-512");
        return;
    }
    for head_dim in [8, 16, 40, 64, 80, 128] {
        for (heads, kv_heads, tokens, seen) in
            [(9, 3, 1, 1), (9, 3, 1, 77), (4, 4, 5, 40), (8, 2, 70, 131), (6, 1, 33, 33)]
        {
            for (softcap, window, precision) in [
                (None, None, Precision::Single),
                (Some(2.0), None, Precision::Single),
                (None, Some(20), Precision::Single),
                (None, None, Precision::Half),
            ] {
                let shape = Shape { heads, kv_heads, head_dim, softcap, window };
                let q = noise(tokens * heads * head_dim, 1);
                let of = |seed| rounded(noise(kv_heads * seen * head_dim, seed), precision);
                let (keys, values) = (of(2), of(3));
                let expected = expected(&shape, &q, &keys, &values, seen);
                for cut in [0, seen / 3, seen.saturating_sub(tokens)] {
                    let parts = [(0, cut), (cut, seen)].map(|(from, to)| {
                        let of = |all: &[f32]| part(all, seen, head_dim, from, to);
                        held(kv_heads, head_dim, &of(&keys), &of(&values), precision)
                    });
                    let runs = [Run { held: &parts[0], length: cut }, Run { held: &parts[1], length: seen - cut }];
                    let mut found = vec![0.0; q.len()];
                    attend(&shape, &q, &[Sequence { tokens, runs: runs.to_vec() }], &mut found);
                    for (found, expected) in found.iter().zip(&expected) {
                        assert!(
                            (f64::from(*found) - expected).abs() < 1e-5,
                            "{shape:?} {tokens} {seen} {cut}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn softmax_is_right_over_its_whole_range() {
    if !crate::available() {
        return;
    }
    let scores: Vec<f32> = (0..400).map(|i| -0.25 * i as f32 + (i % 7) as f32 / 7.0).collect();
    let mut found = scores.clone();
    x86::softmax(&mut found);
    let largest = scores.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let powers: Vec<f64> = scores.iter().map(|score| f64::from(score - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    for (found, power) in found.iter().zip(powers) {
        let expected = power / total;
        assert!((f64::from(*found) - expected).abs() <= 1e-6 * expected + 1e-38, "{found} {expected}");
    }
    let mut undefined = [0.0, f32::NAN, 1.0];
    x86::softmax(&mut undefined);
    assert!(undefined.iter().any(|weight| weight.is_nan()));
}

#[test]
fn sequences_that_share_a_beginning_get_what_each_gets_alone() {
    if !crate::available() {
        return;
    }
    let shape = Shape { heads: 6, kv_heads: 2, head_dim: 32, softcap: None, window: Some(50) };
    let (width, kv) = (6 * 32, 2 * 32);
    let of = |length: usize, seed| {
        let (k, v) = (noise(length * kv, seed), noise(length * kv, seed + 100));
        (held(2, 32, &k, &v, Precision::Half), length)
    };
    let mut all = vec![of(40, 1), of(23, 2)];
    all.extend((0..7).map(|number| of(3 + 5 * number, 3 + number as u64)));
    let run = |at: usize| Run { held: &all[at].0, length: all[at].1 };
    let sequences: Vec<Sequence<'_>> = (0..7)
        .map(|number| Sequence {
            tokens: if number == 4 { 9 } else { 1 },
            runs: match number % 3 {
                0 => vec![run(0), run(1), run(2 + number)],
                1 => vec![run(0), run(2 + number)],
                _ => vec![run(2 + number)],
            },
        })
        .collect();
    let q = noise(sequences.iter().map(|sequence| sequence.tokens).sum::<usize>() * width, 9);
    let mut together = vec![0.0; q.len()];
    attend(&shape, &q, &sequences, &mut together);
    let mut start = 0;
    for sequence in sequences {
        let part = start..start + sequence.tokens * width;
        let mut alone = vec![0.0; part.len()];
        attend(&shape, &q[part.clone()], &[sequence], &mut alone);
        assert_eq!(alone, together[part.clone()]);
        start = part.end;
    }
}
