use statrs::function::factorial::ln_binomial;

/// The chance of exactly `k` of `n` where each comes with chance `p`.
pub(super) fn binomial(n: u64, p: f64, k: u64) -> f64 {
    // Powers of zero have no logarithm.
    let power = |base: f64, times: u64| if times == 0 { 0.0 } else { times as f64 * base.ln() };
    (ln_binomial(n, k) + power(p, k) + power(1.0 - p, n - k)).exp()
}

/// The chance of at least `k` of `n` where each comes with chance `p`: the sum of its terms, from the side where they
/// fall, so that millions of trials neither overflow nor lose a small tail.
pub(super) fn binomial_tail(n: u64, p: f64, k: u64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n {
        return 0.0;
    }
    if k as f64 <= n as f64 * p {
        return 1.0 - binomial_tail(n, 1.0 - p, n - k + 1);
    }
    let odds = p / (1.0 - p);
    let mut term = binomial(n, p, k);
    let mut sum = 0.0;
    for next in k + 1..=n + 1 {
        sum += term;
        term *= (n + 1 - next) as f64 / next as f64 * odds;
        if term <= sum * 1e-17 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_sum_of_its_terms_at_every_chance() {
        for p in [0.0, 0.01, 0.3, 0.5, 0.97, 1.0] {
            for n in [0, 1, 2, 7, 60] {
                let mut sum = 0.0;
                for k in (0..=n).rev() {
                    sum += binomial(n, p, k);
                    assert!((binomial_tail(n, p, k) - sum).abs() < 1e-12, "{n} {p} {k}");
                }
                assert_eq!(binomial_tail(n, p, n + 1), 0.0);
            }
        }
    }
}
