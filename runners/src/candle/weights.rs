//! Weights in memory: as the file stores them, or dequantized.

use super::{LoadError, checkpoint::Weights, device::has_bf16};
use candle_core::{
    CpuStorage, DType, Device, Module, Result, Storage, Tensor,
    quantized::{QMatMul, QTensor},
};
use eval_kernels::Packed;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How weights are held in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    /// What suits the device and the weights: see [`super::choice`].
    #[default]
    Auto,
    /// Dequantized to 32-bit floats: more memory, several times faster on CPUs, and answers do not depend on how
    /// prompts are cut into batches.
    F32,
    /// Dequantized to 16-bit floats, on GPUs alone. What is not a product with weights is computed in 32 bits, and so
    /// are the logits.
    Bf16,
    /// The file's own integers, laid out for the processor's integer products; activations are rounded to 8 bits, as
    /// llama.cpp does. Answers do not depend on batches either. Needs AVX-512 VNNI.
    Packed,
    /// As in the file.
    Stored,
}

impl Representation {
    /// Whether an answer is the same to the bit whatever is asked beside it.
    pub fn is_batch_invariant(self, device: &Device) -> bool {
        match device {
            Device::Cpu => matches!(self, Self::F32 | Self::Packed),
            Device::Cuda(_) => matches!(self, Self::F32 | Self::Bf16),
            Device::Metal(_) => false,
        }
    }

    /// For what 16 bits are too few for: logits and routers, whose close calls they would make ties.
    pub fn exact(self) -> Self {
        if self == Self::Bf16 { Self::F32 } else { self }
    }

    /// As what keys and values are held beside such weights.
    pub fn cached_as(self) -> DType {
        match self {
            Self::Bf16 => DType::BF16,
            Self::Packed => DType::F16,
            Self::Auto | Self::F32 | Self::Stored => DType::F32,
        }
    }

    /// How weights that are not held as stored are held on a device.
    pub fn dense_on(device: &Device) -> Self {
        if has_bf16(device) { Self::Bf16 } else { Self::F32 }
    }
}

impl fmt::Display for Representation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Packed => "packed",
            Self::Stored => "stored",
        })
    }
}

/// A matrix that is multiplied with.
#[derive(Debug, Clone)]
pub enum Linear {
    /// Dequantized and transposed, `[in, out]`, with an optional bias.
    F32(Tensor, Option<Tensor>),
    /// The same in 16 bits; what goes in and what comes out has 32, the bias too.
    Bf16(Tensor, Option<Tensor>),
    /// The file's integers, laid out anew.
    Packed(Arc<Packed>, Option<Tensor>),
    /// As in the file.
    Stored(Arc<QMatMul>, Option<Tensor>),
}

/// Weights up to this many elements are laid out anew when they are transposed, which makes products with few rows two
/// to three times faster; larger ones are slower that way, since a column no longer fits the caches.
const LAID_OUT_ANEW: usize = 1 << 21;

impl Linear {
    /// Reads `{name}.weight` and, where it is there, `{name}.bias`.
    pub fn read(
        source: &mut dyn Weights,
        name: &str,
        held: Representation,
        device: &Device,
    ) -> std::result::Result<Self, LoadError> {
        let weight = format!("{name}.weight");
        let bias = optional_vector(source, &format!("{name}.bias"), device)?;
        match held {
            Representation::Stored => return Ok(Self::stored(source.stored(&weight, device)?, bias)?),
            Representation::Packed => {
                // What is stored as floats stays floats.
                if let Some(packed) = Packed::new(&source.stored(&weight, device)?)? {
                    return Ok(Self::Packed(Arc::new(packed), bias));
                }
            }
            Representation::F32 | Representation::Bf16 | Representation::Auto => (),
        }
        let weight = source.dense(&weight, device)?;
        if held == Representation::Bf16 {
            return Ok(Self::Bf16(weight.to_dtype(DType::BF16)?.t()?, bias));
        }
        let transposed = weight.t()?;
        let anew = device.is_cpu() && weight.elem_count() <= LAID_OUT_ANEW;
        Ok(Self::F32(if anew { transposed.contiguous()? } else { transposed }, bias))
    }

