//! The arithmetic that local models spend their time in, for processors with AVX-512 VNNI: products with packed weights,
//! and attention. Everything that is not safe Rust is here, and only here.

mod activation;
mod attention;
#[cfg(target_arch = "x86_64")]
mod exponential;
mod likelihood;
#[cfg(target_arch = "x86_64")]
mod number;
mod packed;

pub use activation::silu_times;
pub use attention::{Held, Precision, Run, Sequence, Shape, attend};
pub use likelihood::{highest, log_sum_exp};
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

#[cfg(not(target_arch = "x86_64"))]
const NOT_HERE: &str = "kernels are called only where the processor has their instructions";
