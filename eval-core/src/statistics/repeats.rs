/// pass@k: the chance that at least one of `k` answers is right, estimated without bias from `right` of `n` repeats of
/// one case: `1 − C(n − right, k) / C(n, k)`. A chance in [0, 1]; `None` where `k` is 0 or above `n`, or `right` is above
/// `n`.
///
/// Source: Chen et al., arXiv 2107.03374 (2021).
pub fn pass_at_k(n: u64, right: u64, k: u64) -> Option<f64> {
    Some(1.0 - all_drawn_from(n, n.checked_sub(right)?, k)?)
}

/// pass^k: the chance that all of `k` answers are right, estimated without bias from `right` of `n` repeats of one case:
/// `C(right, k) / C(n, k)`. A chance in [0, 1]; `None` where `k` is 0 or above `n`, or `right` is above `n`.
///
/// Source: Yao et al., arXiv 2406.12045 (2024).
pub fn pass_hat_k(n: u64, right: u64, k: u64) -> Option<f64> {
    all_drawn_from(n, right, k)
}

/// `C(some, k) / C(n, k)` factor by factor: the chance that `k` drawn from `n` without putting back are all among `some`.
fn all_drawn_from(n: u64, some: u64, k: u64) -> Option<f64> {
    if k == 0 || k > n || some > n {
        return None;
    }
    if k > some {
        return Some(0.0);
    }
    Some((0..k).map(|drawn| (some - drawn) as f64 / (n - drawn) as f64).product())
}
