use super::binomial::{binomial, binomial_tail};
use super::normal_cdf;

/// McNemar's tests of "both models are right equally often": two-sided p-values from the discordant pairs alone, each
/// 1 where there is none. They show a difference; that they show none is no evidence of equality.
///
/// Source: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13 (2013) 91, which recommends the mid-p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// The binomial test: never too small, often too large.
    pub exact: f64,
    /// The binomial test that counts what was observed by half.
    pub mid_p: f64,
    /// McNemar, Psychometrika 12 (1947) 153–157.
    pub asymptotic: f64,
    /// The same with Edwards' correction for continuity, Psychometrika 13 (1948) 185–187.
    pub continuity: f64,
}

/// McNemar's tests of `candidate_only` against `reference_only`: the pairs that one model alone has right.
pub fn mcnemar(candidate_only: u64, reference_only: u64) -> McNemar {
    let discordant = candidate_only + reference_only;
    let (fewer, more) = (candidate_only.min(reference_only), candidate_only.max(reference_only));
    if discordant == 0 {
        return McNemar { exact: 1.0, mid_p: 1.0, asymptotic: 1.0, continuity: 1.0 };
    }
    let tail = binomial_tail(discordant, 0.5, more);
    let two_sided = |gap: f64| (2.0 * normal_cdf(-gap / (discordant as f64).sqrt())).min(1.0);
    let gap = (more - fewer) as f64;
    McNemar {
        exact: (2.0 * tail).min(1.0),
        mid_p: (2.0 * tail - binomial(discordant, 0.5, more)).min(1.0),
        asymptotic: two_sided(gap),
        continuity: two_sided((gap - 1.0).max(0.0)),
    }
}

/// One-sided mid-p value: small where the candidate lost more pairs than it won. 1 without any discordant pair.
///
/// The two-sided mid-p of [`mcnemar`] is twice the smaller of both sides.
pub fn mcnemar_mid_p_worse(candidate_only: u64, reference_only: u64) -> f64 {
    let discordant = candidate_only + reference_only;
    if discordant == 0 {
        return 1.0;
    }
    binomial_tail(discordant, 0.5, reference_only) - binomial(discordant, 0.5, reference_only) / 2.0
}
