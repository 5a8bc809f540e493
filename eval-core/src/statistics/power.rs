use super::binomial::{binomial, binomial_tail};
use super::paired::score;
use super::{normal_quantile, pairs_needed};

/// Chances below this are left out of sums.
const NEGLIGIBLE: f64 = 1e-14;

/// More pairs than anyone will pay for: the search ends there.
const MOST_PAIRS: f64 = 1e6;

/// A power above this cannot be told from 1 where sums leave out what is negligible.
const SURE: f64 = 1.0 - 1e-6;

/// The chance that `n` pairs show non-inferiority by `margin` in Tango's test at one-sided `alpha`, where `discordance` is
/// the true share of discordant pairs and `difference` the true difference (candidate minus reference, a share). Exact,
/// over the trinomial. A discordance below the size of the difference is taken as that.
///
/// The test of [`super::tango_test`] rejects from a number of won pairs on, for each number m of discordant ones, so the
/// power is `Σ_m P(Bin(n, ψ) = m) · P(Bin(m, (ψ + δ)/2ψ) ≥ critical(m))`.
pub fn tango_power(n: u64, discordance: f64, difference: f64, margin: f64, alpha: f64) -> f64 {
    let discordance = discordance.max(difference.abs()).min(1.0);
    let won = if discordance > 0.0 { (0.5 + difference / discordance / 2.0).clamp(0.0, 1.0) } else { 0.5 };
    let z = -normal_quantile(alpha);
    let weighed = |m| (m, binomial(n, discordance, m));
    let weighs = |(_, chance): &(u64, f64)| *chance > NEGLIGIBLE;
    let likeliest = (n as f64 * discordance) as u64;
    let more = (likeliest..=n).map(weighed).take_while(weighs);
    let fewer = (0..likeliest).rev().map(weighed).take_while(weighs);
    more.chain(fewer).map(|(m, chance)| chance * binomial_tail(m, won, critical(n, m, margin, z))).sum::<f64>().min(1.0)
}

/// The fewest won of `m` discordant pairs with which `n` pairs show non-inferiority; `m + 1` where none do.
fn critical(n: u64, m: u64, margin: f64, z: f64) -> u64 {
    let (mut low, mut high) = (0, m + 1);
    while low < high {
        let middle = (low + high) / 2;
        if score(middle as f64, (m - middle) as f64, n as f64, -margin) >= z { high = middle } else { low = middle + 1 }
    }
    low
}

/// The number of pairs from which on Tango's test has the given power, by [`tango_power`]. `None` where the difference is
/// at or past the margin, a million pairs are not enough by far, or the power asked for is certainty.
///
/// Exact power is a saw: it rises when one won pair fewer becomes enough, about every `1 / margin` pairs, and sinks
/// slowly between. What is given is the smallest number that reaches the power and still does with every pair more, over
/// one tooth; the first that reaches it may be some pairs lower.
pub fn pairs_needed_exact(discordance: f64, difference: f64, margin: f64, alpha: f64, power: f64) -> Option<u64> {
    let near = pairs_needed(discordance, difference, margin, alpha, power)?;
    if power > SURE || near > MOST_PAIRS {
        return None;
    }
    let reached = |n| tango_power(n, discordance, difference, margin, alpha) >= power;
    let (mut low, mut high) = (0, (near as u64).max(1));
    while !reached(high) {
        if high as f64 > MOST_PAIRS {
            return None;
        }
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reached(middle) { high = middle } else { low = middle }
    }
    // Longer teeth are flat, and looking at each pair of theirs would take long.
    let tooth = (1.0 / margin).ceil().min(50.0) as u64;
    let mut at = high;
    while at < high + tooth {
        at += 1;
        if !reached(at) {
            high = at + 1;
        }
    }
    Some(high)
}

/// The largest true loss at which `n` pairs still show non-inferiority by `margin` with the given power: a difference
/// between −margin and 0, as a share. `None` where they do not even without a loss.
pub fn detectable(n: u64, discordance: f64, margin: f64, alpha: f64, power: f64) -> Option<f64> {
    let reached = |difference| tango_power(n, discordance, difference, margin, alpha) >= power;
    reached(0.0).then(|| edge(0.0, -margin, reached))
}

/// The smallest margin, as a share, that `n` pairs show with the given power where there is no true difference. `None`
/// where they do not even show a margin of 1.
pub fn smallest_margin(n: u64, discordance: f64, alpha: f64, power: f64) -> Option<f64> {
    let reached = |margin| tango_power(n, discordance, 0.0, margin, alpha) >= power;
    reached(1.0).then(|| edge(1.0, 0.0, reached))
}

