//! Weights as 8-bit integers, laid out for the processor's integer products; activations are rounded to 8 bits in
//! blocks, as llama.cpp does.

mod blocks;
mod kernel;

pub use blocks::PACKABLE;
use candle_core::quantized::QTensor;

/// Outputs that are computed together.
const TILE: usize = 32;
/// Outputs of half a tile: those of one register.
const LANES: usize = 16;

/// What one register holds, where a load of it crosses no cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Line<T = u8, const N: usize = 64>([T; N]);

/// A matrix of weights, `[outputs, inputs]`.
#[derive(Debug)]
pub struct Packed {
    outputs: usize,
    inputs: usize,
    /// Inputs that share a scale: 32 or 16.
    block: usize,
    /// `[tiles, blocks, 2 halves, block / 4]` lines of `[16 outputs, 4 inputs]`. Outputs past the last are zero.
    values: Vec<Line>,
    /// `[tiles, blocks]` of four lines: the scales of both halves, then their minima.
    steps: Vec<Line<f32, LANES>>,
}

impl Packed {
    /// Lays out a stored matrix; `None` where its type is not known as integers.
    pub fn new(stored: &QTensor) -> candle_core::Result<Option<Self>> {
        let (outputs, inputs) = stored.shape().dims2()?;
        let dtype = stored.dtype();
        let Some(block) = blocks::block_of(dtype).filter(|_| inputs.is_multiple_of(dtype.block_size())) else {
            return Ok(None);
        };
        let (tiles, blocks) = (outputs.div_ceil(TILE), inputs / block);
        let lines = block / 4 * 2;
        let mut packed = Self {
            outputs,
            inputs,
            block,
            values: vec![Line([0; 64]); tiles * blocks * lines],
            steps: vec![Line([0.0; LANES]); tiles * blocks * 4],
        };
        let data = stored.data()?;
        let mut at = 0;
        for bytes in data.chunks_exact(dtype.type_size()) {
            blocks::read(dtype, bytes, |read| {
                packed.place(at / blocks, at % blocks, &read);
                at += 1;
            });
        }
        Ok(Some(packed))
    }

