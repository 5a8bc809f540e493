//! Classification by likelihood: every label is read after the prompt, the likeliest is the answer.

use super::{Decoder, Feed, KvCache, Tokenizer};
use candle_core::{D, Result, Tensor};
use std::sync::Arc;

/// The likeliest label.
pub struct Likeliest {
    /// Its place among the labels; the first of equally likely ones.
    pub place: usize,
    /// The logarithm of its share of the probability of all labels.
    pub log_share: f64,
    /// Tokens whose likelihood was asked for: those of all labels, and an end for each.
    pub scored: usize,
}

/// Compares the labels as the whole of an answer: the tokens of each and the end after them. `logits` follow the
/// prompt that `cache` holds.
pub fn likeliest(
    decoder: &Decoder,
    tokenizer: &Tokenizer,
    labels: &[Vec<u32>],
    logits: &Tensor,
    cache: KvCache,
) -> Result<Likeliest> {
    let prompt = Arc::new(cache);
    let caches = labels.iter().map(|ids| decoder.cache_after(prompt.clone(), ids.len()));
    let mut caches = caches.collect::<Result<Vec<KvCache>>>()?;
    let mut feeds: Vec<Feed<'_>> = labels.iter().zip(&mut caches).map(|(ids, cache)| Feed { ids, cache }).collect();
    let first: Vec<f32> = log_softmax(logits)?.to_vec1()?;
    let later = log_softmax(&decoder.step_through(&mut feeds)?)?;
    let mut likelihoods = Vec::with_capacity(labels.len());
    let mut row = 0;
    for ids in labels {
        let mut likelihood = f64::from(ids.first().and_then(|id| first.get(*id as usize)).copied().unwrap_or(0.0));
        for at in 0..ids.len() {
            let after: Vec<f32> = later.get(row + at)?.to_vec1()?;
            likelihood += match ids.get(at + 1) {
                Some(next) => f64::from(after[*next as usize]),
                None => tokenizer.ends().iter().map(|end| f64::from(after[*end as usize]).exp()).sum::<f64>().ln(),
            };
        }
        row += ids.len();
        likelihoods.push(likelihood);
    }
    let (place, best) = first_highest(&likelihoods);
    let all: f64 = likelihoods.iter().map(|likelihood| (likelihood - best).exp()).sum();
    Ok(Likeliest { place, log_share: -all.ln(), scored: row + labels.len() })
}

/// The place and the value of the highest number, 0 where none is above −∞.
fn first_highest(numbers: &[f64]) -> (usize, f64) {
    let higher = |best: (usize, f64), (place, number): (usize, &f64)| {
        if *number > best.1 { (place, *number) } else { best }
    };
    numbers.iter().enumerate().fold((0, f64::NEG_INFINITY), higher)
}

fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    candle_nn::ops::log_softmax(logits, D::Minus1)
}
