use eval_core::{Case, Selection, Task, engine::order_key};
use std::sync::Arc;

/// The cases of a task that a selection leaves: those of its part with any of its tags, then the first `limit`, then a seeded
/// sample. They stay in file order.
pub fn select(task: &Task, selection: &Selection, seed: u64) -> Vec<Arc<Case>> {
    let tagged =
        |case: &&Arc<Case>| selection.tags.is_empty() || case.tags.iter().any(|tag| selection.tags.contains(tag));
    let in_part = |case: &&Arc<Case>| selection.part.is_none_or(|part| part.holds(case.held_out));
    let limit = selection.limit.unwrap_or(usize::MAX);
    let mut cases: Vec<_> = task.cases.iter().filter(in_part).filter(tagged).take(limit).cloned().enumerate().collect();
    if let Some(sample) = selection.sample {
        cases.sort_by_key(|(index, case)| (order_key(seed, &case.hash.to_string(), 0), *index));
        cases.truncate(sample);
        cases.sort_by_key(|(index, _)| *index);
    }
    cases.into_iter().map(|(_, case)| case).collect()
}
