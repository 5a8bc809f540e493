//! The nearest other case by its words: cosine of the words' weights, rare words weighing more.

use super::{Texts, outcomes::Outcomes};

/// In a task of more cases than this, words that a tenth of them hold are left out: they weigh little and take long.
const LARGE: usize = 5000;

/// What the rule says of each case that is tried: the outcome of the nearest independent one, the first of several.
pub(super) fn foretell(texts: &Texts, tried: &[usize], outcomes: &Outcomes) -> Vec<u32> {
    let cases = texts.words.len() as f64;
    let rarity: Vec<f64> =
        texts.holders.iter().map(|holders| ((1.0 + cases) / (1.0 + holders.len() as f64)).ln() + 1.0).collect();
    let weight = |(word, count): &(u32, u32)| f64::from(*count) * rarity[*word as usize];
    let length = |words: &Vec<(u32, u32)>| words.iter().map(|word| weight(word).powi(2)).sum::<f64>().sqrt();
    let lengths: Vec<f64> = texts.words.iter().map(length).collect();
    let (commonest, _) = outcomes.commonest();
    let mut products = vec![0.0; texts.words.len()];
    let mut seen: Vec<u32> = Vec::new();
    let said = tried.iter().map(|case| {
        for (word, own) in texts.words[*case].iter().map(|word| (word.0, weight(word))) {
            let holders = &texts.holders[word as usize];
            if texts.words.len() > LARGE && 10 * holders.len() > texts.words.len() {
                continue;
            }
            for (holder, count) in holders {
                let product = &mut products[*holder as usize];
                if *product == 0.0 {
                    seen.push(*holder);
                }
                *product += own * weight(&(word, *count));
            }
        }
        let mut best = (0.0, usize::MAX);
        for other in seen.drain(..) {
            let other = other as usize;
            let near = std::mem::take(&mut products[other]) / lengths[other];
            let nearer = near > best.0 || (near == best.0 && other < best.1);
            if nearer && !texts.related(*case, other) {
                best = (near, other);
            }
        }
        outcomes.by_case.get(best.1).copied().unwrap_or(commonest)
    });
    said.collect()
}
