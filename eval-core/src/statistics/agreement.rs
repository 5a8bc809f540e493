use super::{Interval, Units, bootstrap, clustered};

/// How two raters agree on the same items.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The share of items that both gave the same label.
    pub accuracy: f64,
    /// Its interval.
    pub accuracy_interval: Interval,
    /// Cohen's kappa; `None` where both gave one and the same label to all, where it is undefined.
    pub kappa: Option<f64>,
    /// Its interval; `None` where it is undefined on many resamples.
    pub kappa_interval: Option<Interval>,
    /// Independent units.
    pub units: usize,
}

/// Agreement of two raters, labels as numbers; items that share a cluster are not independent. `None` without items.
///
/// The accuracy's interval is that of a proportion. Kappa's is the wider of two: the percentiles of a bootstrap over whole
/// clusters, with a fixed seed, and the accuracy's limits carried over to kappa. The bootstrap alone would have no width
/// where both agree on all.
pub fn agreement(pairs: &[(u32, u32)], clusters: &[u32], level: f64) -> Option<Agreement> {
    if pairs.is_empty() || pairs.len() != clusters.len() {
        return None;
    }
    let same: Vec<f64> = pairs.iter().map(|(a, b)| f64::from(u8::from(a == b))).collect();
    let named: Vec<Option<u32>> = clusters.iter().copied().map(Some).collect();
    let (accuracy_interval, units) = clustered(&same, &named, level);
    let all: Vec<usize> = (0..pairs.len()).collect();
    let kappa = |sample: &[usize]| cohens_kappa(sample.iter().map(|item| pairs[*item]));
    Some(Agreement {
        accuracy: same.iter().sum::<f64>() / same.len() as f64,
        accuracy_interval,
        kappa: kappa(&all),
        kappa_interval: bootstrap(&grouped(clusters), 0, kappa).map(|replicates| {
            let [resampled, carried] = [replicates.interval(level), carried_over(accuracy_interval, by_chance(pairs))];
            Interval { lower: resampled.lower.min(carried.lower), upper: resampled.upper.max(carried.upper) }
        }),
        units,
    })
}

/// The limits of kappa at those of the accuracy, agreement by chance taken as it was seen: so Cohen's own standard error
/// takes it, here with limits that do not collapse at the ends.
fn carried_over(accuracy: Interval, by_chance: f64) -> Interval {
    let kappa = |share: f64| ((share - by_chance) / (1.0 - by_chance)).clamp(-1.0, 1.0);
    Interval { lower: kappa(accuracy.lower), upper: kappa(accuracy.upper) }
}

/// Items by their cluster.
fn grouped(clusters: &[u32]) -> Units {
    let mut order: Vec<usize> = (0..clusters.len()).collect();
    order.sort_by_key(|item| clusters[*item]);
    let mut units = Units::default();
    order.chunk_by(|a, b| clusters[*a] == clusters[*b]).for_each(|unit| units.push(unit));
    units
}

/// Cohen's kappa, unweighted: `(p_o − p_e) / (1 − p_e)`. `None` without items, or where chance alone would agree on all.
///
/// Source: Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960).
pub fn cohens_kappa(pairs: impl IntoIterator<Item = (u32, u32)>) -> Option<f64> {
    let (same, by_chance) = observed_and_by_chance(pairs);
    (by_chance < 1.0).then(|| (same - by_chance) / (1.0 - by_chance))
}

fn by_chance(pairs: &[(u32, u32)]) -> f64 {
    observed_and_by_chance(pairs.iter().copied()).1
}

