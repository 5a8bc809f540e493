use super::binomial::binomial_tail;
use super::clusters::{cluster_standard_error, half_width};
use super::{Interval, Side, normal_cdf, normal_quantile};

/// Wilson's score interval of two-sided `level` for `successes` of `n`; `[0, 1]` where `n` is 0.
///
/// Source: Wilson, JASA 22 (1927) 209–212. `successes` may be fractional (means of repeats).
pub fn wilson(successes: f64, n: f64, level: f64) -> Interval {
    if n <= 0.0 {
        return Interval { lower: 0.0, upper: 1.0 };
    }
    let z = normal_quantile(0.5 + level / 2.0);
    let p = successes / n;
    let z2n = z * z / n;
    let centre = (p + z2n / 2.0) / (1.0 + z2n);
    let half = z / (1.0 + z2n) * (p * (1.0 - p) / n + z2n / (4.0 * n)).sqrt();
    let lower = if successes <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let upper = if successes >= n { 1.0 } else { (centre + half).min(1.0) };
    Interval { lower, upper }
}

/// The p-value of the one-sided score test behind [`wilson`]: small where the data speak for the side asked about.
///
/// `Side::AtLeast` tests against "the proportion is below `limit`". 1 where `n` is 0.
pub fn score_test(successes: f64, n: f64, limit: f64, side: Side) -> f64 {
    if n <= 0.0 {
        return 1.0;
    }
    let p = successes / n;
    let gap = match side {
        Side::AtLeast => p - limit,
        Side::AtMost => limit - p,
    };
    let variance = limit * (1.0 - limit) / n;
    if variance <= 0.0 {
        // A limit of 0 or 1 leaves no room for chance: either the data contradict it or they cannot.
        return if gap >= 0.0 { 0.0 } else { 1.0 };
    }
    1.0 - normal_cdf(gap / variance.sqrt())
}

/// The exact one-sided p-value, from the binomial distribution itself: where [`score_test`] has too few cases to hold.
pub fn binomial_test(successes: u64, n: u64, limit: f64, side: Side) -> f64 {
    let successes = successes.min(n);
    match side {
        Side::AtLeast => binomial_tail(n, limit, successes),
        Side::AtMost => binomial_tail(n, 1.0 - limit, n - successes),
    }
}

/// The interval of two-sided `level` for the mean of `values` in [0, 1], where cases that share a cluster are not
/// independent, and the number of independent units.
///
/// Cases without a cluster are units of their own. Where no unit has two cases this is [`wilson`]. Else: the
/// cluster-robust standard error `sqrt(Σ_g (Σ_i (y_gi − ȳ))²)/n · sqrt(G/(G−1))` with t of G−1 degrees of freedom,
/// never narrower than Wilson on G units (arXiv 2411.00640 with the small-sample factor).
pub fn clustered<C: Ord + Copy>(values: &[f64], clusters: &[Option<C>], level: f64) -> (Interval, usize) {
    let n = values.len() as f64;
    let total: f64 = values.iter().sum();
    let (error, units) = cluster_standard_error(values, clusters);
    if units == values.len() {
        return (wilson(total, n, level), units);
    }
    let Some(error) = error else {
        return (Interval { lower: 0.0, upper: 1.0 }, units);
    };
    let (mean, g) = (total / n, units as f64);
    let simple = wilson(mean * g, g, level);
    let half = half_width(error, units, level);
    let lower = simple.lower.min((mean - half).max(0.0));
    let upper = simple.upper.max((mean + half).min(1.0));
    (Interval { lower, upper }, units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn the_score_test_agrees_with_the_interval() {
        // The lower limit of level 0.90 is exactly where the one-sided p-value is 0.05.
        let lower = wilson(43.0, 60.0, 0.90).lower;
        assert!((score_test(43.0, 60.0, lower, Side::AtLeast) - 0.05).abs() < 1e-9);
        let upper = wilson(43.0, 60.0, 0.90).upper;
        assert!((score_test(43.0, 60.0, upper, Side::AtMost) - 0.05).abs() < 1e-9);
        assert_eq!(score_test(5.0, 10.0, 0.0, Side::AtLeast), 0.0);
        assert_eq!(score_test(5.0, 10.0, 1.0, Side::AtLeast), 1.0);
    }

    #[test]
    fn the_exact_test_sums_the_distribution() {
        // 3 of 3 at 0.5: 1/8; at most 1 of 4 at 0.5: 5/16.
        assert!((binomial_test(3, 3, 0.5, Side::AtLeast) - 0.125).abs() < 1e-12);
        assert!((binomial_test(1, 4, 0.5, Side::AtMost) - 0.3125).abs() < 1e-12);
        assert_eq!(binomial_test(0, 0, 0.5, Side::AtLeast), 1.0);
    }

    #[test]
    fn clusters_widen_and_single_cases_do_not() {
        let values = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let alone = [None::<&str>; 8];
        let pairs = ["a", "a", "a", "b", "b", "b", "c", "d"].map(Some);
        let (independent, units) = clustered(&values, &alone, 0.95);
        assert_eq!((independent, units), (wilson(4.0, 8.0, 0.95), 8));
        let (dependent, units) = clustered(&values, &pairs, 0.95);
        assert_eq!(units, 4);
        assert!(dependent.lower < independent.lower && dependent.upper > independent.upper);
    }

    #[test]
    fn clusters_give_t_of_few_degrees_of_freedom_and_never_less_than_wilson() {
        let values: Vec<f64> = [1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 1.0, 0.0, 0.0].iter().map(|y| (y + 1.0) / 2.0).collect();
        let clusters: Vec<_> = ["a", "a", "b", "b", "b", "c", "c", "c", "c"].map(Some).to_vec();
        let (interval, _) = clustered(&values, &clusters, 0.5);
        let t = StudentsT::new(0.0, 1.0, 2.0).unwrap().inverse_cdf(0.75);
        let error = cluster_standard_error(&values, &clusters).0.unwrap();
        let simple = wilson(3.0 * (0.5 + 1.0 / 9.0), 3.0, 0.5).lower;
        assert!((interval.lower - (0.5 + 1.0 / 9.0 - t * error).min(simple)).abs() < 1e-9, "{interval:?}");
    }
}
