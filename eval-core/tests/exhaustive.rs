//! Paired intervals and tests on every table, and their chances summed over every table.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::statistics::{Interval, Side, mcnemar, mcnemar_mid_p_worse, newcombe, tango, tango_power, tango_test};

/// `candidate_only` and `reference_only` of every table of `n` pairs.
fn discordant(n: u32) -> impl Iterator<Item = (f64, f64)> {
    (0..=n).flat_map(move |better| (0..=n - better).map(move |worse| (f64::from(better), f64::from(worse))))
}

fn sound(interval: Interval, difference: f64, turned: Interval) {
    let Interval { lower, upper } = interval;
    assert!(lower >= -1.0 && upper <= 1.0, "{interval:?}");
    assert!(lower <= difference + 1e-12 && difference - 1e-12 <= upper, "{interval:?} is not around {difference}");
    // Swapping the models swaps and turns the limits.
    assert!((lower + turned.upper).abs() < 1e-9 && (upper + turned.lower).abs() < 1e-9, "{interval:?} {turned:?}");
}

#[test]
fn intervals_of_every_small_table_are_sound() {
    for n in 1..=40 {
        for (better, worse) in discordant(n) {
            let difference = (better - worse) / f64::from(n);
            let of = |better, worse| tango(better, worse, f64::from(n), 0.95);
            sound(of(better, worse), difference, of(worse, better));
            for both in 0..=n - (better + worse) as u32 {
                let both = f64::from(both);
                let neither = f64::from(n) - better - worse - both;
                let of = |better, worse| newcombe(both, better, worse, neither, 0.95);
                sound(of(better, worse), difference, of(worse, better));
            }
        }
    }
}

#[test]
fn a_wider_margin_is_never_harder_to_show() {
    let margins: Vec<f64> = (0..=50).map(|margin| f64::from(margin) / 50.0).collect();
    for n in 1..=40 {
        for (better, worse) in discordant(n) {
            let p = |margin: &f64| tango_test(better, worse, f64::from(n), -margin, Side::AtLeast);
            let p: Vec<f64> = margins.iter().rev().map(p).collect();
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)) && p.is_sorted(), "{better} {worse} of {n}: {p:?}");
        }
    }
}

#[test]
fn mcnemar_of_every_small_table_is_sound() {
    for (better, worse) in (0..=40).flat_map(|better| (0..=40).map(move |worse| (better, worse))) {
        let p = mcnemar(better, worse);
        let all = [p.exact, p.mid_p, p.asymptotic, p.continuity];
        assert!(all.iter().all(|p| (0.0..=1.0).contains(p)), "{better} {worse}: {p:?}");
        assert_eq!(p, mcnemar(worse, better));
        assert!(p.mid_p <= p.exact && p.asymptotic <= p.continuity, "{better} {worse}: {p:?}");
        if better + worse > 0 {
            let sides = mcnemar_mid_p_worse(better, worse) + mcnemar_mid_p_worse(worse, better);
            assert!((sides - 1.0).abs() < 1e-12, "{better} {worse}: {sides}");
        }
    }
}

/// The chance of every table of `n` pairs that is likely enough to matter.
struct Trinomial {
    n: u32,
    ln_factorials: Vec<f64>,
}

impl Trinomial {
    fn new(n: u32) -> Self {
        let mut ln_factorials = vec![0.0];
        for k in 1..=n {
            ln_factorials.push(ln_factorials[k as usize - 1] + f64::from(k).ln());
        }
        Trinomial { n, ln_factorials }
    }

    /// The chance of what holds, by discordant counts, at this true discordance and difference.
    fn chance(&self, discordance: f64, difference: f64, mut holds: impl FnMut(f64, f64) -> bool) -> f64 {
        let n = f64::from(self.n);
        let ln = [discordance + difference, discordance - difference].map(|twice: f64| (twice / 2.0).ln());
        let rest = (1.0 - discordance).ln();
        let factorial = |k: f64| self.ln_factorials[k as usize];
        let mut sum = 0.0;
        for (better, worse) in discordant(self.n) {
            let equal = n - better - worse;
            let ways = factorial(n) - factorial(better) - factorial(worse) - factorial(equal);
            let chance = (ways + better * ln[0] + worse * ln[1] + equal * rest).exp();
            if chance > 1e-13 && holds(better, worse) {
                sum += chance;
            }
        }
        sum
    }
}

#[test]
fn a_loss_of_the_whole_margin_is_seldom_taken_for_none_or_for_more() {
    for n in [100, 400] {
        let tables = Trinomial::new(n);
        for (discordance, alpha) in
            [0.06, 0.08, 0.1, 0.15, 0.2, 0.3].into_iter().flat_map(|ψ| [0.05, 0.025].map(|alpha| (ψ, alpha)))
        {
            let shown = |better, worse| tango_test(better, worse, f64::from(n), -0.05, Side::AtLeast) <= alpha;
            let chance = tables.chance(discordance, -0.05, shown);
            assert!(chance <= alpha + 0.005, "{chance} at {alpha}, n {n}, discordance {discordance}");
            // Nor for more than the margin: that side is the quicker one where few pairs are discordant.
            let more = |better, worse| tango_test(better, worse, f64::from(n), -0.05, Side::AtMost) <= alpha;
            let too_bad = tables.chance(discordance, -0.05, more);
            assert!(too_bad <= alpha + 0.015, "{too_bad} at {alpha}, n {n}, discordance {discordance}");
            let power = tango_power(u64::from(n), discordance, -0.05, 0.05, alpha);
            assert!((chance - power).abs() < 1e-8, "{chance} is not {power}");
        }
    }
}

#[test]
fn power_is_the_sum_over_every_table() {
    for (n, discordance, difference) in [(60, 0.02, 0.0), (150, 0.1, 0.03), (300, 0.1, 0.0), (300, 0.4, -0.02)] {
        let shown = |better, worse| tango_test(better, worse, f64::from(n), -0.05, Side::AtLeast) <= 0.05;
        let chance = Trinomial::new(n).chance(discordance, difference, shown);
        let power = tango_power(u64::from(n), discordance, difference, 0.05, 0.05);
        assert!((chance - power).abs() < 1e-8, "{chance} is not {power}");
    }
}

#[test]
fn the_interval_holds_no_loss_as_often_as_it_says() {
    for n in [100, 400] {
        let tables = Trinomial::new(n);
        for (discordance, level) in
            [0.02, 0.05, 0.1, 0.2, 0.3].into_iter().flat_map(|ψ| [0.9, 0.95].map(|level| (ψ, level)))
        {
            let coverage = tables.chance(discordance, 0.0, |better, worse| {
                let Interval { lower, upper } = tango(better, worse, f64::from(n), level);
                lower <= 0.0 && 0.0 <= upper
            });
            assert!(coverage >= level - 0.005, "{coverage} of {level}, n {n}, discordance {discordance}");
        }
    }
}
