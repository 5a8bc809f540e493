use super::{
    Interval, Side,
    random::{SplitMix, dealt, multinomial},
};
use std::{num::NonZero, panic::resume_unwind, thread};

const REPLICATES: usize = 2000;

/// More units than this are not drawn one by one, which would take longer than all the rest of a report: kinds are drawn
/// by their number, and else units are put together in so many groups.
pub const MOST_DRAWN: usize = 20_000;

/// A number of a kind takes the time of so many units, about.
const UNITS_OF_A_KIND: usize = 64;

/// Whether so many units of so many kinds are best put together in groups before they are drawn: see [`groups`].
pub fn wants_groups(units: usize, kinds: usize) -> bool {
    units > MOST_DRAWN && units <= UNITS_OF_A_KIND * kinds
}

/// Deals very many units out at random into [`MOST_DRAWN`] groups of one size, which are then the units: the groups' spread is
/// that of the units. The group of each.
///
/// Source: random groups, Wolter, Introduction to Variance Estimation (second edition, 2007), chapter 2.
pub fn groups(units: usize, seed: u64) -> Vec<u32> {
    dealt(units, MOST_DRAWN, seed)
}

/// Fewer draws than this are not worth a thread of their own.
const FEWEST_DRAWS: usize = 1 << 20;

/// Sorted replicates of a statistic under resampling of whole units.
#[derive(Debug, Clone)]
pub struct Bootstrap(Vec<f64>);

/// Independent units, each the indices of its cases.
#[derive(Debug, Clone, Default)]
pub struct Units {
    cases: Vec<u32>,
    /// Where each unit ends in `cases`.
    ends: Vec<u32>,
}

impl Units {
    /// Adds a unit.
    pub fn push(&mut self, cases: &[usize]) {
        self.cases.extend(cases.iter().map(|case| *case as u32));
        self.ends.push(self.cases.len() as u32);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The indices of each unit's cases.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.cases[start as usize..*end as usize])
    }

    fn draw(&self, unit: usize, sample: &mut Vec<usize>) {
        let start = if unit == 0 { 0 } else { self.ends[unit - 1] };
        // Mostly one case: cheaper one by one than as a slice.
        for place in start..self.ends[unit] {
            sample.push(self.cases[place as usize] as usize);
        }
    }
}

/// Resamples whole units with replacement and computes the statistic on each resample, with a fixed seed.
///
/// A unit is a cluster, or a case alone; `statistic` gets the indices of a resample and gives `None` where it is
/// undefined there. `None` where there are fewer than two units or where the statistic is undefined on more than one in
/// twenty resamples.
///
/// Source: the cluster bootstrap, Davison and Hinkley, Bootstrap Methods and their Application (1997), section 3.8.
pub fn bootstrap(units: &Units, seed: u64, statistic: impl Fn(&[usize]) -> Option<f64> + Sync) -> Option<Bootstrap> {
    let resample = |random: &mut SplitMix, sample: &mut Vec<usize>| {
        sample.clear();
        for _ in 0..units.len() {
            units.draw(random.below(units.len()), sample);
        }
    };
    replicates(units.len(), seed, 1, resample, |sample, values| values[0] = statistic(sample)).pop()?
}

/// As [`bootstrap`], where units are alike but for their kind and the statistic asks only how many of each kind there are:
/// much faster, and the same numbers; of very many units other ones, of the same distribution. Several statistics share the
/// resamples.
///
/// `kinds` holds each unit's kind, below `count`; `statistics` gets the number of units of each kind in a resample, and
/// room for a value of each of so many statistics.
pub fn bootstrap_of_kinds(
    kinds: &[u32],
    count: usize,
    seed: u64,
    how_many: usize,
    statistics: impl Fn(&[u64], &mut [Option<f64>]) + Sync,
) -> Vec<Option<Bootstrap>> {
    if kinds.len() > MOST_DRAWN && kinds.len() > UNITS_OF_A_KIND * count {
        let mut sizes = vec![0; count];
        kinds.iter().for_each(|kind| sizes[*kind as usize] += 1);
        let resample = |random: &mut SplitMix, counts: &mut Vec<u64>| multinomial(random, &sizes, counts);
        return replicates(kinds.len(), seed, how_many, resample, |counts, values| statistics(counts, values));
    }
    let resample = |random: &mut SplitMix, counts: &mut Vec<u64>| {
        counts.clear();
        counts.resize(4 * count, 0);
        // In turn in four rows: where most units are of one kind, each count would have to wait for the one before it.
        for draw in 0..kinds.len() {
            counts[draw % 4 * count + kinds[random.below(kinds.len())] as usize] += 1;
        }
        for place in count..4 * count {
            counts[place % count] += counts[place];
        }
        counts.truncate(count);
    };
    replicates(kinds.len(), seed, how_many, resample, |counts, values| statistics(counts, values))
}

