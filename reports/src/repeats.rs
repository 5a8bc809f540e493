//! How often cases were asked, and what is counted where that is more than once.

use crate::{
    ModelRow, Run, Summary,
    format::{count, how_often, whole},
};

/// How often each model was asked a case, for a headline; `None` where all were once.
pub(crate) fn asked(run: &Run) -> Option<String> {
    match alike(run) {
        Some(1) => None,
        Some(n) => Some(format!("each asked {}", how_often(n))),
        None => Some(format!("asked: {}", of_each(run))),
    }
}

/// The same as a fact: `3`, or `small 3 times, large once`.
pub(crate) fn repeats(run: &Run) -> String {
    alike(run).map_or_else(|| of_each(run), |n| n.to_string())
}

fn repeats_of(run: &Run, model: usize) -> u32 {
    run.evidence.iter().map(|task| task[model].repeats).max().unwrap_or(1)
}

/// How often all models were asked; `None` where one was more often than another, as two runs brought together may be.
fn alike(run: &Run) -> Option<u32> {
    let mut repeats = (0..run.manifest.models.len()).map(|model| repeats_of(run, model));
    let first = repeats.next().unwrap_or(1);
    repeats.all(|n| n == first).then_some(first)
}

fn of_each(run: &Run) -> String {
    let models = run.manifest.models.iter().enumerate();
    let each = models.map(|(place, model)| format!("{} {}", model.name, how_often(repeats_of(run, place))));
    each.collect::<Vec<_>>().join(", ")
}

/// Of what counts are, where cases were asked several times.
pub(crate) fn counted_in_answers(summary: &Summary) -> Option<&'static str> {
    let repeated = summary.tasks.iter().flat_map(|task| &task.models).any(|row| row.repeats > 1);
    repeated.then_some(
        "Cases were asked several times: right, wrong, broken and errors are counted in answers, and the rate is the \
         mean over the cases.",
    )
}

impl ModelRow {
    /// Right cases and all that were asked; with repeats right answers and all answers, as all else that is counted
    /// beside them.
    pub(crate) fn right_of(&self) -> [String; 2] {
        let answers = &self.breakdown;
        if self.repeats > 1 {
            let asked = answers.records - answers.skipped_records;
            return [answers.right_answers + answers.right_refusals, asked].map(count);
        }
        [whole(self.correct), count(self.cases - self.skipped)]
    }
}