    /// Holds a weight, `[out, in]`, as it is stored.
    pub fn stored(weight: QTensor, bias: Option<Tensor>) -> Result<Self> {
        Ok(Self::Stored(Arc::new(QMatMul::from_qtensor(weight)?), bias))
    }

    /// The head of a model whose embeddings, `[vocabulary, hidden]`, serve as one: they are held once.
    pub fn tied(rows: &Tensor) -> Result<Self> {
        Ok(Self::F32(rows.t()?, None))
    }

    /// Numbers that go in.
    pub fn inputs(&self) -> Result<usize> {
        match self {
            Self::F32(weight, _) | Self::Bf16(weight, _) => weight.dim(0),
            Self::Packed(weight, _) => Ok(weight.inputs()),
            Self::Stored(weight, _) => match weight.as_ref() {
                QMatMul::QTensor(weight) => weight.shape().dims2().map(|(_, inputs)| inputs),
                QMatMul::Tensor(weight) | QMatMul::TensorF16(weight) => weight.dim(1),
            },
        }
    }

    /// `x · Wᵀ + b` for `x` of shape `[tokens, in]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (y, bias) = match self {
            Self::F32(weight, bias) if x.dim(0)? == 1 && x.device().is_cpu() => {
                // One row would take another path through the arithmetic, and a token's result would depend on
                // whether others are read beside it.
                (Tensor::cat(&[x, x], 0)?.matmul(weight)?.narrow(0, 0, 1)?, bias)
            }
            Self::F32(weight, bias) => (product(x, weight)?, bias),
            Self::Bf16(weight, bias) => (product(&x.to_dtype(DType::BF16)?, weight)?.to_dtype(DType::F32)?, bias),
            Self::Packed(weight, bias) => (multiply(weight, x)?, bias),
            Self::Stored(weight, bias) => (weight.forward(&x.contiguous()?)?, bias),
        };
        match bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// Rows that are multiplied at once on a GPU, at least. Its libraries choose among kernels by the number of rows, and a
/// token's result would depend on how many others are read beside it; the rows that are not there cost next to nothing.
pub const GPU_ROWS: usize = 64;

fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let rows = x.dim(0)?;
    if x.device().is_cpu() || rows >= GPU_ROWS {
        return x.matmul(weight);
    }
    x.pad_with_zeros(0, 0, GPU_ROWS - rows)?.matmul(weight)?.narrow(0, 0, rows)
}

fn multiply(weight: &Packed, x: &Tensor) -> Result<Tensor> {
    let x = x.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(values)) = &*storage else {
        candle_core::bail!("packed weights are multiplied with 32-bit floats on the CPU alone")
    };
    let rows = x.dim(0)?;
    let product = weight.multiply(&values[layout.start_offset()..layout.start_offset() + x.elem_count()]);
    Tensor::from_vec(product, (rows, weight.outputs()), &Device::Cpu)
}

/// The token embeddings, `[vocabulary, hidden]`.
#[derive(Debug, Clone)]
pub enum Embedding {
    /// Dequantized.
    F32(Tensor),
    /// The same integers that the head multiplies with.
    Packed(Arc<Packed>),
    /// As in the file.
    Stored(Arc<QTensor>),
}

impl Embedding {
    /// The rows of `ids`, `[tokens, hidden]`.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        match self {
            Self::F32(rows) => rows.index_select(ids, 0),
            Self::Packed(rows) => {
                let mut values = Vec::new();
                ids.to_vec1::<u32>()?.into_iter().try_for_each(|id| rows.row(id as usize, &mut values))?;
                Tensor::from_vec(values, (ids.dim(0)?, rows.inputs()), ids.device())
            }
            Self::Stored(rows) => rows.embedding(ids),
        }
    }
}

/// Reads a vector, if it is there.
pub fn optional_vector(
    source: &mut dyn Weights,
    name: &str,
    device: &Device,
) -> std::result::Result<Option<Tensor>, LoadError> {
    source.has(name).then(|| source.dense(name, device)).transpose()
}
