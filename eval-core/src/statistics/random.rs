//! Random numbers with a seed, and what is drawn with them.

use rand::TryRng;
use rand_distr::{Binomial, Distribution};
use std::convert::Infallible;

/// SplitMix64: small, seeded, the same on every machine (Steele, Lea and Flood, OOPSLA 2014).
pub(super) struct SplitMix(pub(super) u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl SplitMix {
    /// The generator of a seed, so many numbers on.
    pub fn at(seed: u64, numbers: usize) -> Self {
        Self(seed.wrapping_add(STEP.wrapping_mul(numbers as u64)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

impl TryRng for SplitMix {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.chunks_mut(8).for_each(|part| part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]));
        Ok(())
    }
}

/// As many draws with replacement as there are units, by their kinds, of which each has so many units: the number of each
/// kind is a binomial share of the draws that are left.
///
/// Source: the conditional distribution method, Devroye, Non-Uniform Random Variate Generation (1986), XI.1.4.
pub(super) fn multinomial(random: &mut SplitMix, sizes: &[u64], counts: &mut Vec<u64>) {
    let mut left: u64 = sizes.iter().sum();
    let mut draws = left;
    counts.clear();
    for size in sizes {
        // The last kind that has any gets the rest; p is below 1 before it.
        let share = (*size < left).then(|| Binomial::new(draws, *size as f64 / left as f64).ok());
        let count = share.flatten().map_or(draws, |share| share.sample(random));
        counts.push(count);
        left -= size;
        draws -= count;
    }
}

/// Deals so many units out at random into so many groups, each as large as the others or smaller by one: the group of
/// each.
pub(super) fn dealt(units: usize, groups: usize, seed: u64) -> Vec<u32> {
    let mut random = SplitMix(seed);
    let mut group: Vec<u32> = (0..units).map(|unit| (unit % groups) as u32).collect();
    // Fisher and Yates.
    (1..units).rev().for_each(|last| group.swap(last, random.below(last + 1)));
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_kinds_have_the_moments_of_a_multinomial() {
        let sizes = [600, 0, 300, 99, 1];
        let (n, rounds) = (1000.0, 20_000);
        let mut random = SplitMix(5);
        let (mut sums, mut squares, mut product) = ([0.0; 5], [0.0; 5], 0.0);
        let mut counts = Vec::new();
        for _ in 0..rounds {
            multinomial(&mut random, &sizes, &mut counts);
            assert_eq!(counts.iter().sum::<u64>(), 1000);
            for (kind, count) in counts.iter().enumerate() {
                sums[kind] += *count as f64;
                squares[kind] += (*count as f64).powi(2);
            }
            product += (counts[0] * counts[2]) as f64;
        }
        let rounds = f64::from(rounds);
        for (kind, size) in sizes.iter().enumerate() {
            let p = *size as f64 / n;
            let (mean, variance) = (sums[kind] / rounds, squares[kind] / rounds - (sums[kind] / rounds).powi(2));
            let expected = n * p * (1.0 - p);
            // Four standard errors of a mean, and of a variance.
            assert!((mean - n * p).abs() <= 4.0 * (expected / rounds).sqrt(), "{kind}: {mean}");
            let error = (expected * expected * 2.0 + expected).sqrt() / rounds.sqrt();
            assert!((variance - expected).abs() <= 4.0 * error, "{kind}: {variance} for {expected}");
        }
        let covariance = product / rounds - sums[0] * sums[2] / rounds / rounds;
        assert!((covariance + n * 0.6 * 0.3).abs() < 8.0, "{covariance}");
    }

    #[test]
    fn dealt_units_are_all_there_in_groups_of_one_size() {
        let group = dealt(1003, 100, 3);
        assert_eq!(group.len(), 1003);
        let sizes: Vec<usize> = (0..100).map(|number| group.iter().filter(|group| **group == number).count()).collect();
        assert_eq!((sizes.iter().sum::<usize>(), sizes.iter().min(), sizes.iter().max()), (1003, Some(&10), Some(&11)));
        assert_ne!(group, dealt(1003, 100, 4));
    }
}