/// As [`bootstrap`], of a sum over another sum: much faster, and the same numbers; of very many units those of their
/// [`groups`].
///
/// `units` holds the two sums of each unit. Undefined where the lower sum of a resample is not above 0.
pub fn bootstrap_of_ratio(units: &[(f64, f64)], seed: u64) -> Option<Bootstrap> {
    let together = wants_groups(units.len(), units.len()).then(|| {
        let mut sums = vec![(0.0, 0.0); MOST_DRAWN];
        for ((above, below), group) in units.iter().zip(groups(units.len(), seed)) {
            let sum: &mut (f64, f64) = &mut sums[group as usize];
            *sum = (sum.0 + above, sum.1 + below);
        }
        sums
    });
    let units = together.as_deref().unwrap_or(units);
    let resample = |random: &mut SplitMix, sums: &mut (f64, f64)| {
        *sums = (0.0, 0.0);
        for _ in 0..units.len() {
            let (above, below) = units[random.below(units.len())];
            sums.0 += above;
            sums.1 += below;
        }
    };
    let ratio = |(above, below): &(f64, f64), values: &mut [Option<f64>]| {
        values[0] = (*below > 0.0).then(|| above / below);
    };
    replicates(units.len(), seed, 1, resample, ratio).pop()?
}

/// Draws resamples into a buffer that is used again, and computes so many statistics on each. A resample takes at most as
/// many numbers of the generator as there are units, and begins so many behind the one before it, so that any can be drawn
/// by itself: each core draws a part of them, and what comes out is the same on any number of cores.
fn replicates<S: Default>(
    units: usize,
    seed: u64,
    how_many: usize,
    resample: impl Fn(&mut SplitMix, &mut S) + Sync,
    statistics: impl Fn(&S, &mut [Option<f64>]) + Sync,
) -> Vec<Option<Bootstrap>> {
    if units < 2 {
        return vec![None; how_many];
    }
    let part = |from: usize, to: usize| {
        let mut sample = S::default();
        let (mut known, mut values) = (vec![Vec::new(); how_many], vec![None; how_many]);
        for number in from..to {
            resample(&mut SplitMix::at(seed, number * units), &mut sample);
            statistics(&sample, &mut values);
            for (known, value) in known.iter_mut().zip(&values) {
                known.extend(value.filter(|x| x.is_finite()));
            }
        }
        known
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let size = REPLICATES.div_ceil(cores.min(1 + REPLICATES * units / FEWEST_DRAWS));
    let parts: Vec<Vec<Vec<f64>>> = thread::scope(|scope| {
        let part = &part;
        let rest = (size..REPLICATES).step_by(size).map(|from| (from, REPLICATES.min(from + size)));
        let others: Vec<_> = rest.map(|(from, to)| scope.spawn(move || part(from, to))).collect();
        let first = part(0, size);
        let others = others.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        [first].into_iter().chain(others).collect()
    });
    let together = |statistic: usize| {
        let mut known: Vec<f64> = parts.iter().flat_map(|part| &part[statistic]).copied().collect();
        known.sort_by(f64::total_cmp);
        (known.len() * 20 >= REPLICATES * 19).then_some(Bootstrap(known))
    };
    (0..how_many).map(together).collect()
}

impl Bootstrap {
    /// The percentile interval of two-sided `level`.
    pub fn interval(&self, level: f64) -> Interval {
        Interval { lower: self.quantile((1.0 - level) / 2.0), upper: self.quantile((1.0 + level) / 2.0) }
    }

    /// One-sided p-value: how often the replicates lie on the other side of `limit`, counting the data once.
    pub fn p(&self, limit: f64, side: Side) -> f64 {
        let against = self
            .0
            .iter()
            .filter(|x| match side {
                Side::AtLeast => **x < limit,
                Side::AtMost => **x > limit,
            })
            .count();
        (against + 1) as f64 / (self.0.len() + 1) as f64
    }

    fn quantile(&self, p: f64) -> f64 {
        let position = p * (self.0.len() - 1) as f64;
        let (below, above) = (position.floor() as usize, position.ceil() as usize);
        let share = position - position.floor();
        self.0[below] * (1.0 - share) + self.0[above] * share
    }
}

#[cfg(test)]
mod tests {
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
}
