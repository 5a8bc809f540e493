//! What stands behind a comparison: the cases on which the two models differ, and the slices where the candidate is worse.

mod discordant;
mod said;
mod slices;

use crate::{ReportError, Run, Summary, comparison::pairs::Pairs, source::Source};
use discordant::Differing;
use eval_core::{ModelRole, log::Place};
use serde::Serialize;
use serde_json::Value;
use slices::{FEWEST_CASES, Tags};

pub use said::Said;
pub(crate) use said::text as said_text;
pub use slices::Slice;

/// One candidate and one reference, task by task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Details {
    /// The model on trial.
    pub candidate: String,
    /// The model it would replace.
    pub reference: String,
    /// In the run's order.
    pub tasks: Vec<TaskDetails>,
    /// How many slices were looked at, over all tasks, candidates and references: the p-values of [`Slice`] are
    /// Holm-adjusted over them.
    pub slices_looked_at: usize,
}

/// One task.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaskDetails {
    /// Its name.
    pub task: String,
    /// Cases that the reference alone got right, at most 100, by id; none that is held out.
    pub lost: Vec<Discordant>,
    /// How many there are.
    pub lost_total: usize,
    /// Cases that the candidate alone got right.
    pub won: Vec<Discordant>,
    /// How many there are.
    pub won_total: usize,
    /// Slices by tag, the worst for the candidate first.
    pub slices: Vec<Slice>,
}

/// A case that one of the two got right and the other did not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Discordant {
    /// The case's id in the candidate's run.
    pub case: String,
    /// Its content.
    pub case_hash: String,
    /// Its slices.
    pub tags: Vec<String>,
    /// The expected outcome; `null` where the suite's data stay private, or a baseline does not hold it.
    pub expected: Value,
    /// What the candidate did.
    pub candidate: Option<Said>,
    /// What the reference did.
    pub reference: Option<Said>,
}

/// What stands behind each comparison of the summary. Of a run that is redacted texts are left out.
pub fn details(run: &Run, summary: &Summary) -> Result<Vec<Details>, ReportError> {
    let models = |role| run.manifest.models.iter().enumerate().filter(move |(_, model)| model.role == role);
    let (mut found, mut tags) = (Vec::new(), Vec::new());
    for (ours, _) in models(ModelRole::Candidate) {
        for (theirs, _) in models(ModelRole::Reference) {
            let (details, tagged) = between(run, summary, [ours, theirs])?;
            found.push(details);
            tags.extend(tagged);
        }
    }
    let (slices, looked_at) = slices::slices(tags, 1.0 - summary.level);
    let tasks = found.iter_mut().flat_map(|details| &mut details.tasks);
    tasks.zip(slices).for_each(|(task, slices)| task.slices = slices);
    found.iter_mut().for_each(|details| details.slices_looked_at = looked_at);
    Ok(found)
}

/// Candidate and reference by their places in the manifest: their details still without slices, and the tags of each task.
fn between(run: &Run, summary: &Summary, models: [usize; 2]) -> Result<(Details, Vec<Tags>), ReportError> {
    let [candidate, reference] = models.map(|model| run.manifest.models[model].name.as_str());
    let (mut tasks, mut tags) = (Vec::new(), Vec::new());
    for (task, evidence) in summary.tasks.iter().zip(&run.evidence) {
        let sides = models.map(|model| &evidence[model]);
        let pairs = Pairs::new(sides[0], sides[1])?;
        tags.push(pairs.by_tag(&sides[0].tags, FEWEST_CASES)?);
        tasks.push(Differing::new(&task.task, sides, &pairs.differing()?, &run.held_out));
    }
    for source in &run.sources {
        // Of a large log no more is read than what is shown.
        let wanted = [candidate, reference].into_iter().enumerate().filter(|(_, model)| source.holds(model));
        let mut places: Vec<Place> =
            wanted.flat_map(|(side, _)| tasks.iter().flat_map(move |task| task.places(side))).collect();
        places.sort_unstable_by_key(|place| place.line);
        read(source, &places, [candidate, reference], &mut tasks, run.redact)?;
    }
    let details = Details {
        candidate: candidate.into(),
        reference: reference.into(),
        tasks: tasks.into_iter().map(Differing::finish).collect(),
        slices_looked_at: 0,
    };
    Ok((details, tags))
}

fn read(
    source: &Source,
    places: &[Place],
    models: [&str; 2],
    tasks: &mut [Differing],
    redacted: bool,
) -> Result<(), ReportError> {
    source.each_at(places, |record, _| {
        let side = models.iter().position(|model| *model == record.model);
        let task = tasks.iter_mut().find(|task| task.name() == record.task);
        if let (Some(side), Some(task)) = (side, task) {
            task.add(record, side == 0, redacted);
        }
        Ok(())
    })
}
