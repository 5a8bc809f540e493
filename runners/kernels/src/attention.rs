//! Causal attention of one sequence with grouped heads, over 32-bit keys and values.

mod held;
#[cfg_attr(not(target_arch = "x86_64"), path = "attention/elsewhere.rs")]
mod x86;

pub use held::{Held, Precision, Run};

use held::{KEYS, width};
use std::ops::Range;

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

/// A sequence's new tokens and all that it holds, them included: they are the last ones of its runs.
#[derive(Debug, Clone)]
pub struct Sequence<'a> {
    /// How many tokens are new.
    pub tokens: usize,
    /// One after the other.
    pub runs: Vec<Run<'a>>,
}

/// New tokens whose rows are worked on together: what is laid out for them stays in the processor's caches.
const TOKENS: usize = 32;

/// The values that the new tokens of all sequences attend to, `[tokens, heads · head_dim]` like the scaled and rotated
/// queries `q`. Only where [`crate::available`].
///
/// A run that several sequences begin with is gone through once for all of them. What a token gets does not depend on
/// the tokens beside it: every one of its sums is made in the order of its own keys.
pub fn attend(shape: &Shape, q: &[f32], sequences: &[Sequence<'_>], out: &mut [f32]) {
    let width = shape.heads * shape.head_dim;
    let tokens = tokens(shape, sequences);
    assert!(crate::available() && shape.heads.is_multiple_of(shape.kv_heads));
    assert!(q.len() == tokens.len() * width && out.len() == q.len());
    let mut scratch = Scratch::default();
    for tokens in tokens.chunks(TOKENS) {
        for kv_head in 0..shape.kv_heads {
            Tile::new(shape, kv_head, tokens).attend(q, out, &mut scratch);
        }
    }
}

/// A new token.
#[derive(Clone, Copy)]
struct Token<'a> {
    /// Its row of queries.
    number: usize,
    /// In its sequence.
    position: usize,
    runs: &'a [Run<'a>],
}

/// All new tokens, those of sequences that begin with the same runs beside each other.
fn tokens<'a>(shape: &Shape, sequences: &'a [Sequence<'a>]) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    for Sequence { tokens: new, runs } in sequences {
        let seen: usize = runs.iter().map(|run| run.length).sum();
        assert!(*new <= seen);
        for run in runs {
            assert!(run.held.shape() == (shape.kv_heads, shape.head_dim) && run.length <= run.held.capacity());
        }
        for token in 0..*new {
            tokens.push(Token { number: tokens.len(), position: seen - new + token, runs });
        }
    }
    tokens.sort_by(|a, b| a.runs.iter().map(Run::place).cmp(b.runs.iter().map(Run::place)));
    tokens
}

impl Run<'_> {
    fn place(&self) -> usize {
        std::ptr::from_ref(self.held).addr()
    }
}

/// Buffers of a tile.
#[derive(Default)]
struct Scratch {
    /// Queries, `[rows, head_dim]`.
    queries: Vec<f32>,
    /// `[rows, stride]`.
    scores: Vec<f32>,
    /// `[rows, width of a value]`.
    mixed: Vec<f32>,
}

/// The queries of a few tokens that one key head is for.
struct Tile<'a> {
    shape: &'a Shape,
    kv_head: usize,
    tokens: &'a [Token<'a>],
    /// Scores of a row, with room for the sixteen that are written at its end.
    stride: usize,
}

/// Tokens of a tile that share a run, and the keys of it that any of them looks at.
struct Share<'a> {
    tokens: Range<usize>,
    run: Run<'a>,
    /// Where the run begins.
    start: usize,
    /// In the sequence.
    keys: Range<usize>,
}

