use super::{normal_cdf, normal_quantile};

/// Shares of information closer than this are the same look.
const SAME: f64 = 1e-5;

/// A chance not worth spending: paths that are left out have less.
const NEGLIGIBLE: f64 = 1e-15;

/// How far from the middle paths are followed, in standard deviations.
const REACH: f64 = 8.0;

/// How many standard deviations a single step is taken to go at most.
const NEAR: f64 = 9.0;

/// Grid points in the standard deviation of one step.
const FINE: f64 = 8.0;

/// How much of a one-sided `alpha` may be spent once a share of the planned information (cases looked at, of those
/// planned) is in: next to nothing early, all of it from 1 on.
///
/// `2 − 2Φ(z_{1−α/2} / √t)`, the O'Brien–Fleming type: Lan and DeMets, Biometrika 70 (1983) 659–663.
pub fn spent(alpha: f64, share_of_information: f64) -> f64 {
    if share_of_information <= 0.0 {
        0.0
    } else if share_of_information >= 1.0 {
        alpha
    } else {
        2.0 * normal_cdf(normal_quantile(alpha / 2.0) / share_of_information.sqrt())
    }
}

/// The one-sided level to test at in each look, so that up to each look the chance of a false success is what [`spent`]
/// allows, however many looks follow. `shares` are shares of the planned information, in the order of the looks.
///
/// The same share again is the same look, at the same level. Where nothing is left to spend the level is 0: after all
/// was spent, and for less information than was already looked at.
///
/// Source: Lan and DeMets as above, with the recursive integration of Armitage, McPherson and Rowe, Journal of the Royal
/// Statistical Society A 132 (1969) 235–244, by Simpson's rule.
pub fn nominal_alphas(alpha: f64, shares: &[f64]) -> Vec<f64> {
    let mut looks: Vec<f64> = Vec::new();
    for share in shares {
        if *share > looks.last().unwrap_or(&0.0) + SAME {
            looks.push(*share);
        }
    }
    let levels = levels(alpha, &looks);
    let level = |share: &f64| looks.iter().position(|look| (look - share).abs() <= SAME).map(|look| levels[look]);
    shares.iter().map(|share| level(share).unwrap_or(0.0)).collect()
}

/// The levels of looks at increasing shares.
fn levels(alpha: f64, looks: &[f64]) -> Vec<f64> {
    let mut path = Path(vec![(0.0, 1.0)]);
    let mut before = 0.0;
    let mut levels = Vec::with_capacity(looks.len());
    for (index, look) in looks.iter().enumerate() {
        let (step, deviation) = ((look - before).sqrt(), look.sqrt());
        let bound = path.bound(step, deviation, spent(alpha, *look) - spent(alpha, before));
        levels.push(normal_cdf(-bound / deviation));
        // From 1 on nothing is left to spend, and no path needs to be followed.
        if let Some(next) = looks.get(index + 1).filter(|_| *look < 1.0) {
            let spacing = step.min((next - look).sqrt()) / FINE;
            path = path.walk(step, -REACH * deviation, bound.min(REACH * deviation), spacing);
        }
        before = *look;
    }
    levels
}

/// Where the test's sum, a Brownian motion without drift in time counted as information, may stand after a look that did
/// not end the trial: places in rising order, each with its chance.
struct Path(Vec<(f64, f64)>);

