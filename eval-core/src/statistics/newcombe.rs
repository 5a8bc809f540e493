use super::{Interval, wilson};

/// Newcombe's interval of two-sided `level` for the paired difference `(candidate_only − reference_only) / n`, a share
/// in [−1, 1]: Wilson's limits of both models' shares, joined by their correlation. `[-1, 1]` without any pair.
///
/// A cross-check on [`super::tango`], which decides. Source: method 10 of Newcombe, Statistics in Medicine 17 (1998)
/// 2635–2650, with its correction of phi for continuity.
pub fn newcombe(both: f64, candidate_only: f64, reference_only: f64, neither: f64, level: f64) -> Interval {
    let n = both + candidate_only + reference_only + neither;
    if n <= 0.0 {
        return Interval { lower: -1.0, upper: 1.0 };
    }
    let phi = phi(both, candidate_only, reference_only, neither);
    // How far down and up the interval of each model's share goes.
    let arms = |right: f64| {
        let Interval { lower, upper } = wilson(right, n, level);
        ((right / n - lower).max(0.0), (upper - right / n).max(0.0))
    };
    let candidate = arms(both + candidate_only);
    let reference = arms(both + reference_only);
    let joined = |one: f64, other: f64| (one * one - 2.0 * phi * one * other + other * other).max(0.0).sqrt();
    let difference = (candidate_only - reference_only) / n;
    Interval {
        lower: (difference - joined(candidate.0, reference.1)).max(-1.0),
        upper: (difference + joined(candidate.1, reference.0)).min(1.0),
    }
}

/// The correlation of both models' answers; a positive one is drawn towards zero by half a pair.
fn phi(both: f64, candidate_only: f64, reference_only: f64, neither: f64) -> f64 {
    let n = both + candidate_only + reference_only + neither;
    let margins = [both + candidate_only, reference_only + neither, both + reference_only, candidate_only + neither];
    // One root each: the product of four large counts is larger than what is exact.
    let spread: f64 = margins.map(f64::sqrt).iter().product();
    let excess = both * neither - candidate_only * reference_only;
    if spread <= 0.0 {
        0.0
    } else if excess > 0.0 {
        (excess - n / 2.0).max(0.0) / spread
    } else {
        excess / spread
    }
}
