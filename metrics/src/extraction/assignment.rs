//! The best way to pair the items of two lists.

/// Pairs rows with columns, each used once, so that the sum of their weights is greatest; pairs of no weight are left out.
///
/// The Hungarian method with potentials, in the form of shortest augmenting paths: rows² · columns steps.
/// Source: Kuhn, Naval Research Logistics Quarterly 2 (1955) 83–97; Jonker and Volgenant, Computing 38 (1987) 325–340.
pub(super) fn best_pairs(weights: &[Vec<u32>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (weights.len(), weights.first().map_or(0, Vec::len));
    if rows > columns {
        let turned: Vec<Vec<u32>> = (0..columns).map(|c| weights.iter().map(|row| row[c]).collect()).collect();
        let mut pairs: Vec<_> = best_pairs(&turned).into_iter().map(|(c, r)| (r, c)).collect();
        pairs.sort_unstable();
        return pairs;
    }
    // Row 0 and column 0 stand for "none", so that all others count from 1.
    let (mut of_row, mut of_column) = (vec![0i64; rows + 1], vec![0i64; columns + 1]);
    let mut row_at = vec![0usize; columns + 1];
    for row in 1..=rows {
        row_at[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; columns + 1];
        let mut before = vec![0usize; columns + 1];
        let mut seen = vec![false; columns + 1];
        while row_at[column] != 0 {
            seen[column] = true;
            let (here, mut step, mut next) = (row_at[column], i64::MAX, 0);
            for other in (1..=columns).filter(|other| !seen[*other]) {
                let cost = -i64::from(weights[here - 1][other - 1]) - of_row[here] - of_column[other];
                if cost < least[other] {
                    (least[other], before[other]) = (cost, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=columns {
                if seen[other] {
                    of_row[row_at[other]] += step;
                    of_column[other] -= step;
                } else {
                    least[other] = least[other].saturating_sub(step);
                }
            }
            column = next;
        }
        while column != 0 {
            row_at[column] = row_at[before[column]];
            column = before[column];
        }
    }
    let pairs = (1..=columns).filter(|column| row_at[*column] != 0).map(|column| (row_at[column] - 1, column - 1));
    let mut pairs: Vec<_> = pairs.filter(|(row, column)| weights[*row][*column] > 0).collect();
    pairs.sort_unstable();
    pairs
}

/// The same where both lists keep their order: the common subsequence of the greatest weight.
pub(super) fn best_pairs_in_order(weights: &[Vec<u32>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (weights.len(), weights.first().map_or(0, Vec::len));
    // The greatest weight from each place on.
    let mut best = vec![vec![0u64; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let paired = u64::from(weights[row][column]) + best[row + 1][column + 1];
            best[row][column] = paired.max(best[row + 1][column]).max(best[row][column + 1]);
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        if best[row][column] == best[row + 1][column] {
            row += 1;
        } else if best[row][column] == best[row][column + 1] {
            column += 1;
        } else {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weight(weights: &[Vec<u32>], pairs: &[(usize, usize)]) -> u32 {
        pairs.iter().map(|(row, column)| weights[*row][*column]).sum()
    }

    /// The greatest weight by trying all ways.
    fn greatest(weights: &[Vec<u32>], row: usize, used: u32, in_order: bool) -> u32 {
        let Some(of_row) = weights.get(row) else { return 0 };
        let free = |column: usize| if in_order { used >> column == 0 } else { used & (1 << column) == 0 };
        let skipped = greatest(weights, row + 1, used, in_order);
        let taken = (0..of_row.len()).filter(|column| free(*column));
        let taken = taken.map(|c| of_row[c] + greatest(weights, row + 1, used | (1 << c), in_order));
        taken.fold(skipped, u32::max)
    }

    fn tables() -> impl Strategy<Value = Vec<Vec<u32>>> {
        (0usize..6, 0usize..6).prop_flat_map(|(rows, columns)| {
            prop::collection::vec(prop::collection::vec(0u32..4, columns..=columns), rows..=rows)
        })
    }

    proptest! {
        #[test]
        fn no_other_pairing_is_better(weights in tables()) {
            for (pairs, in_order) in [(best_pairs(&weights), false), (best_pairs_in_order(&weights), true)] {
                prop_assert_eq!(weight(&weights, &pairs), greatest(&weights, 0, 0, in_order));
                prop_assert!(pairs.iter().all(|(row, column)| weights[*row][*column] > 0));
                prop_assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0));
                let columns: std::collections::BTreeSet<_> = pairs.iter().map(|(_, column)| column).collect();
                prop_assert_eq!(columns.len(), pairs.len());
            }
        }
    }
}
