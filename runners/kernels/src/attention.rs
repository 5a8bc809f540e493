//! Causal attention of one sequence with grouped heads, over 32-bit keys and values.

mod x86;

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
/// Keys that one register holds a score of.
const KEYS: usize = 16;

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
            let needed = (shape.kv_heads - 1) * run.stride + run.length * shape.head_dim;
            assert!(run.length == 0 || run.keys.len() >= needed && run.values.len() >= needed);
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
        self.keys.as_ptr().addr()
    }
}

/// Buffers of a tile.
#[derive(Default)]
struct Scratch {
    /// Queries, `[rows, head_dim]`.
    queries: Vec<f32>,
    /// Sixteen keys, `[head_dim, 16]`.
    keys: Vec<f32>,
    /// `[rows, stride]`.
    scores: Vec<f32>,
    /// `[rows, head_dim]`.
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
        scratch.keys.resize(dim.next_multiple_of(KEYS) * KEYS, 0.0);
        scratch.scores.resize(rows * self.stride, 0.0);
        scratch.mixed.clear();
        scratch.mixed.resize(rows * dim, 0.0);
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
            let values = share.of(share.run.values, self.kv_head, dim);
            let (first, last) = (share.tokens.start * group, share.tokens.end * group);
            let weights = &scratch.scores[first * self.stride + share.keys.start..];
            x86::mix(weights, self.stride, values, dim, &mut scratch.mixed[first * dim..last * dim]);
        }
        for row in 0..rows {
            out[at(row)..][..dim].copy_from_slice(&scratch.mixed[row * dim..][..dim]);
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
        let mut column = share.keys.start;
        for keys in share.of(share.run.keys, self.kv_head, dim).chunks(KEYS * dim) {
            transpose(keys, dim, &mut scratch.keys);
            let queries = &scratch.queries[first * dim..last * dim];
            let scores = &mut scratch.scores[first * self.stride + column..];
            x86::score(queries, &scratch.keys, dim, scores, self.stride);
            column += KEYS;
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

impl Share<'_> {
    /// The keys or values of a head.
    fn of<'b>(&self, all: &'b [f32], kv_head: usize, dim: usize) -> &'b [f32] {
        &all[kv_head * self.run.stride + (self.keys.start - self.start) * dim..][..self.keys.len() * dim]
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