impl Path {
    /// The place from which on the next look, a step of this standard deviation ahead, is a success with chance `spend`.
    fn bound(&self, step: f64, deviation: f64, spend: f64) -> f64 {
        if spend <= NEGLIGIBLE {
            return f64::INFINITY;
        }
        let crossing = |bound: f64| {
            let near = &self.0[self.place(bound - NEAR * step)..];
            near.iter().map(|(at, chance)| chance * normal_cdf((at - bound) / step)).sum::<f64>()
        };
        let (mut low, mut high) = (-40.0 * deviation, 40.0 * deviation);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if crossing(middle) > spend { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }

    /// One look on, between these places.
    fn walk(&self, step: f64, lower: f64, upper: f64, spacing: f64) -> Path {
        let pairs = ((upper - lower).max(0.0) / spacing / 2.0).ceil().max(1.0) as usize;
        let width = (upper - lower).max(0.0) / (2 * pairs) as f64;
        let point = |index: usize| {
            let simpson = if index == 0 || index == 2 * pairs { 1.0 } else { (2 * (1 + index % 2)) as f64 };
            let at = lower + width * index as f64;
            (at, simpson * width / 3.0 * self.density(at, step))
        };
        Path((0..=2 * pairs).map(point).collect())
    }

    fn density(&self, at: f64, step: f64) -> f64 {
        let near = &self.0[self.place(at - NEAR * step)..self.place(at + NEAR * step)];
        let bells: f64 = near.iter().map(|(from, chance)| chance * (-0.5 * ((at - from) / step).powi(2)).exp()).sum();
        bells / (step * std::f64::consts::TAU.sqrt())
    }

    fn place(&self, limit: f64) -> usize {
        self.0.partition_point(|(at, _)| *at < limit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::SplitMix;
    use super::*;

    fn bounds(alpha: f64, shares: &[f64]) -> Vec<f64> {
        nominal_alphas(alpha, shares).into_iter().map(|level| -normal_quantile(level)).collect()
    }

    #[test]
    fn the_bounds_are_the_published_ones() {
        // Lan and DeMets' bounds of the O'Brien–Fleming type for equally spaced looks, one-sided 0.025.
        let tables: [(&[f64], &[f64]); 2] =
            [(&[0.5, 1.0], &[2.963, 1.969]), (&[0.2, 0.4, 0.6, 0.8, 1.0], &[4.877, 3.357, 2.680, 2.290, 2.031])];
        for (shares, want) in tables {
            let got = bounds(0.025, shares);
            assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 5e-4), "{got:?}");
        }
        // The second of five looks, computed apart by a single integral over the first.
        assert!((bounds(0.025, &[0.2, 0.4])[1] - 3.357_011_9).abs() < 1e-6);
        assert!((nominal_alphas(0.05, &[1.0])[0] - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_trial_without_an_effect_succeeds_as_often_as_alpha_allows() {
        let mut random = SplitMix(7);
        let mut normal = || normal_quantile((random.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64);
        let trials = 100_000;
        for (alpha, shares) in [(0.05, vec![0.1, 0.5, 0.51, 0.9, 1.0]), (0.025, vec![0.3, 0.8, 0.8, 1.4])] {
            let bounds = bounds(alpha, &shares);
            let mut successes = 0;
            for _ in 0..trials {
                let (mut sum, mut before) = (0.0, 0.0);
                let mut crossed = false;
                for (share, bound) in shares.iter().zip(&bounds) {
                    sum += normal() * (share - before).sqrt();
                    before = *share;
                    crossed |= sum / share.sqrt() >= *bound;
                }
                successes += u64::from(crossed);
            }
            let rate = successes as f64 / trials as f64;
            let error = (alpha * (1.0 - alpha) / trials as f64).sqrt();
            assert!((rate - alpha).abs() < 3.0 * error, "{rate} at {alpha}");
        }
    }

    #[test]
    fn looks_that_bring_nothing_new_get_nothing_new() {
        let twice = nominal_alphas(0.05, &[0.5, 0.5, 1.0, 1.0, 0.5]);
        let once = nominal_alphas(0.05, &[0.5, 1.0]);
        assert_eq!(twice, [once[0], once[0], once[1], once[1], once[0]]);
        // Less than was looked at, and more than was planned after all is spent.
        assert_eq!(nominal_alphas(0.05, &[0.5, 0.3])[1], 0.0);
        assert_eq!(nominal_alphas(0.05, &[1.0, 1.2])[1], 0.0);
        assert!((nominal_alphas(0.05, &[1.3])[0] - 0.05).abs() < 1e-12);
        assert_eq!(nominal_alphas(0.05, &[0.0, -1.0, 0.01])[..2], [0.0, 0.0]);
        assert_eq!(spent(0.05, 0.0), 0.0);
    }

    #[test]
    fn a_look_that_brings_almost_nothing_changes_almost_nothing() {
        let once = nominal_alphas(0.05, &[0.5, 1.0]);
        let again = nominal_alphas(0.05, &[0.5, 0.5001, 1.0]);
        assert!((again[0] - once[0]).abs() < 1e-9 && (again[2] - once[1]).abs() < 1e-5, "{again:?}");
        // As many looks as there are cases never cost more than all.
        let many: Vec<f64> = (1..=100).map(|look| f64::from(look) / 100.0).collect();
        let levels = nominal_alphas(0.05, &many);
        assert!(levels.is_sorted() && levels[99] > 0.025 && levels[99] < again[2], "{levels:?}");
    }
}
