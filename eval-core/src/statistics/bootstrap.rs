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
mod tests;
