//! The arithmetic that local models spend their time in, for processors with AVX-512 VNNI: products with packed weights,
//! and attention. Everything that is not safe Rust is here, and only here.

mod activation;
mod attention;
mod exponential;
mod packed;

pub use activation::silu_times;
pub use attention::{Run, Sequence, Shape, attend};
pub use packed::{PACKABLE, Packed};

/// Whether this processor has the instructions.
pub fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vnni")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
