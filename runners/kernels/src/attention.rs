//! Causal attention of one sequence with grouped heads, over 32-bit keys and values.

mod x86;

/// The shape of attention.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Query heads, a multiple of `kv_heads`.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// `tanh` cap on scores.
    pub softcap: Option<f32>,
    /// How many tokens each looks back at, itself included.
    pub window: Option<usize>,
}

/// Keys and values of tokens one after the other, `[kv_heads, length, head_dim]` each.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// From the first token of the first head to the last of the last.
    pub keys: &'a [f32],
    /// As the keys.
    pub values: &'a [f32],
    /// Numbers from one head to the next, at least `length · head_dim`.
    pub stride: usize,
    /// Tokens.
    pub length: usize,
}

/// New tokens whose rows are worked on together: what is laid out for them stays in the processor's caches.
const TOKENS: usize = 32;
/// Keys that one register holds a score of.
const KEYS: usize = 16;

/// The values that the new tokens attend to, `[tokens, heads · head_dim]` like the scaled and rotated queries `q`. The
/// new tokens are the last ones of `runs`. Only where [`crate::available`].
pub fn attend(shape: &Shape, q: &[f32], runs: &[Run<'_>], out: &mut [f32]) {
    let width = shape.heads * shape.head_dim;
    let tokens = q.len() / width;
    let seen: usize = runs.iter().map(|run| run.length).sum();
    assert!(crate::available() && shape.heads.is_multiple_of(shape.kv_heads) && tokens <= seen);
    assert!(q.len() == tokens * width && out.len() == q.len());
    for run in runs {
        let needed = (shape.kv_heads - 1) * run.stride + run.length * shape.head_dim;
        assert!(run.length == 0 || run.keys.len() >= needed && run.values.len() >= needed);
    }
    let mut scratch = Scratch::new(shape, tokens.min(TOKENS), seen);
    for kv_head in 0..shape.kv_heads {
        for first in (0..tokens).step_by(TOKENS) {
            let count = TOKENS.min(tokens - first);
            let tile = Tile { shape, kv_head, first, count, position: seen - tokens + first };
            tile.attend(q, runs, out, &mut scratch);
        }
    }
}

/// Buffers of a tile.
struct Scratch {
    /// Queries, `[rows, head_dim]`.
    queries: Vec<f32>,
    /// Sixteen keys, `[head_dim, 16]`.
    keys: Vec<f32>,
    /// `[rows, stride]`.
    scores: Vec<f32>,
    /// Scores of a row, with room for the sixteen that are written at its end.
    stride: usize,
    /// `[rows, head_dim]`.
    mixed: Vec<f32>,
}

impl Scratch {
    fn new(shape: &Shape, tokens: usize, seen: usize) -> Self {
        let rows = tokens * shape.heads / shape.kv_heads;
        let stride = seen + KEYS;
        Self {
            queries: vec![0.0; rows * shape.head_dim],
            keys: vec![0.0; shape.head_dim.next_multiple_of(KEYS) * KEYS],
            scores: vec![0.0; rows * stride],
            stride,
            mixed: vec![0.0; rows * shape.head_dim],
        }
    }
}

/// The rows that share keys: a few tokens' queries of the heads of one group.
struct Tile<'a> {
    shape: &'a Shape,
    kv_head: usize,
    /// The first of the new tokens, and how many.
    first: usize,
    count: usize,
    /// Of the first token in the sequence.
    position: usize,
}

impl Tile<'_> {
    fn attend(&self, q: &[f32], runs: &[Run<'_>], out: &mut [f32], scratch: &mut Scratch) {
        let (group, dim) = (self.shape.heads / self.shape.kv_heads, self.shape.head_dim);
        let width = self.shape.heads * dim;
        let at = |row: usize| (self.first + row / group) * width + (self.kv_head * group + row % group) * dim;
        let rows = self.count * group;
        for row in 0..rows {
            scratch.queries[row * dim..][..dim].copy_from_slice(&q[at(row)..][..dim]);
        }
        // What any token of the tile looks at.
        let from = self.shape.window.map_or(0, |window| (self.position + 1).saturating_sub(window));
        let to = self.position + self.count;
        self.each_block(runs, from, to, |column, keys| {
            transpose(keys, dim, &mut scratch.keys);
            x86::score(
                &scratch.queries[..rows * dim],
                &scratch.keys,
                dim,
                &mut scratch.scores[column..],
                scratch.stride,
            );
        });
        for row in 0..rows {
            let own = self.position + row / group;
            let first = self.shape.window.map_or(0, |window| (own + 1).saturating_sub(window));
            let scores = &mut scratch.scores[row * scratch.stride..][..to];
            scores[from..first].fill(0.0);
            scores[own + 1..].fill(0.0);
            self.weigh(&mut scores[first..=own]);
        }
        scratch.mixed[..rows * dim].fill(0.0);
        let mut start = 0;
        for run in runs {
            let (first, last) = (from.max(start), to.min(start + run.length));
            if first < last {
                let values = &run.values[self.kv_head * run.stride + (first - start) * dim..][..(last - first) * dim];
                x86::mix(&scratch.scores[first..], scratch.stride, values, dim, &mut scratch.mixed[..rows * dim]);
            }
            start += run.length;
        }
        for row in 0..rows {
            out[at(row)..][..dim].copy_from_slice(&scratch.mixed[row * dim..][..dim]);
        }
    }

    /// Calls `work` with up to sixteen keys at a time, and the number of the first of them.
    fn each_block(&self, runs: &[Run<'_>], from: usize, to: usize, mut work: impl FnMut(usize, &[f32])) {
        let dim = self.shape.head_dim;
        let mut start = 0;
        for run in runs {
            let (mut at, last) = (from.max(start), to.min(start + run.length));
            while at < last {
                let count = KEYS.min(last - at);
                work(at, &run.keys[self.kv_head * run.stride + (at - start) * dim..][..count * dim]);
                at += count;
            }
            start += run.length;
        }
    }

    /// Scores of a row become weights that add up to 1.
    fn weigh(&self, scores: &mut [f32]) {
        if let Some(cap) = self.shape.softcap {
            scores.iter_mut().for_each(|score| *score = (*score / cap).tanh() * cap);
        }
        x86::softmax(scores);
    }
}

/// Sixteen keys or fewer, `[keys, dim]`, as `[dim, 16]`.
fn transpose(keys: &[f32], dim: usize, into: &mut [f32]) {
    if keys.len() == KEYS * dim && dim.is_multiple_of(KEYS) {
        return x86::transpose(keys, dim, into);
    }
    into.fill(0.0);
    for (number, key) in keys.chunks_exact(dim).enumerate() {
        for (column, value) in into.chunks_exact_mut(KEYS).zip(key) {
            column[number] = *value;
        }
    }
}

#[cfg(test)]
mod tests;
