use super::*;

#[test]
fn units_of_a_kind_may_be_counted_instead_of_listed() {
    let kinds: Vec<u32> = (0..50).map(|unit| unit % 7 % 3).collect();
    let mut units = Units::default();
    (0..kinds.len()).for_each(|unit| units.push(&[unit]));
    let share = |twos: f64, all: f64| Some(twos / all);
    let listed = bootstrap(&units, 3, |sample| {
        share(sample.iter().filter(|unit| kinds[**unit] == 2).count() as f64, sample.len() as f64)
    });
    let mut counted = bootstrap_of_kinds(&kinds, 3, 3, 1, |counts, values| {
        values[0] = share(counts[2] as f64, counts.iter().sum::<u64>() as f64);
    });
    assert_eq!(listed.unwrap().0, counted.remove(0).unwrap().0);
}

/// Its width relative to the other's, and how far its middle is off by that width.
fn held_against(found: Interval, other: Interval) -> (f64, f64) {
    let width = other.upper - other.lower;
    ((found.upper - found.lower) / width, ((found.upper + found.lower) - (other.upper + other.lower)) / 2.0 / width)
}

#[test]
fn very_many_units_are_drawn_otherwise_and_spread_alike() {
    let n = MOST_DRAWN as u32 * 3 / 2;
    let unit = |unit: u32| (f64::from(unit * 7919 % 1009), f64::from(u8::from(!unit.is_multiple_of(3))));
    let sums: Vec<(f64, f64)> = (0..n).map(unit).collect();
    let kinds: Vec<u32> = (0..n).map(|unit| unit * 31 % 5 % 3).collect();
    let mut units = Units::default();
    (0..n as usize).for_each(|unit| units.push(&[unit]));
    let listed = |of: &(dyn Fn(usize) -> (f64, f64) + Sync)| {
        let add = |sum: (f64, f64), unit: &usize| (sum.0 + of(*unit).0, sum.1 + of(*unit).1);
        let ratio = |sample: &[usize]| sample.iter().fold((0.0, 0.0), add);
        bootstrap(&units, 3, |sample| Some(ratio(sample).0 / ratio(sample).1)).unwrap().interval(0.9)
    };
    let of_ratio = bootstrap_of_ratio(&sums, 3).unwrap().interval(0.9);
    let of_kinds = bootstrap_of_kinds(&kinds, 3, 3, 1, |counts, values| {
        values[0] = Some(counts[2] as f64 / counts.iter().sum::<u64>() as f64);
    });
    let of_kinds = of_kinds[0].as_ref().unwrap().interval(0.9);
    let kind = |unit: usize| (f64::from(u8::from(kinds[unit] == 2)), 1.0);
    for (found, listed) in [(of_ratio, listed(&|unit| sums[unit])), (of_kinds, listed(&kind))] {
        let (width, shift) = held_against(found, listed);
        // Each limit of 2,000 resamples has a standard error of 1.4 % of the width.
        assert!((width - 1.0).abs() < 0.08 && shift.abs() < 0.04, "{found:?}, {listed:?}");
    }
}

#[test]
fn cores_share_the_resamples_and_change_nothing() {
    // So many units that each core gets a part, drawn here one after another.
    let kinds: Vec<u32> = (0..3_000).map(|unit| u32::from(unit % 3 == 0)).collect();
    let mut random = SplitMix(9);
    let mut resample = || (0..kinds.len()).map(|_| u64::from(kinds[random.below(kinds.len())])).sum::<u64>() as f64;
    let mut known: Vec<f64> = (0..REPLICATES).map(|_| resample()).collect();
    known.sort_by(f64::total_cmp);
    let found = bootstrap_of_kinds(&kinds, 2, 9, 2, |counts, values| values.fill(Some(counts[1] as f64)));
    assert_eq!(found.len(), 2);
    found.into_iter().for_each(|found| assert_eq!(found.unwrap().0, known));
}

#[test]
fn units_may_be_summed_before_they_are_drawn() {
    let cost = |case: usize| 0.25 + (case % 7) as f64 / 8.0;
    let right = |case: usize| f64::from(u8::from(!case.is_multiple_of(3)));
    let sums = |cases: &[usize]| cases.iter().fold((0.0, 0.0), |(a, b), case| (a + cost(*case), b + right(*case)));
    let clusters: Vec<Vec<usize>> = (0..30).map(|unit| (unit * 2..=unit * 2 + unit % 2).collect()).collect();
    let mut units = Units::default();
    clusters.iter().for_each(|cases| units.push(cases));
    let listed = bootstrap(&units, 5, |sample| {
        let (above, below) = sums(sample);
        (below > 0.0).then(|| above / below)
    });
    let summed: Vec<(f64, f64)> = clusters.iter().map(|cases| sums(cases)).collect();
    assert_eq!(listed.unwrap().0, bootstrap_of_ratio(&summed, 5).unwrap().0);
    assert!(bootstrap_of_ratio(&[(1.0, 0.0), (1.0, 0.0)], 5).is_none());
}

#[test]
fn the_interval_of_a_mean_is_near_the_normal_one_and_repeats_exactly() {
    let values: Vec<f64> = (0..200).map(|i| f64::from(i % 10)).collect();
    let mut units = Units::default();
    (0..200).for_each(|i| units.push(&[i]));
    let mean = |sample: &[usize]| Some(sample.iter().map(|i| values[*i]).sum::<f64>() / sample.len() as f64);
    let first = bootstrap(&units, 7, mean).unwrap().interval(0.95);
    let half = 1.96 * (8.25f64 / 200.0).sqrt();
    assert!((first.lower - (4.5 - half)).abs() < 0.05 && (first.upper - (4.5 + half)).abs() < 0.05, "{first:?}");
    assert_eq!(first, bootstrap(&units, 7, mean).unwrap().interval(0.95));
}

fn units(units: &[&[usize]]) -> Units {
    let mut all = Units::default();
    units.iter().for_each(|unit| all.push(unit));
    all
}

#[test]
fn one_unit_or_an_undefined_statistic_gives_nothing() {
    assert!(bootstrap(&units(&[&[0, 1, 2]]), 1, |_| Some(1.0)).is_none());
    assert!(bootstrap(&units(&[&[0], &[1]]), 1, |s| (s[0] == 0).then_some(1.0)).is_none());
}