/// The share of items with the same label, and that to expect of labels given blindly at the same rates; no numbers without
/// items.
fn observed_and_by_chance(pairs: impl IntoIterator<Item = (u32, u32)>) -> (f64, f64) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let (mut same, mut n) = (0.0, 0.0);
    let count = |counts: &mut Vec<f64>, label: u32| {
        let place = label as usize;
        if counts.len() <= place {
            counts.resize(place + 1, 0.0);
        }
        counts[place] += 1.0;
    };
    for (a, b) in pairs {
        count(&mut first, a);
        count(&mut second, b);
        same += f64::from(u8::from(a == b));
        n += 1.0;
    }
    let by_chance = first.iter().zip(&second).map(|(a, b)| a * b).sum::<f64>() / (n * n);
    (same / n, by_chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items by the counts of a table: rows are the first rater's labels.
    fn items(table: &[&[usize]]) -> Vec<(u32, u32)> {
        let cell = |(a, row): (usize, &&[usize])| {
            let cells = row.iter().enumerate();
            cells.flat_map(move |(b, n)| std::iter::repeat_n((a as u32, b as u32), *n)).collect::<Vec<_>>()
        };
        table.iter().enumerate().flat_map(cell).collect()
    }

    #[test]
    fn kappa_is_that_of_published_tables() {
        // Cohen 1960, table 1: proportions of 200 items, kappa .492 as computed there from the rounded shares.
        let cohen = items(&[&[88, 14, 18], &[10, 40, 10], &[2, 6, 12]]);
        assert!((cohens_kappa(cohen).unwrap() - (0.70 - 0.41) / (1.0 - 0.41)).abs() < 1e-12);
        // Two readers of fifty proposals, agreement 0.7 and 0.5 by chance.
        let proposals = items(&[&[20, 5], &[10, 15]]);
        assert!((cohens_kappa(proposals).unwrap() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn kappa_is_undefined_where_nothing_varies_and_zero_by_chance() {
        assert_eq!(cohens_kappa(items(&[&[30]])), None);
        assert_eq!(cohens_kappa([]), None);
        assert_eq!(cohens_kappa(items(&[&[10, 10], &[10, 10]])), Some(0.0));
        assert_eq!(cohens_kappa(items(&[&[0, 10], &[10, 0]])), Some(-1.0));
    }

    #[test]
    fn agreement_on_all_of_few_items_is_not_certain() {
        let interval = |table: &[&[usize]]| {
            let pairs = items(table);
            let clusters: Vec<u32> = (0..pairs.len() as u32).collect();
            agreement(&pairs, &clusters, 0.95).unwrap().kappa_interval.unwrap()
        };
        // Wilson's lower limit of 20 of 20 is 0.8389, by chance half agree.
        let all = interval(&[&[10, 0], &[0, 10]]);
        assert!((all.lower - (0.8389 - 0.5) / 0.5).abs() < 1e-3 && all.upper == 1.0, "{all:?}");
        let none = interval(&[&[0, 10], &[10, 0]]);
        assert!(none.lower == -1.0 && none.upper > -0.7, "{none:?}");
        let (one_missed, more) = (interval(&[&[10, 1], &[0, 9]]), interval(&[&[50, 0], &[0, 50]]));
        assert!(one_missed.lower < all.lower && all.lower < more.lower, "{one_missed:?} {all:?} {more:?}");
    }

    #[test]
    fn the_interval_is_near_the_asymptotic_one_and_wider_where_items_hang_together() {
        let pairs = items(&[&[200, 50], &[100, 150]]);
        let alone: Vec<u32> = (0..500).collect();
        let found = agreement(&pairs, &alone, 0.95).unwrap();
        // Fleiss, Cohen and Everitt's standard error of this table is 0.0402.
        let interval = found.kappa_interval.unwrap();
        assert!((interval.lower - 0.322).abs() < 0.012 && (interval.upper - 0.478).abs() < 0.012, "{interval:?}");
        let pairs_of_ten: Vec<u32> = (0..500).map(|item| item / 10).collect();
        let tied = agreement(&pairs, &pairs_of_ten, 0.95).unwrap().kappa_interval.unwrap();
        assert!(tied.upper - tied.lower > 2.0 * (interval.upper - interval.lower));
        assert_eq!(agreement(&[], &[], 0.95), None);
    }
}
