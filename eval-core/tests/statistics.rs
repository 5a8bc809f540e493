//! The statistics against published values, and against exhaustive counting.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::statistics::{
    Interval, Side, cluster_standard_error, graded_cases_needed, holm, mcnemar, mcnemar_mid_p_worse, newcombe,
    pairs_needed, pairs_needed_exact, pass_at_k, pass_hat_k, tango, tango_test, wilson,
};

/// Where a value is said to be computed, it is by an independent implementation that gives every published one here.
fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "{got} is not {want}");
}

fn limits(got: Interval, want: [f64; 2], tolerance: f64) {
    close(got.lower, want[0], tolerance);
    close(got.upper, want[1], tolerance);
}

#[test]
fn tango_gives_the_published_intervals() {
    // Tango 1998, tables VII and V.
    limits(tango(9.0, 3.0, 32.0, 0.95), [-0.027, 0.390], 5e-4);
    limits(tango(0.0, 1.0, 44.0, 0.90), [-0.096, 0.037], 5e-4);
    // Agresti and Min 2005.
    limits(tango(16.0, 8.0, 86.0, 0.95), [-0.020, 0.207], 5e-4);
    // Fagerland, Lydersen and Laake: airway hyper-responsiveness; complete response.
    limits(tango(1.0, 7.0, 21.0, 0.95), [-0.517, -0.026], 5e-4);
    limits(tango(6.0, 16.0, 161.0, 0.95), [-0.1240, -0.0054], 5e-5);
    // Computed.
    limits(tango(12.0, 2.0, 50.0, 0.95), [0.0611, 0.3447], 5e-5);
    limits(tango(0.0, 0.0, 100.0, 0.90), [-0.026343, 0.026343], 5e-7);
    limits(tango(20.0, 30.0, 500.0, 0.90), [-0.04405, 0.00334], 5e-6);
    limits(tango(0.0, 0.0, 0.0, 0.95), [-1.0, 1.0], 0.0);
}

#[test]
fn newcombe_gives_the_published_intervals() {
    // Newcombe 1998; Fagerland, Lydersen and Laake: airway hyper-responsiveness; complete response.
    limits(newcombe(20.0, 12.0, 2.0, 16.0, 0.95), [0.0562, 0.3292], 5e-5);
    limits(newcombe(1.0, 1.0, 7.0, 12.0, 0.95), [-0.507, -0.026], 5e-4);
    limits(newcombe(59.0, 6.0, 16.0, 80.0, 0.95), [-0.1186, -0.0046], 5e-5);
    // Computed.
    limits(newcombe(4.0, 9.0, 3.0, 16.0, 0.95), [-0.0273, 0.3807], 5e-5);
    limits(newcombe(43.0, 0.0, 1.0, 0.0, 0.90), [-0.0957, 0.0378], 5e-5);
    limits(newcombe(53.0, 16.0, 8.0, 9.0, 0.95), [-0.0201, 0.2039], 5e-5);
    limits(newcombe(0.0, 0.0, 0.0, 0.0, 0.95), [-1.0, 1.0], 0.0);
}

#[test]
fn mcnemar_gives_the_published_values() {
    // Fagerland, Lydersen and Laake: complete response.
    let p = mcnemar(6, 16);
    close(p.exact, 0.052479, 5e-7);
    close(p.mid_p, 0.034690, 5e-7);
    close(p.asymptotic, 0.033006, 5e-7);
    close(p.continuity, 0.055009, 5e-7);
    // Computed.
    for (better, worse, exact, mid_p, tolerance) in [
        (9, 3, 0.145996, 0.092285, 5e-7),
        (16, 8, 0.15159, 0.107752, 5e-6),
        (1, 7, 0.0703, 0.0391, 5e-5),
        (12, 2, 0.0129, 0.007385, 5e-5),
    ] {
        close(mcnemar(better, worse).exact, exact, tolerance);
        close(mcnemar(better, worse).mid_p, mid_p, tolerance);
        close(2.0 * mcnemar_mid_p_worse(better.min(worse), better.max(worse)), mid_p, tolerance);
    }
}

#[test]
fn mcnemar_holds_without_a_pair_and_with_a_million() {
    let none = mcnemar(0, 0);
    assert_eq!([none.exact, none.mid_p, none.asymptotic, none.continuity], [1.0; 4]);
    assert_eq!(mcnemar_mid_p_worse(0, 0), 1.0);
    let many = mcnemar(500_900, 499_100);
    // The normal approximation is good to more digits than these.
    close(many.mid_p, many.asymptotic, 1e-6);
    close(many.exact, many.continuity, 1e-6);
    close(mcnemar_mid_p_worse(499_100, 500_900), many.mid_p / 2.0, 1e-12);
    close(mcnemar_mid_p_worse(500_900, 499_100), 1.0 - many.mid_p / 2.0, 1e-8);
    close(mcnemar(500_000, 500_000).mid_p, 1.0, 1e-8);
    close(mcnemar(1_000_000, 0).exact, 0.0, 0.0);
}

#[test]
fn non_inferiority_has_the_reference_p_values() {
    // Computed.
    close(tango_test(0.0, 1.0, 44.0, -0.10, Side::AtLeast), 0.0438, 5e-5);
    close(tango_test(20.0, 30.0, 500.0, -0.05, Side::AtLeast), 0.02139, 5e-6);
}

