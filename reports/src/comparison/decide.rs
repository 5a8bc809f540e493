//! The verdict on paired cases, as a function of nothing but their differences: what the simulations test.

use super::endpoint::Endpoint;
use crate::{Verdict, metric::FEWEST_GROUPS};
use eval_core::statistics::Side;

/// The two endpoints of one task, and the rules.
pub(crate) struct Evidence<'a> {
    /// Right answers.
    pub correct: &'a Endpoint,
    /// Confident wrong answers.
    pub wrong: &'a Endpoint,
    pub margin: f64,
    /// One-sided, for this look.
    pub alpha: f64,
    /// Whether the candidate misses a bar of the task.
    pub misses_bar: bool,
}

/// What they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decided {
    /// Never `invalid`: that is told from elsewhere.
    pub verdict: Verdict,
    /// That the candidate is worse by the margin in either endpoint; `None` without cases.
    pub p_noninferiority: Option<f64>,
    /// Whether there are enough independent units to decide at all.
    pub enough_groups: bool,
}

/// `good_enough`: not worse by the margin in either endpoint, whatever the failed calls and scores hide, and no bar missed.
/// `not_good_enough`: worse by more than the margin in either, even with all that is hidden taken for the candidate, or a
/// bar missed. Else `need_more_data`.
pub(crate) fn decide(evidence: &Evidence<'_>) -> Decided {
    let Evidence { correct, wrong, margin, alpha, misses_bar } = *evidence;
    let cases = correct.shown.len();
    let enough_groups = correct.has_enough_units();
    // Both claims must hold, as counted and at worst, so the largest p-value is that of the whole.
    let p = (cases > 0).then(|| {
        let p = |values| correct.p(values, -margin, Side::AtLeast);
        let p_wrong = |values| wrong.p(values, margin, Side::AtMost);
        [p(&correct.shown), p(&correct.worst), p_wrong(&wrong.shown), p_wrong(&wrong.worst)]
            .into_iter()
            // What cannot be computed shows nothing.
            .map(|p| if p.is_nan() { 1.0 } else { p })
            .fold(0.0, f64::max)
    });
    let decided = cases > 0 && enough_groups;
    let worse = decided
        && (correct.p(&correct.best, -margin, Side::AtMost) <= alpha
            || wrong.p(&wrong.best, margin, Side::AtLeast) <= alpha);
    let verdict = match () {
        () if worse || misses_bar => Verdict::NotGoodEnough,
        // Below that no approximation holds, whatever the margin.
        () if decided && cases >= FEWEST_GROUPS && p.is_some_and(|p| p <= alpha) => Verdict::GoodEnough,
        () => Verdict::NeedMoreData,
    };
    Decided { verdict, p_noninferiority: p, enough_groups }
}
