//! What the inner layer of a network does to its numbers.
#![allow(unsafe_code)]

/// `gate · sigmoid(gate) · up`, in the place of `gate` (SwiGLU: Shazeer, arXiv 2002.05202). Only where
/// [`crate::available`].
pub fn silu_times(gate: &mut [f32], up: &[f32]) {
    assert!(crate::available() && gate.len() == up.len());
    // SAFETY: the instructions are there.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        silu_times_x86(gate, up);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn silu_times_x86(gate: &mut [f32], up: &[f32]) {
    use crate::exponential::{exp, mask};
    use std::arch::x86_64::*;
    for (gate, up) in gate.chunks_mut(16).zip(up.chunks(16)) {
        let mask = mask(gate);
        // SAFETY: the mask is as long as the parts.
        unsafe {
            let (g, u) = (_mm512_maskz_loadu_ps(mask, gate.as_ptr()), _mm512_maskz_loadu_ps(mask, up.as_ptr()));
            let one = _mm512_set1_ps(1.0);
            let sigmoid = _mm512_div_ps(one, _mm512_add_ps(one, exp(_mm512_sub_ps(_mm512_setzero_ps(), g))));
            _mm512_mask_storeu_ps(gate.as_mut_ptr(), mask, _mm512_mul_ps(_mm512_mul_ps(g, sigmoid), u));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn silu_is_right_over_its_whole_range() {
        if !crate::available() {
            return;
        }
        let gate: Vec<f32> = (-450..450).map(|i| i as f32 * 0.25).collect();
        let up: Vec<f32> = (0..900).map(|i| (i % 13) as f32 - 6.0).collect();
        let mut found = gate.clone();
        super::silu_times(&mut found, &up);
        for ((gate, up), found) in gate.iter().zip(&up).zip(found) {
            let expected = f64::from(*gate) / (1.0 + f64::from(-gate).exp()) * f64::from(*up);
            assert!(
                (f64::from(found) - expected).abs() <= 1e-6 * expected.abs() + 1e-30,
                "{gate} {up}: {found} {expected}"
            );
        }
    }
}
