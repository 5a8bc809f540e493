//! How many expected calls can be paired with calls made, each used once.

/// Whether an expected call (by its place) may be paired with a call made.
type MayPair<'a> = &'a dyn Fn(usize, usize) -> bool;

/// The most pairs in any order: maximum bipartite matching by augmenting paths.
pub(super) fn any_order((expected, made): (usize, usize), may_pair: MayPair<'_>) -> usize {
    let mut partner: Vec<Option<usize>> = vec![None; made];
    (0..expected).filter(|e| augment(*e, may_pair, &mut partner, &mut vec![false; made])).count()
}

/// Finds `e` a partner, moving others to another of theirs where needed. As deep as there are expected calls.
fn augment(e: usize, may_pair: MayPair<'_>, partner: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for m in 0..partner.len() {
        if seen[m] || !may_pair(e, m) {
            continue;
        }
        seen[m] = true;
        if partner[m].is_none_or(|other| augment(other, may_pair, partner, seen)) {
            partner[m] = Some(e);
            return true;
        }
    }
    false
}

/// The most pairs with both sides in their order: longest common subsequence.
pub(super) fn in_order((expected, made): (usize, usize), may_pair: MayPair<'_>) -> usize {
    let mut best = vec![0; made + 1];
    for e in 0..expected {
        let mut diagonal = 0;
        for m in 0..made {
            let above = best[m + 1];
            best[m + 1] = if may_pair(e, m) { diagonal + 1 } else { above.max(best[m]) };
            diagonal = above;
        }
    }
    best[made]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_given_up_for_a_better_whole() {
        // Expected 0 fits both calls, expected 1 only the first.
        let may_pair = |e: usize, m: usize| e == 0 || m == 0;
        assert_eq!(any_order((2, 2), &may_pair), 2);
        assert_eq!(in_order((2, 2), &may_pair), 1);
        assert_eq!(any_order((0, 3), &may_pair), 0);
        assert_eq!(any_order((3, 0), &may_pair), 0);
    }

    #[test]
    fn in_order_skips_what_does_not_fit() {
        let expected = ["a", "b", "c"];
        let count = |made: &[&str]| in_order((3, made.len()), &|e, m| expected[e] == made[m]);
        assert_eq!(count(&["a", "b", "c"]), 3);
        assert_eq!(count(&["x", "a", "x", "c", "b"]), 2);
        assert_eq!(count(&["c", "b", "a"]), 1);
        assert_eq!(count(&[]), 0);
    }
}