/// The last point on the way from `holding` to `failing` at which the condition holds.
fn edge(mut holding: f64, mut failing: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = (holding + failing) / 2.0;
        if holds(middle) { holding = middle } else { failing = middle }
    }
    holding
}

/// The number of cases at which the mean paired difference of graded scores is known well enough to tell a true
/// `difference` from none at one-sided `alpha` with the given power; `None` without a difference.
///
/// `between` is the variance over the cases of the expected difference (ω², squared units of the score), `within` the
/// variance of one case's difference over its repeats (σ² of both models together), `repeats` how often each case is
/// answered. `(z_α + z_β)²·(ω² + σ²/K) / δ²`: Miller, arXiv 2411.00640, which writes α for both sides.
pub fn graded_cases_needed(
    between: f64,
    within: f64,
    repeats: u32,
    difference: f64,
    alpha: f64,
    power: f64,
) -> Option<u64> {
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    let needed = z * z * (between + within / f64::from(repeats)) / (difference * difference);
    needed.is_finite().then(|| needed.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn winning_one_more_discordant_pair_never_unsays_non_inferiority() {
        for n in 1..=40_u64 {
            for (m, margin) in (0..=n).flat_map(|m| [0.01, 0.05, 0.2, 0.6].map(|margin| (m, margin))) {
                let scores: Vec<_> =
                    (0..=m).map(|won| score(won as f64, (m - won) as f64, n as f64, -margin)).collect();
                assert!(scores.is_sorted(), "{n} {m} {margin}: {scores:?}");
            }
        }
    }

    #[test]
    fn power_is_reached_from_the_number_found_and_not_before() {
        for (margin, discordance, power) in [(0.05, 0.1, 0.8), (0.05, 0.02, 0.8), (0.1, 0.05, 0.6), (0.1, 0.3, 0.95)] {
            let found = pairs_needed_exact(discordance, 0.0, margin, 0.05, power).unwrap();
            let reached = |n| tango_power(n, discordance, 0.0, margin, 0.05) >= power;
            let tooth = (1.0 / margin) as u64;
            let first = (1..).find(|n| (*n..=n + tooth).all(reached)).unwrap();
            assert_eq!(found, first, "{margin} {discordance} {power}");
        }
    }

    #[test]
    fn what_can_be_shown_is_just_what_has_the_power() {
        let power = |difference, margin| tango_power(300, 0.1, difference, margin, 0.05);
        let loss = detectable(300, 0.1, 0.05, 0.05, 0.8).unwrap();
        assert!(loss < 0.0 && power(loss, 0.05) >= 0.8 && power(loss - 1e-6, 0.05) < 0.8, "{loss}");
        let margin = smallest_margin(300, 0.1, 0.05, 0.8).unwrap();
        assert!(margin < 0.05 && power(0.0, margin) >= 0.8 && power(0.0, margin - 1e-6) < 0.8, "{margin}");
        // Too few pairs for any loss; for any margin.
        assert_eq!(detectable(200, 0.1, 0.05, 0.05, 0.8), None);
        assert_eq!(smallest_margin(0, 0.1, 0.05, 0.8), None);
        assert_eq!(smallest_margin(1, 1.0, 0.05, 0.8), None);
    }

    #[test]
    fn no_number_is_given_where_none_would_do() {
        assert_eq!(pairs_needed_exact(0.1, -0.05, 0.05, 0.05, 0.8), None);
        assert_eq!(pairs_needed_exact(0.1, 0.0, 0.05, 0.05, 1.0), None);
        assert_eq!(pairs_needed_exact(0.1, 0.0, 0.05, 0.0, 0.8), None);
        assert_eq!(pairs_needed_exact(0.1, 0.0, 0.0001, 0.05, 0.8), None);
        assert_eq!(graded_cases_needed(0.1, 0.0, 1, 0.0, 0.025, 0.8), None);
        // Repeats help only against what differs between repeats.
        let cases = |repeats| graded_cases_needed(0.1, 0.4, repeats, 0.05, 0.025, 0.8).unwrap();
        assert!(cases(4) < cases(1) && cases(1_000_000) >= graded_cases_needed(0.1, 0.0, 1, 0.05, 0.025, 0.8).unwrap());
    }
}
