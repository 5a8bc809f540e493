use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;

/// The standard error of the mean of `values`, in their unit, where cases that share a cluster are not independent; and
/// the number G of independent units. `None` where there are fewer than two units.
///
/// Cases without a cluster are units of their own. `sqrt(Σ_g (Σ_i (y_gi − ȳ))²)/n · sqrt(G/(G−1))`, to be compared with
/// t of G−1 degrees of freedom: Miller, arXiv 2411.00640, with the small-sample factor.
pub fn cluster_standard_error<C: Ord + Copy>(values: &[f64], clusters: &[Option<C>]) -> (Option<f64>, usize) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let mut units: BTreeMap<C, f64> = BTreeMap::new();
    let mut alone = Vec::new();
    for (value, cluster) in values.iter().zip(clusters) {
        match cluster {
            Some(name) => *units.entry(*name).or_default() += value - mean,
            None => alone.push(value - mean),
        }
    }
    let count = units.len() + alone.len();
    if count < 2 {
        return (None, count);
    }
    let g = count as f64;
    let squares: f64 = units.values().chain(&alone).map(|sum| sum * sum).sum();
    (Some(squares.sqrt() / n * (g / (g - 1.0)).sqrt()), count)
}

/// The one-sided p-value of a mean that lies this far on the side asked about, behind the interval of [`half_width`].
pub(super) fn t_test(gap: f64, standard_error: f64, units: usize) -> f64 {
    if standard_error == 0.0 {
        // Every unit says the same.
        return if gap >= 0.0 { 0.0 } else { 1.0 };
    }
    StudentsT::new(0.0, 1.0, units as f64 - 1.0).map_or(1.0, |t| t.cdf(-gap / standard_error))
}

/// How far the interval of two-sided `level` goes to either side of the mean, at this standard error of `units` units.
pub(super) fn half_width(standard_error: f64, units: usize, level: f64) -> f64 {
    let t = StudentsT::new(0.0, 1.0, units as f64 - 1.0);
    t.map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + level / 2.0)) * standard_error
}
