//! Numbers of 32 or 16 bits, read sixteen at a time as 32.
#![allow(unsafe_code)]

use half::f16;
use std::arch::x86_64::*;

/// A number as it is held.
pub trait Number {
    /// Sixteen of them as 32 bits.
    ///
    /// # Safety
    /// The processor has AVX-512, and so many are behind the pointer.
    unsafe fn sixteen(at: *const Self) -> __m512;
}

impl Number for f32 {
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn sixteen(at: *const Self) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_loadu_ps(at) }
    }
}

impl Number for f16 {
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn sixteen(at: *const Self) -> __m512 {
        // SAFETY: as above.
        _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(at.cast()) })
    }
}