impl<'a> Tile<'a> {
    fn new(shape: &'a Shape, kv_head: usize, tokens: &'a [Token<'a>]) -> Self {
        let longest = tokens.iter().map(|token| token.position + 1).max().unwrap_or(0);
        Self { shape, kv_head, tokens, stride: longest + KEYS }
    }

    fn attend(&self, q: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        let (group, dim) = (self.shape.heads / self.shape.kv_heads, self.shape.head_dim);
        let rows = self.tokens.len() * group;
        let at = |row: usize| {
            (self.tokens[row / group].number * self.shape.heads + self.kv_head * group + row % group) * dim
        };
        scratch.queries.resize(rows * dim, 0.0);
        scratch.scores.resize(rows * self.stride, 0.0);
        let width = width(dim);
        scratch.mixed.clear();
        scratch.mixed.resize(rows * width, 0.0);
        for row in 0..rows {
            scratch.queries[row * dim..][..dim].copy_from_slice(&q[at(row)..][..dim]);
        }
        let shares = self.shares();
        for share in &shares {
            self.score(share, group, scratch);
        }
        for row in 0..rows {
            let scores = &mut scratch.scores[row * self.stride..][..self.stride];
            let looks_at = self.looks_at(&self.tokens[row / group]);
            scores[..looks_at.start].fill(0.0);
            scores[looks_at.end..].fill(0.0);
            self.weigh(&mut scores[looks_at]);
        }
        for share in &shares {
            let values = share.run.held.values(self.kv_head, share.keys.start - share.start);
            let (first, last) = (share.tokens.start * group, share.tokens.end * group);
            let weights = &scratch.scores[first * self.stride + share.keys.start..];
            let mixed = &mut scratch.mixed[first * width..last * width];
            x86::mix(weights, self.stride, values, share.keys.len(), width, mixed);
        }
        for row in 0..rows {
            out[at(row)..][..dim].copy_from_slice(&scratch.mixed[row * width..][..dim]);
        }
    }

    /// The keys that a token looks at.
    fn looks_at(&self, token: &Token<'_>) -> Range<usize> {
        let end = token.position + 1;
        self.shape.window.map_or(0, |window| end.saturating_sub(window))..end
    }

    /// The runs of the tile's tokens in order, each once for all neighbours that share it.
    fn shares(&self) -> Vec<Share<'a>> {
        let mut shares = Vec::new();
        let mut before = vec![0; self.tokens.len()];
        for level in 0..self.tokens.iter().map(|token| token.runs.len()).max().unwrap_or(0) {
            let mut first = 0;
            while first < self.tokens.len() {
                let same = |token: &Token<'_>| token.runs.get(level).map(|run| (run.place(), run.length));
                let place = same(&self.tokens[first]);
                let alike = |at: &usize| same(&self.tokens[*at]) == place && before[*at] == before[first];
                let last = (first..self.tokens.len()).take_while(alike).last().unwrap_or(first) + 1;
                if let Some(run) = self.tokens[first].runs.get(level) {
                    let start = before[first];
                    let looks_at = || self.tokens[first..last].iter().map(|token| self.looks_at(token));
                    let from = looks_at().map(|keys| keys.start).min().unwrap_or(0).max(start);
                    let to = looks_at().map(|keys| keys.end).max().unwrap_or(0).min(start + run.length);
                    if from < to {
                        shares.push(Share { tokens: first..last, run: *run, start, keys: from..to });
                    }
                    before[first..last].fill(start + run.length);
                }
                first = last;
            }
        }
        shares
    }

    fn score(&self, share: &Share<'_>, group: usize, scratch: &mut Scratch) {
        let dim = self.shape.head_dim;
        let (first, last) = (share.tokens.start * group, share.tokens.end * group);
        // From the beginning of a block on: what no token looks at is not a weight in the end.
        let blocks = (share.keys.start - share.start) / KEYS..(share.keys.end - share.start).div_ceil(KEYS);
        for block in blocks {
            let queries = &scratch.queries[first * dim..last * dim];
            let scores = &mut scratch.scores[first * self.stride + share.start + block * KEYS..];
            x86::score(queries, share.run.held.keys(self.kv_head, block), dim, scores, self.stride);
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

#[cfg(test)]
mod tests;
