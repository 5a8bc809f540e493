//! Weights as 8-bit integers, laid out for the processor's integer products; activations are rounded to 8 bits in
//! blocks, as llama.cpp does.

mod blocks;
mod kernel;

pub use blocks::PACKABLE;
use candle_core::quantized::{GgmlDType, QTensor};
use half::f16;

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
    /// Whether integers have 4 bits: then a line has four inputs in its low halves, and the next four in its high ones.
    narrow: bool,
    /// `[tiles, blocks, 2 halves, lines]` of `[16 outputs, 4 inputs]`. Outputs past the last are zero.
    values: Vec<Line>,
    /// `[tiles, blocks]` of four times sixteen numbers: the scales of both halves, then their minima.
    steps: Steps,
}

/// Scales and minima: in 16 bits where that is exact, as it is where the file has them so.
#[derive(Debug)]
enum Steps {
    Single(Vec<Line<f32, LANES>>),
    Half(Vec<Line<f16, { 2 * LANES }>>),
}

impl Packed {
    /// Bytes that weights of a type take at most; `None` where it cannot be packed.
    pub fn bytes(dtype: GgmlDType, weights: u64) -> Option<u64> {
        let block = blocks::block_of(dtype)? as u64;
        let integers = if blocks::is_narrow(dtype) { weights / 2 } else { weights };
        // Scale and minimum have 16 bits where those of the file do; superblocks multiply theirs out.
        let step = if dtype.block_size() > 32 { 8 } else { 4 };
        Some(integers + weights / block * step)
    }

    /// Lays out a stored matrix; `None` where its type is not known as integers.
    pub fn new(stored: &QTensor) -> candle_core::Result<Option<Self>> {
        let (outputs, inputs) = stored.shape().dims2()?;
        let dtype = stored.dtype();
        let Some(block) = blocks::block_of(dtype).filter(|_| inputs.is_multiple_of(dtype.block_size())) else {
            return Ok(None);
        };
        let (tiles, blocks) = (outputs.div_ceil(TILE), inputs / block);
        let mut packed = Self {
            outputs,
            inputs,
            block,
            narrow: blocks::is_narrow(dtype),
            values: Vec::new(),
            steps: Steps::Half(Vec::new()),
        };
        packed.values = vec![Line([0; 64]); tiles * blocks * packed.lines() * 2];
        let mut steps = vec![Line([0.0; LANES]); tiles * blocks * 4];
        let data = stored.data()?;
        let mut at = 0;
        for bytes in data.chunks_exact(dtype.type_size()) {
            blocks::read(dtype, bytes, |read| {
                let (output, block) = (at / blocks, at % blocks);
                packed.place(output, block, &read.q);
                let first = (output / TILE * blocks + block) * 4 + output % TILE / LANES;
                steps[first].0[output % LANES] = read.scale;
                steps[first + 2].0[output % LANES] = read.minimum;
                at += 1;
            });
        }
        packed.steps = Steps::new(steps);
        Ok(Some(packed))
    }

    fn place(&mut self, output: usize, block: usize, q: &[u8; 32]) {
        let (from, lane) = (self.first_line(output, block), output % LANES);
        for (number, four) in q[..self.block].chunks_exact(4).enumerate() {
            let (line, shift) = if self.narrow { (number / 2, number % 2 * 4) } else { (number, 0) };
            let bytes = &mut self.values[from + line].0[lane * 4..lane * 4 + 4];
            bytes.iter_mut().zip(four).for_each(|(byte, q)| *byte |= q << shift);
        }
    }

    fn first_line(&self, output: usize, block: usize) -> usize {
        ((output / TILE * self.blocks() + block) * 2 + output % TILE / LANES) * self.lines()
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
        let lane = output % LANES;
        for block in 0..self.blocks() {
            let lines = &self.values[self.first_line(output, block)..][..self.lines()];
            let (scale, minimum) = self.steps.of(output / TILE * self.blocks() + block, output % TILE);
            for line in lines {
                let bytes = &line.0[lane * 4..lane * 4 + 4];
                let weight = |q: u8| scale * f32::from(q) + minimum;
                if self.narrow {
                    into.extend(bytes.iter().map(|byte| weight(byte & 15)));
                    into.extend(bytes.iter().map(|byte| weight(byte >> 4)));
                } else {
                    into.extend(bytes.iter().map(|byte| weight(*byte)));
                }
            }
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

    /// Lines of a block of half a tile.
    fn lines(&self) -> usize {
        self.block / if self.narrow { 8 } else { 4 }
    }
}

impl Steps {
    fn new(steps: Vec<Line<f32, LANES>>) -> Self {
        let is_exact = |x: &f32| f16::from_f32(*x).to_f32() == *x;
        if !steps.iter().all(|line| line.0.iter().all(is_exact)) {
            return Self::Single(steps);
        }
        let half =
            |pair: &[Line<f32, LANES>]| Line(std::array::from_fn(|i| f16::from_f32(pair[i / LANES].0[i % LANES])));
        Self::Half(steps.chunks_exact(2).map(half).collect())
    }

    /// Scale and minimum of an output of a tile's block.
    fn of(&self, block: usize, output: usize) -> (f32, f32) {
        match self {
            Self::Single(steps) => {
                let at = |line: usize| steps[block * 4 + line + output / LANES].0[output % LANES];
                (at(0), at(2))
            }
            Self::Half(steps) => (steps[block * 2].0[output].to_f32(), steps[block * 2 + 1].0[output].to_f32()),
        }
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
    use candle_core::{Device, Tensor};

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
    fn weights_take_what_is_said() {
        for dtype in PACKABLE {
            let (packed, _) = packed(64, 512, dtype);
            let steps = match &packed.steps {
                Steps::Single(steps) => size_of_val(&steps[..]),
                Steps::Half(steps) => size_of_val(&steps[..]),
            };
            let bytes = (size_of_val(&packed.values[..]) + steps) as u64;
            assert_eq!(Packed::bytes(dtype, 64 * 512), Some(bytes), "{dtype:?}");
        }
        assert_eq!(Packed::bytes(GgmlDType::F16, 512), None);
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