#[test]
fn the_fewest_pairs_that_can_decide_without_a_discordant_one() {
    for (margin, alpha, n) in [(0.05, 0.05, 52), (0.05, 0.025, 73), (0.02, 0.05, 133), (0.02, 0.025, 189)] {
        assert!(tango_test(0.0, 0.0, n as f64, -margin, Side::AtLeast) <= alpha);
        assert!(tango_test(0.0, 0.0, n as f64 - 1.0, -margin, Side::AtLeast) > alpha);
        assert_eq!(pairs_needed(0.0, 0.0, margin, alpha, 0.8), Some(n as f64));
        assert_eq!(pairs_needed_exact(0.0, 0.0, margin, alpha, 0.8), Some(n));
    }
}

#[test]
fn pairs_needed_are_the_reference_values() {
    // The formula, and the exact power of Tango's test: computed, and as a saw has no one number, to 2 %.
    for (alpha, power, wald, exact) in [
        (0.05, 0.80, 248.0, 268.0),
        (0.05, 0.90, 343.0, 365.0),
        (0.025, 0.80, 314.0, 340.0),
        (0.025, 0.90, 421.0, 450.0),
    ] {
        assert_eq!(pairs_needed(0.10, 0.0, 0.05, alpha, power), Some(wald));
        close(pairs_needed_exact(0.10, 0.0, 0.05, alpha, power).unwrap() as f64, exact, 0.02 * exact);
    }
    // Graded scores, after Miller, arXiv 2411.00640: 5 % on both sides.
    assert_eq!(graded_cases_needed(1.0 / 9.0, 0.0, 1, 0.03, 0.025, 0.80), Some(969));
}

#[test]
fn wilson_gives_the_published_intervals() {
    // Newcombe, Statistics in Medicine 17 (1998) 857–872, table I.
    limits(wilson(15.0, 148.0, 0.95), [0.0624, 0.1605], 5e-5);
    limits(wilson(0.0, 20.0, 0.95), [0.0, 0.1611], 5e-5);
    limits(wilson(1.0, 29.0, 0.95), [0.0061, 0.1718], 5e-5);
    limits(wilson(13.0, 16.0, 0.95), [0.5699, 0.9341], 5e-5);
    limits(wilson(0.0, 0.0, 0.95), [0.0, 1.0], 0.0);
}

#[test]
fn holm_gives_the_textbook_example() {
    for (got, want) in holm(&[0.03, 0.005, 0.04, 0.01]).iter().zip([0.06, 0.02, 0.06, 0.03]) {
        close(*got, want, 1e-12);
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn cluster_standard_errors_are_the_reference_values() {
    // Computed. Three clusters of paired differences.
    let clusters: [&[f64]; 3] = [&[1.0, 0.0], &[0.0, -1.0, 0.0], &[1.0, 1.0, 0.0, 0.0]];
    let values = clusters.concat();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    close(mean, 0.22222, 5e-6);
    let of_all = |values: &[f64], mean: f64| values.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
    let sums: f64 = clusters.iter().map(|cluster| cluster.iter().map(|y| y - mean).sum::<f64>().powi(2)).sum();
    let variance = of_all(&values, mean) / (n - 1.0) / n;
    // Independent cases; Miller's; the sums of clusters; and the one in use, these with the small-sample factor.
    close(variance.sqrt(), 0.22222, 5e-6);
    close((variance + (sums - of_all(&values, mean)) / (n * n)).sqrt(), 0.24255, 5e-6);
    close(sums.sqrt() / n, 0.23097, 5e-6);
    let names: Vec<_> = (0..3).flat_map(|name| clusters[name].iter().map(move |_| Some(name))).collect();
    let (error, units) = cluster_standard_error(&values, &names);
    close(error.unwrap(), 0.28288, 5e-6);
    assert_eq!(units, 3);
    // Cases alone are units of their own; one unit says nothing.
    let (alone, units) = cluster_standard_error(&values, &[None::<u8>; 9]);
    close(alone.unwrap(), variance.sqrt(), 1e-12);
    assert_eq!(units, 9);
    assert_eq!(cluster_standard_error(&values, &[Some(0); 9]), (None, 1));
    assert_eq!(cluster_standard_error::<u8>(&[], &[]), (None, 0));
}

#[test]
fn repeats_count_what_is_drawn_without_putting_back() {
    // Every subset of k of n answers, of which the first `right` are right.
    for n in 0..=10_u32 {
        for (right, k) in (0..=n).flat_map(|right| (1..=n).map(move |k| (right, k))) {
            let subsets: Vec<u32> = (0..1_u32 << n).filter(|subset| subset.count_ones() == k).collect();
            let some = subsets.iter().filter(|subset| *subset & ((1 << right) - 1) != 0).count();
            let all = subsets.iter().filter(|subset| *subset >> right == 0).count();
            let share = |count: usize| count as f64 / subsets.len() as f64;
            let [n, right, k] = [n, right, k].map(u64::from);
            close(pass_at_k(n, right, k).unwrap(), share(some), 1e-12);
            close(pass_hat_k(n, right, k).unwrap(), share(all), 1e-12);
        }
    }
    for nonsense in [(3, 1, 0), (3, 1, 4), (3, 4, 1), (0, 0, 1)] {
        assert_eq!(pass_at_k(nonsense.0, nonsense.1, nonsense.2), None);
        assert_eq!(pass_hat_k(nonsense.0, nonsense.1, nonsense.2), None);
    }
}
