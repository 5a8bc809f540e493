//! The device that a model runs on: a GPU where one was compiled for and is there, else the processor.

use super::{Decoder, LoadError, gguf::first_line, weights::GPU_ROWS};
use candle_core::Device;
use serde_json::Value;

/// Prompt and answer together, for the number of answers that a GPU is given at once; each is admitted by its own size.
const USUAL_TOKENS: usize = 2048;

/// A device, and why it is not the one that the program was built for.
pub struct Chosen {
    /// Where models run.
    pub device: Device,
    /// Why a program built for GPUs runs on the CPU.
    pub no_gpu: Option<String>,
}

/// The first GPU, if the program was built for GPUs; without one the CPU, and why.
pub fn choose() -> Chosen {
    match gpu() {
        Some(Ok(device)) => Chosen { device, no_gpu: None },
        Some(Err(e)) => Chosen { device: Device::Cpu, no_gpu: Some(reason(&first_line(&e)).into()) },
        None => Chosen { device: Device::Cpu, no_gpu: None },
    }
}

/// The driver's own word for it (`CUDA_ERROR_NO_DEVICE`), where there is one.
fn reason(line: &str) -> &str {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| word.starts_with("CUDA_ERROR_")).unwrap_or(line)
}

fn gpu() -> Option<candle_core::Result<Device>> {
    if cfg!(feature = "cuda") {
        Some(Device::new_cuda(0))
    } else if cfg!(feature = "metal") {
        Some(Device::new_metal(0))
    } else {
        None
    }
}

/// The kind of device, for the manifest.
pub fn kind(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}

/// Bytes of memory that can be had on a device, where it tells.
pub fn free_memory(device: &Device) -> Option<u64> {
    match device {
        Device::Cpu => {
            let text = std::fs::read_to_string("/proc/meminfo").ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
        }
        #[cfg(feature = "cuda")]
        Device::Cuda(gpu) => gpu.cuda_stream().context().mem_get_info().ok().map(|(free, _)| free as u64),
        _ => None,
    }
}

/// Whether a device multiplies 16-bit floats of the kind `bf16`.
pub fn has_bf16(device: &Device) -> bool {
    match device {
        Device::Cpu => false,
        #[cfg(feature = "cuda")]
        Device::Cuda(gpu) => gpu.cuda_stream().context().compute_capability().is_ok_and(|(major, _)| major >= 8),
        _ => false,
    }
}

/// What the GPU is, for the manifest; `None` on a CPU.
pub fn details(device: &Device) -> Option<Value> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(gpu) => {
            let stream = gpu.cuda_stream();
            let context = stream.context();
            let capability = context.compute_capability().ok().map(|(major, minor)| format!("{major}.{minor}"));
            let memory = context.total_mem().ok();
            Some(
                serde_json::json!({"name": context.name().ok(), "compute_capability": capability, "memory_bytes": memory}),
            )
        }
        _ => None,
    }
}

/// How many answers of a usual length there is room for on a GPU, at most the rows that it multiplies at once.
pub fn batch(room: u64, decoder: &Decoder) -> usize {
    let tokens = decoder.config().context.min(USUAL_TOKENS);
    (room / decoder.cache_bytes(tokens).max(1) as u64).clamp(1, GPU_ROWS as u64) as usize
}

/// Waits until all that loading asked of a GPU is done, since the work of another thread may overtake it. A first token
/// is read on the way: what the GPU cannot run is said here, and not case by case.
pub fn finish(device: &Device, decoder: &Decoder) -> Result<(), LoadError> {
    if device.is_cpu() {
        return Ok(());
    }
    let read = decoder.cache(1).and_then(|mut cache| decoder.forward(&[0], &mut cache));
    read.and_then(|_| device.synchronize()).map_err(|e| {
        LoadError::Device(format!(
            "{}; was the program built for this generation of GPUs (CUDA_COMPUTE_CAP), and is enough of its memory free?",
            first_line(&e)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_finds_no_gpu_is_quoted_in_its_own_word() {
        let line = "DriverError(CUDA_ERROR_NO_DEVICE, \"no CUDA-capable device is detected\")";
        assert_eq!(reason(line), "CUDA_ERROR_NO_DEVICE");
        assert_eq!(reason("curand failed"), "curand failed");
    }

    #[test]
    fn a_cpu_tells_of_no_gpu() {
        assert!(details(&Device::Cpu).is_none() && !has_bf16(&Device::Cpu));
        assert_eq!(kind(&Device::Cpu), "cpu");
    }
}
