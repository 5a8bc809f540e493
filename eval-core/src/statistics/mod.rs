//! Pure functions on counts and per-case values, in f64. Each names its source; each published value that is known
//! is a test.

mod agreement;
mod binomial;
mod bootstrap;
mod clusters;
mod holm;
mod looks;
mod mcnemar;
mod newcombe;
mod paired;
mod power;
mod proportion;
mod random;
mod repeats;
mod two_samples;

pub use agreement::{Agreement, agreement, cohens_kappa};
pub use bootstrap::{
    Bootstrap, MOST_DRAWN, Units, bootstrap, bootstrap_of_kinds, bootstrap_of_ratio, groups, wants_groups,
};
pub use clusters::cluster_standard_error;
pub use holm::holm;
pub use looks::{nominal_alphas, spent};
pub use mcnemar::{McNemar, mcnemar, mcnemar_mid_p_worse};
pub use newcombe::newcombe;
pub use paired::{paired_clustered, paired_clustered_test, pairs_needed, tango, tango_test};
pub use power::{detectable, graded_cases_needed, pairs_needed_exact, smallest_margin, tango_power};
pub use proportion::{binomial_test, clustered, score_test, wilson};
pub use repeats::{pass_at_k, pass_hat_k};
pub use two_samples::two_proportions;

use statrs::distribution::{ContinuousCDF, Normal};

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Which way a one-sided question points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Is the true value at least the limit?
    AtLeast,
    /// Is the true value at most the limit?
    AtMost,
}

/// The standard normal quantile.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// The standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}
