//! Keys and values of a sequence's tokens, laid out for the loops that read them.

use half::f16;

/// Tokens whose keys lie beside each other: one register holds a score of each.
pub const KEYS: usize = 16;

/// As what keys and values are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    Single,
    /// 16 bits, of which 11 are of the number itself.
    Half,
}

impl Precision {
    /// Bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
        }
    }
}

/// Keys and values of one layer. Tokens are appended and, from the end, forgotten by whoever counts them.
#[derive(Debug)]
pub struct Held {
    kv_heads: usize,
    head_dim: usize,
    /// Tokens that there is room for, a multiple of [`KEYS`].
    capacity: usize,
    numbers: Numbers,
}

/// Keys as `[kv_heads, capacity / 16, head_dim, 16]`, values as `[kv_heads, capacity, width]`, where the width is that of
/// a head, filled up with zeros to whole registers.
#[derive(Debug)]
enum Numbers {
    Single { keys: Vec<f32>, values: Vec<f32> },
    Half { keys: Vec<f16>, values: Vec<f16> },
}

/// The first tokens of what is held.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Where they are held.
    pub held: &'a Held,
    /// How many.
    pub length: usize,
}

/// The keys or values of one head.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// 32 bits.
    Single(&'a [f32]),
    /// 16 bits.
    Half(&'a [f16]),
}

impl Held {
    /// Room for `capacity` tokens.
    pub fn new(kv_heads: usize, head_dim: usize, capacity: usize, precision: Precision) -> Self {
        let capacity = capacity.next_multiple_of(KEYS);
        let (keys, values) = (kv_heads * capacity * head_dim, kv_heads * capacity * width(head_dim));
        let numbers = match precision {
            Precision::Single => Numbers::Single { keys: vec![0.0; keys], values: vec![0.0; values] },
            Precision::Half => Numbers::Half { keys: vec![f16::ZERO; keys], values: vec![f16::ZERO; values] },
        };
        Self { kv_heads, head_dim, capacity, numbers }
    }

    /// Bytes of what is held of so many tokens.
    pub fn bytes(kv_heads: usize, head_dim: usize, tokens: usize, precision: Precision) -> usize {
        kv_heads * tokens * (head_dim + width(head_dim)) * precision.bytes()
    }

    /// Writes the keys and values of new tokens, `[tokens, kv_heads · head_dim]` each, from token `at` on.
    ///
    /// # Panics
    /// Where there is no room for them.
    pub fn write(&mut self, at: usize, k: &[f32], v: &[f32]) {
        let tokens = k.len() / (self.kv_heads * self.head_dim);
        assert!(k.len() == v.len() && at + tokens <= self.capacity, "there is room for {} tokens", self.capacity);
        let (heads, dim, capacity) = (self.kv_heads, self.head_dim, self.capacity);
        match &mut self.numbers {
            Numbers::Single { keys, values } => place(keys, values, [heads, dim, capacity, at], k, v, |x| x),
            Numbers::Half { keys, values } => place(keys, values, [heads, dim, capacity, at], k, v, f16::from_f32),
        }
    }

    /// How many tokens there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Of heads and their width.
    pub fn shape(&self) -> (usize, usize) {
        (self.kv_heads, self.head_dim)
    }

    /// The keys of a head from a block of sixteen tokens on.
    pub(super) fn keys(&self, head: usize, block: usize) -> Row<'_> {
        let from = (head * self.capacity + block * KEYS) * self.head_dim;
        match &self.numbers {
            Numbers::Single { keys, .. } => Row::Single(&keys[from..]),
            Numbers::Half { keys, .. } => Row::Half(&keys[from..]),
        }
    }

    /// The values of a head from a token on.
    pub(super) fn values(&self, head: usize, token: usize) -> Row<'_> {
        let from = (head * self.capacity + token) * width(self.head_dim);
        match &self.numbers {
            Numbers::Single { values, .. } => Row::Single(&values[from..]),
            Numbers::Half { values, .. } => Row::Half(&values[from..]),
        }
    }
}

/// Numbers that a value takes: whole registers.
pub fn width(head_dim: usize) -> usize {
    head_dim.next_multiple_of(16)
}

fn place<T>(
    keys: &mut [T],
    values: &mut [T],
    [heads, dim, capacity, at]: [usize; 4],
    k: &[f32],
    v: &[f32],
    of: impl Fn(f32) -> T,
) {
    for (number, (k, v)) in k.chunks_exact(heads * dim).zip(v.chunks_exact(heads * dim)).enumerate() {
        let token = at + number;
        for head in 0..heads {
            let block = &mut keys[(head * capacity + token / KEYS * KEYS) * dim..][..dim * KEYS];
            let lane = block.iter_mut().skip(token % KEYS).step_by(KEYS);
            lane.zip(&k[head * dim..][..dim]).for_each(|(to, x)| *to = of(*x));
            let row = &mut values[(head * capacity + token) * width(dim)..][..dim];
            row.iter_mut().zip(&v[head * dim..][..dim]).for_each(|(to, x)| *to = of(*x));
        }
    }
}
