//! How much memory a model may take: its weights, and the caches of what it reads.

use super::device::free_memory;
use candle_core::Device;
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// What all caches together take by default, on a CPU; a single answer that needs more gets it.
const USUAL: u64 = 400 << 20;

/// An amount of memory as a person writes it: `"2GB"`, `"800MB"`, or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySize(pub u64);

impl MemorySize {
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];

    fn read(words: &str) -> Option<Self> {
        let (number, unit) = words.split_at(words.find(|c: char| c.is_ascii_alphabetic())?);
        let (_, bytes) = Self::UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
        let number: f64 = number.trim().parse().ok()?;
        let size = number * *bytes as f64;
        (size >= 1.0 && size < u64::MAX as f64).then_some(Self(size as u64))
    }
}

impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 1_000_000 => write!(f, "{} KB", bytes.div_ceil(1_000)),
            bytes if bytes < 10_000_000_000 => write!(f, "{} MB", bytes.div_ceil(1_000_000)),
            bytes => write!(f, "{:.1} GB", bytes as f64 / 1e9),
        }
    }
}

impl<'de> Deserialize<'de> for MemorySize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsWritten)
    }
}

struct AsWritten;

impl de::Visitor<'_> for AsWritten {
    type Value = MemorySize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount of memory such as \"2GB\" or \"800MB\", or a whole number of bytes above 0")
    }

    fn visit_str<E: de::Error>(self, words: &str) -> Result<MemorySize, E> {
        MemorySize::read(words).ok_or_else(|| E::invalid_value(de::Unexpected::Str(words), &self))
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<MemorySize, E> {
        if bytes == 0 { Err(E::invalid_value(de::Unexpected::Unsigned(0), &self)) } else { Ok(MemorySize(bytes)) }
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<MemorySize, E> {
        let positive = u64::try_from(bytes).map_err(|_| E::invalid_value(de::Unexpected::Signed(bytes), &self))?;
        self.visit_u64(positive)
    }
}

/// Bytes that all caches of a model may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Together.
    pub usual: u64,
    /// For one answer alone that needs more; `None`: as much as it takes.
    pub most: Option<u64>,
}

impl Budget {
    /// What is left beside weights that are loaded; `Err` says what is wrong with `max_memory`.
    pub fn new(max_memory: Option<MemorySize>, weights: u64, device: &Device) -> Result<Self, String> {
        if let Some(all) = max_memory {
            let left = all.0.checked_sub(weights).filter(|left| *left > 0).ok_or_else(|| {
                let weights = MemorySize(weights);
                format!(
                    "`max_memory` is {all}, and its weights alone take {weights}: raise it above that (every answer in \
                     the making needs a cache beside them), or take a smaller or more quantized model"
                )
            })?;
            return Ok(Self { usual: left, most: Some(left) });
        }
        let free = free_memory(device);
        let usual = match free {
            // Prompts need room to be read, too.
            Some(free) if !device.is_cpu() => free / 2,
            Some(free) => USUAL.min(free / 2),
            None => USUAL,
        };
        Ok(Self { usual, most: free.map(|free| usual.max(free / 2)) })
    }
}

/// Whether a device could not give the memory that was asked of it. Only the driver's words tell.
pub fn is_exhausted(error: &candle_core::Error) -> bool {
    let words = error.to_string().to_lowercase();
    ["out of memory", "out_of_memory", "alloc_failed", "failed to allocate"].iter().any(|said| words.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let read = |words: &str| serde_json::from_str::<MemorySize>(words).map(|size| size.0);
        for (words, bytes) in [
            ("\"2GB\"", 2_000_000_000),
            ("\"800 mb\"", 800_000_000),
            ("\"1.5GiB\"", 3 << 29),
            ("\"64KiB\"", 64 << 10),
            ("123456", 123_456),
        ] {
            assert_eq!(read(words).unwrap(), bytes, "{words}");
        }
        for words in
            ["\"2\"", "\"\"", "\"GB\"", "\"-1GB\"", "\"2 TB\"", "\"NaN MB\"", "\"1e99GB\"", "0", "-5", "2.5", "true"]
        {
            let error = read(words).unwrap_err().to_string();
            assert!(error.contains("\"2GB\" or \"800MB\""), "{words}: {error}");
        }
    }

    #[test]
    fn weights_count_and_have_to_fit() {
        let cpu = Device::Cpu;
        let budget = Budget::new(Some(MemorySize(1_000)), 400, &cpu).unwrap();
        assert_eq!(budget, Budget { usual: 600, most: Some(600) });
        let error = Budget::new(Some(MemorySize(400_000_000)), 538_000_000, &cpu).unwrap_err();
        assert!(error.contains("400 MB") && error.contains("538 MB"), "{error}");
        assert!(Budget::new(None, 400, &cpu).unwrap().usual <= USUAL);
    }

    #[test]
    fn an_allocation_that_failed_is_told_from_other_failures() {
        let error = |words: &str| candle_core::Error::Msg(words.into());
        for words in [
            "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")",
            "CublasError(CUBLAS_STATUS_ALLOC_FAILED)",
            "failed to allocate 1024 bytes",
        ] {
            assert!(is_exhausted(&error(words).context("block 3")), "{words}");
        }
        for words in ["DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal memory access\")", "shape mismatch"] {
            assert!(!is_exhausted(&error(words)), "{words}");
        }
    }
}
