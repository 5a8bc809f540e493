//! Slices by tag, with a guard against reading noise as a slice.

use crate::comparison::endpoint::Endpoint;
use eval_core::statistics::holm;
use serde::Serialize;

/// A slice of fewer cases is not looked at.
pub(super) const FEWEST_CASES: usize = 10;

/// The cases of one tag.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// The tag.
    pub tag: String,
    /// Paired cases with it.
    pub cases: usize,
    /// Share of right answers, candidate minus reference.
    pub difference: f64,
    /// Its interval, of the summary's level.
    pub interval: [f64; 2],
    /// That the candidate gets no fewer right in it than the reference, one-sided, Holm-adjusted over all slices.
    pub p_adjusted: f64,
    /// Whether the candidate is worse in it beyond what so many slices show by chance.
    pub stands_out: bool,
}

/// The differences of the pairs of each tag.
pub(super) type Tags = Vec<(String, Endpoint)>;

/// The slices of each task, the worst first, and how many were looked at; `alpha` is two-sided.
pub(super) fn slices(tasks: Vec<Tags>, alpha: f64) -> (Vec<Vec<Slice>>, usize) {
    let p: Vec<f64> = tasks.iter().flatten().map(|(_, slice)| slice.p_below(&slice.shown).unwrap_or(1.0)).collect();
    let looked_at = p.len();
    let mut adjusted = holm(&p).into_iter();
    let slice = |(tag, slice): (String, Endpoint), p_adjusted| Slice {
        tag,
        cases: slice.shown.len(),
        difference: slice.mean().unwrap_or(0.0),
        interval: slice.interval(&slice.shown, 1.0 - alpha),
        p_adjusted,
        stands_out: p_adjusted <= alpha / 2.0,
    };
    let of_task = |found: Tags| {
        let mut slices: Vec<Slice> = found.into_iter().zip(&mut adjusted).map(|(found, p)| slice(found, p)).collect();
        slices.sort_by(|a, b| a.difference.total_cmp(&b.difference).then_with(|| a.tag.cmp(&b.tag)));
        slices
    };
    (tasks.into_iter().map(of_task).collect(), looked_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Random;

    /// Twenty tags of so many cases each, both models right equally often; whether any slice stands out.
    fn any_stands_out(seed: u64, cases: usize, size_of_clusters: u32) -> bool {
        let (mut random, mut tags) = (Random(seed), Tags::default());
        for tag in 0..20 {
            let mut slice = Endpoint::default();
            for case in 0..cases as u32 {
                let right = [random.share() < 0.9, random.share() < 0.9].map(|right| f64::from(u8::from(right)));
                let cluster = (size_of_clusters > 1).then_some(case / size_of_clusters);
                slice.shown.push(right[0] - right[1]);
                slice.clusters.push(cluster);
            }
            tags.push((format!("tag-{tag}"), slice));
        }
        let (slices, looked_at) = slices(vec![tags], 0.1);
        assert_eq!((slices[0].len(), looked_at), (20, 20));
        slices[0].iter().any(|slice| slice.stands_out)
    }

    #[test]
    fn noise_is_not_read_as_a_slice() {
        for (cases, size_of_clusters) in [(20, 1), (60, 1), (60, 2)] {
            let noisy = (0..1000).filter(|seed| any_stands_out(*seed, cases, size_of_clusters)).count();
            assert!(noisy <= 50, "{noisy} of 1,000, {cases} cases in clusters of {size_of_clusters}");
        }
    }
}
