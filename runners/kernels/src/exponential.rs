//! Powers of e, sixteen at a time.

use std::arch::x86_64::*;

/// `e^x` of sixteen numbers: two to the power of a whole number times a polynomial on what is left, Taylor's to the
/// seventh power (the error is below that of rounding on ±ln 2 / 2).
#[target_feature(enable = "avx512f")]
pub fn exp(x: __m512) -> __m512 {
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(_mm512_mul_ps(
        x,
        _mm512_set1_ps(std::f32::consts::LOG2_E),
    ));
    // ln 2 in two parts, the first of few bits, so that the products are exact.
    let rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(0.693_359_4), x);
    let rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(-2.121_944_4e-4), rest);
    let mut power = _mm512_set1_ps(1.0 / 5040.0);
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = _mm512_fmadd_ps(power, rest, _mm512_set1_ps(factor));
    }
    _mm512_scalef_ps(power, whole)
}

/// Which of sixteen numbers a part has.
pub fn mask(part: &[f32]) -> u16 {
    if part.len() >= 16 { u16::MAX } else { (1 << part.len()) - 1 }
}
