use super::clusters::{cluster_standard_error, half_width, t_test};
use super::{Interval, Side, normal_cdf, normal_quantile};

/// Tango's score interval of two-sided `level` for the paired difference `(candidate_only − reference_only) / n`;
/// `[-1, 1]` where `n` is 0. Holds without any discordant pair. Counts may be fractional (means of repeats).
///
/// Source: Tango, Statistics in Medicine 17 (1998) 891–908.
pub fn tango(candidate_only: f64, reference_only: f64, n: f64, level: f64) -> Interval {
    if n <= 0.0 {
        return Interval { lower: -1.0, upper: 1.0 };
    }
    let z = normal_quantile(0.5 + level / 2.0);
    // The statistic falls as the difference that is asked about grows.
    let where_it_is = |target: f64| {
        let (mut low, mut high) = (-1.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if score(candidate_only, reference_only, n, middle) > target { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    };
    Interval { lower: where_it_is(z), upper: where_it_is(-z) }
}

/// The p-value of the one-sided score test behind [`tango`]: small where the data speak for the side asked about.
///
/// Non-inferiority by a margin is `limit = −margin` and `Side::AtLeast`. 1 where `n` is 0.
pub fn tango_test(candidate_only: f64, reference_only: f64, n: f64, limit: f64, side: Side) -> f64 {
    if n <= 0.0 {
        return 1.0;
    }
    let z = score(candidate_only, reference_only, n, limit);
    match side {
        Side::AtLeast => 1.0 - normal_cdf(z),
        Side::AtMost => normal_cdf(z),
    }
}

/// Tango's statistic against a true difference of `delta`: its standard error is taken under that difference.
pub(super) fn score(candidate_only: f64, reference_only: f64, n: f64, delta: f64) -> f64 {
    let (b, c) = (candidate_only, reference_only);
    let linear = (2.0 * n - b + c) * delta - b - c;
    let constant = -c * delta * (1.0 - delta);
    // The share of reference-only pairs that is likeliest under the difference.
    let share = ((linear * linear - 8.0 * n * constant).max(0.0).sqrt() - linear) / (4.0 * n);
    let gap = b - c - n * delta;
    let variance = n * (2.0 * share + delta * (1.0 - delta));
    if variance > 0.0 {
        gap / variance.sqrt()
    } else if gap == 0.0 {
        0.0
    } else {
        gap.signum() * f64::INFINITY
    }
}

/// The interval of two-sided `level` for the mean of paired `differences` in [−1, 1], where cases that share a cluster
/// are not independent, and the number of independent units.
///
/// Cases without a cluster are units of their own. Where no unit has two cases this is [`tango`]. Else: the
/// cluster-robust standard error with t of G−1 degrees of freedom, as in [`super::clustered`], never narrower than
/// Tango on G units.
pub fn paired_clustered<C: Ord + Copy>(differences: &[f64], clusters: &[Option<C>], level: f64) -> (Interval, usize) {
    let n = differences.len() as f64;
    let (better, worse) = discordant(differences);
    let (error, units) = cluster_standard_error(differences, clusters);
    if units == differences.len() {
        return (tango(better, worse, n, level), units);
    }
    let Some(error) = error else {
        return (Interval { lower: -1.0, upper: 1.0 }, units);
    };
    let (mean, g) = ((better - worse) / n, units as f64);
    let simple = tango(better / n * g, worse / n * g, g, level);
    let half = half_width(error, units, level);
    let lower = simple.lower.min(mean - half).max(-1.0);
    let upper = simple.upper.max(mean + half).min(1.0);
    (Interval { lower, upper }, units)
}

/// The one-sided p-value behind [`paired_clustered`]: it is at most alpha where the limit of level 1 − 2·alpha on this side
/// does not pass `limit`. 1 with fewer than two units.
pub fn paired_clustered_test(differences: &[f64], clusters: &[Option<u32>], limit: f64, side: Side) -> f64 {
    let n = differences.len() as f64;
    let (better, worse) = discordant(differences);
    let (error, units) = cluster_standard_error(differences, clusters);
    if units == differences.len() {
        return tango_test(better, worse, n, limit, side);
    }
    let Some(error) = error else { return 1.0 };
    let g = units as f64;
    let gap = match side {
        Side::AtLeast => (better - worse) / n - limit,
        Side::AtMost => limit - (better - worse) / n,
    };
    // The interval is the wider of both, so the test is the more cautious of both.
    tango_test(better / n * g, worse / n * g, g, limit, side).max(t_test(gap, error, units))
}

/// How much the candidate is ahead where it is, and the same of the reference, in cases.
fn discordant(differences: &[f64]) -> (f64, f64) {
    let better: f64 = differences.iter().filter(|d| **d > 0.0).sum();
    let worse: f64 = -differences.iter().filter(|d| **d < 0.0).sum::<f64>();
    (better, worse)
}

/// The number of pairs at which a non-inferiority test at one-sided `alpha` has the given power, where `discordance` is
/// the share of discordant pairs and `difference` the true difference; `None` where the difference is at or past the
/// margin. Never fewer than the test needs without any discordant pair.
///
/// `(z_α + z_β)²·(ψ − δ²)/(margin + δ)²`: Lachin, Statistics in Medicine 11 (1992) 1239–1251, in its simplest form.
pub fn pairs_needed(discordance: f64, difference: f64, margin: f64, alpha: f64, power: f64) -> Option<f64> {
    let room = margin + difference;
    if room <= 0.0 || margin <= 0.0 {
        return None;
    }
    let (z_alpha, z_beta) = (normal_quantile(1.0 - alpha), normal_quantile(power));
    let variance = (discordance - difference * difference).max(0.0);
    let wald = (z_alpha + z_beta).powi(2) * variance / (room * room);
    let without_discordance = z_alpha * z_alpha * (1.0 - margin) / margin;
    Some(wald.max(without_discordance).ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_the_interval() {
        let upper = tango(20.0, 30.0, 500.0, 0.90).upper;
        assert!((tango_test(20.0, 30.0, 500.0, upper, Side::AtMost) - 0.05).abs() < 1e-9);
        assert_eq!(tango_test(0.0, 0.0, 0.0, -0.05, Side::AtLeast), 1.0);
    }

    #[test]
    fn the_test_of_clusters_is_their_interval() {
        let differences = [1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.0, -0.5];
        let clusters: Vec<_> = [0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 4, 4].map(Some).to_vec();
        for (level, alpha) in [(0.5, 0.25), (0.8, 0.1), (0.9, 0.05)] {
            let interval = paired_clustered(&differences, &clusters, level).0;
            let p = |limit, side| paired_clustered_test(&differences, &clusters, limit, side);
            assert!((p(interval.lower, Side::AtLeast) - alpha).abs() < 1e-9, "{interval:?}");
            assert!((p(interval.upper, Side::AtMost) - alpha).abs() < 1e-9, "{interval:?}");
        }
        assert_eq!(paired_clustered_test(&[1.0, 1.0], &[Some(1); 2], 0.0, Side::AtLeast), 1.0);
        assert_eq!(
            paired_clustered_test(&[1.0, -1.0], &[None; 2], -0.1, Side::AtLeast),
            tango_test(1.0, 1.0, 2.0, -0.1, Side::AtLeast)
        );
    }

    #[test]
    fn no_number_of_pairs_shows_a_loss_of_the_margin() {
        assert_eq!(pairs_needed(0.10, -0.05, 0.05, 0.05, 0.8), None);
    }

    #[test]
    fn clusters_widen_by_the_reference_standard_error() {
        let differences = [1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
        let alone = [None::<&str>; 9];
        assert_eq!(paired_clustered(&differences, &alone, 0.95), (tango(3.0, 1.0, 9.0, 0.95), 9));
        let clusters: Vec<_> = ["a", "a", "b", "b", "b", "c", "c", "c", "c"].map(Some).to_vec();
        let (interval, units) = paired_clustered(&differences, &clusters, 0.95);
        assert_eq!(units, 3);
        // Mean 2/9, standard error 0.28288, t of 2 degrees of freedom: 4.3027.
        assert!((interval.lower - (0.22222 - 4.3027 * 0.28288)).abs() < 1e-3, "{interval:?}");
        assert_eq!(interval.upper, 1.0);
    }
}