    fn place(&mut self, output: usize, block: usize, read: &blocks::Block) {
        let (tile, half, lane) = (output / TILE, output % TILE / LANES, output % LANES);
        let first = tile * self.blocks() + block;
        let from = first * self.lines() + half * self.block / 4;
        for (line, four) in self.values[from..].iter_mut().zip(read.q[..self.block].chunks_exact(4)) {
            line.0[lane * 4..lane * 4 + 4].copy_from_slice(four);
        }
        self.steps[first * 4 + half].0[lane] = read.scale;
        self.steps[first * 4 + 2 + half].0[lane] = read.minimum;
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Appends the weights of one output to `into`.
    pub fn row(&self, output: usize, into: &mut Vec<f32>) -> candle_core::Result<()> {
        if output >= self.outputs {
            candle_core::bail!("there is no row {output}, the weights have {}", self.outputs);
        }
        let (tile, half, lane) = (output / TILE, output % TILE / LANES, output % LANES);
        for block in 0..self.blocks() {
            let first = tile * self.blocks() + block;
            let lines = &self.values[first * self.lines() + half * self.block / 4..][..self.block / 4];
            let scale = self.steps[first * 4 + half].0[lane];
            let minimum = self.steps[first * 4 + 2 + half].0[lane];
            let q = lines.iter().flat_map(|line| &line.0[lane * 4..lane * 4 + 4]);
            into.extend(q.map(|q| scale * f32::from(*q) + minimum));
        }
        Ok(())
    }

    /// `x · Wᵀ` for `x` of `[rows, inputs]`, as `[rows, outputs]`. Only where [`crate::available`].
    pub fn multiply(&self, x: &[f32]) -> Vec<f32> {
        let rows = Activations::round(x, self.inputs, self.block);
        let stride = self.tiles() * TILE;
        let mut out = vec![0.0; rows.count * stride];
        kernel::multiply(self, &rows, &mut out);
        if stride > self.outputs {
            out = out.chunks_exact(stride).flat_map(|row| &row[..self.outputs]).copied().collect();
        }
        out
    }

    fn block(&self) -> usize {
        self.block
    }

    fn blocks(&self) -> usize {
        self.inputs / self.block
    }

    fn tiles(&self) -> usize {
        self.outputs.div_ceil(TILE)
    }

    /// Lines of a block of a tile.
    fn lines(&self) -> usize {
        self.block / 4 * 2
    }

    fn tile(&self, tile: usize) -> (&[Line], &[Line<f32, LANES>]) {
        let (values, steps) = (self.blocks() * self.lines(), self.blocks() * 4);
        (&self.values[tile * values..(tile + 1) * values], &self.steps[tile * steps..(tile + 1) * steps])
    }
}

/// Rows of activations, rounded to 8 bits: each is `scale · value` with the scale of its block.
struct Activations {
    count: usize,
    blocks: usize,
    values: Vec<i8>,
    /// Of each block the scale and the scaled sum, which the minima of the weights are multiplied with.
    steps: Vec<f32>,
}

impl Activations {
    fn round(x: &[f32], inputs: usize, block: usize) -> Self {
        let (count, blocks) = (x.len() / inputs, inputs / block);
        let mut values = vec![0; x.len()];
        let mut steps = vec![0.0; count * blocks * 2];
        kernel::round(x, &mut values, &mut steps, block);
        Self { count, blocks, values, steps }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::available;
    use candle_core::{Device, Tensor, quantized::GgmlDType};

    /// Numbers between -1 and 1 without a pattern.
    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn packed(outputs: usize, inputs: usize, dtype: GgmlDType) -> (Packed, Vec<f32>) {
        let weights = Tensor::from_vec(noise(outputs * inputs, 7), (outputs, inputs), &Device::Cpu).unwrap();
        let stored = QTensor::quantize(&weights, dtype).unwrap();
        let dense = stored.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        (Packed::new(&stored).unwrap().unwrap(), dense)
    }

    #[test]
    fn products_are_those_of_the_weights_with_rounded_activations() {
        if !available() {
            println!("SKIPPED: this processor has no AVX-512 VNNI");
            return;
        }
        for dtype in PACKABLE {
            let (outputs, inputs) = (83, 512);
            let (packed, dense) = packed(outputs, inputs, dtype);
            for count in [1, 2, 3, 8, 15] {
                let x = noise(count * inputs, 3);
                let found = packed.multiply(&x);
                let rounded: Vec<f64> = x.chunks(packed.block).flat_map(round).collect();
                for (at, found) in found.iter().enumerate() {
                    let (row, output) = (at / outputs, at % outputs);
                    let weights = &dense[output * inputs..][..inputs];
                    let x = &rounded[row * inputs..][..inputs];
                    let expected: f64 = weights.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
                    assert!((f64::from(*found) - expected).abs() < 2e-4, "{dtype:?} {count}: {found} {expected}");
                }
            }
        }
    }

    /// The same by its definition.
    fn round(block: &[f32]) -> Vec<f64> {
        let scale = f64::from(block.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()))) / 127.0;
        block.iter().map(|x| (f64::from(*x) / scale).round() * scale).collect()
    }

    #[test]
    fn a_row_does_not_depend_on_the_rows_beside_it() {
        if !available() {
            return;
        }
        let (packed, _) = packed(64, 256, GgmlDType::Q4_1);
        let x = noise(29 * 256, 5);
        let together = packed.multiply(&x);
        let apart: Vec<f32> = x.chunks(256).flat_map(|row| packed.multiply(row)).collect();
        assert_eq!(together, apart);
    }

    #[test]
    fn an_undefined_activation_makes_an_undefined_product() {
        if !available() {
            return;
        }
        let (packed, _) = packed(32, 64, GgmlDType::Q8_0);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = noise(64, 5);
            x[40] = bad;
            assert!(packed.multiply(&x).iter().all(|y| y.is_nan()));
        }
        assert!(packed.multiply(&[0.0; 64]).iter().all(|y| *y == 0.0));
    }

    #[test]
    fn rows_are_the_weights_themselves() {
        let (packed, dense) = packed(83, 512, GgmlDType::Q6K);
        let mut row = Vec::new();
        packed.row(77, &mut row).unwrap();
        assert!(packed.row(83, &mut row).is_err());
        let expected = &dense[77 * 512..78 * 512];
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{row:?} {expected:?}");
    }
}
