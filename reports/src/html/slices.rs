//! Slices by tag, where the candidate is held against the reference.

use super::forest::{Axis, Gap};
use crate::{
    Details, Slice, TaskSummary,
    finding::Stand,
    format::{count, counted, list, p_value, size_in_points},
};
use serde::Serialize;

/// A slice of fewer pairs is not shown: its interval says next to nothing.
const FEWEST_PAIRS: usize = 30;

/// The slices of one task for one candidate and reference.
#[derive(Serialize)]
pub(super) struct Slices {
    candidate: String,
    reference: String,
    axis: Axis,
    rows: Vec<SliceRow>,
    finding: String,
    looked_at: String,
}

#[derive(Serialize)]
struct SliceRow {
    tag: String,
    cases: String,
    gap: Gap,
    p: String,
    reading: &'static str,
    stands_out: bool,
}

/// Those with enough pairs, the worst first; none where no tag has so many.
pub(super) fn slices(task: &TaskSummary, index: usize, details: &[Details]) -> Vec<Slices> {
    let margin = task.comparisons.first().map_or(0.0, |row| row.margin);
    details.iter().filter_map(|found| of_pair(found, index, margin)).collect()
}

fn of_pair(found: &Details, index: usize, margin: f64) -> Option<Slices> {
    let task = found.tasks.get(index)?;
    let shown: Vec<&Slice> = task.slices.iter().filter(|slice| slice.cases >= FEWEST_PAIRS).collect();
    let axis = Axis::covering(margin, shown.iter().map(|slice| slice.interval));
    let row = |slice: &&Slice| SliceRow {
        tag: slice.tag.clone(),
        cases: count(slice.cases as u64),
        gap: axis.gap(Some(slice.difference), Some(slice.interval), Stand::of(Some(slice.interval), margin), true),
        p: p_value(Some(slice.p_adjusted)),
        reading: match slice.stands_out {
            true => "worse",
            false if slice.difference < 0.0 => "could be chance",
            false => "not worse",
        },
        stands_out: slice.stands_out,
    };
    let rows: Vec<SliceRow> = shown.iter().map(row).collect();
    (!rows.is_empty()).then(|| Slices {
        candidate: found.candidate.clone(),
        reference: found.reference.clone(),
        finding: finding(&shown),
        looked_at: counted(found.slices_looked_at as u64, "slice"),
        rows,
        axis,
    })
}

fn finding(shown: &[&Slice]) -> String {
    let of = counted(shown.len() as u64, "slice");
    let worse = shown.iter().filter(|slice| slice.stands_out);
    let worse: Vec<String> =
        worse.map(|slice| format!("{} (loses {})", slice.tag, size_in_points(slice.difference))).collect();
    if worse.is_empty() {
        format!("In none of {of} is the candidate worse beyond what chance shows.")
    } else {
        format!("The candidate is worse in {} of {of}: {}.", count(worse.len() as u64), list(&worse))
    }
}
