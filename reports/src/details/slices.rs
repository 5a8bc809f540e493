//! Slices by tag, with a guard against reading noise as a slice.

use crate::comparison::endpoint::Endpoint;
use eval_core::statistics::holm;
use serde::Serialize;
use std::collections::BTreeMap;

/// A slice of fewer cases is not looked at.
const FEWEST_CASES: usize = 10;

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

/// Gathers the differences of the pairs by tag.
#[derive(Debug, Default)]
pub(super) struct Tags(BTreeMap<String, Endpoint>);

impl Tags {
    pub fn add(&mut self, tags: &[String], difference: f64, cluster: Option<u32>) {
        for tag in tags {
            let slice = self.0.entry(tag.clone()).or_default();
            slice.shown.push(difference);
            slice.clusters.push(cluster);
        }
    }
}

/// The slices of each task, the worst first, and how many were looked at; `alpha` is two-sided.
pub(super) fn slices(tasks: Vec<Tags>, alpha: f64) -> (Vec<Vec<Slice>>, usize) {
    let tasks: Vec<Vec<(String, Endpoint)>> = tasks
        .into_iter()
        .map(|tags| tags.0.into_iter().filter(|(_, slice)| slice.shown.len() >= FEWEST_CASES).collect())
        .collect();
    let p: Vec<f64> = tasks.iter().flatten().map(|(_, slice)| slice.p_worse().unwrap_or(1.0)).collect();
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
    let of_task = |found: Vec<(String, Endpoint)>| {
        let mut slices: Vec<Slice> = found.into_iter().zip(&mut adjusted).map(|(found, p)| slice(found, p)).collect();
        slices.sort_by(|a, b| a.difference.total_cmp(&b.difference).then_with(|| a.tag.cmp(&b.tag)));
        slices
    };
    (tasks.into_iter().map(of_task).collect(), looked_at)
}
