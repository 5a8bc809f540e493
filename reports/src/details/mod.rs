//! What stands behind a comparison: the cases on which the two models differ, and the slices where the candidate is worse.
//! Read from the records a second time, since a large run does not fit in memory.

mod said;
mod slices;

use crate::{
    ReportError, Run, Summary,
    breakdown::Fate,
    comparison::{Pair, pairs},
    rows::CaseKey,
};
use eval_core::{DataPolicy, Digest, ModelRole, Record};
use serde::Serialize;
use serde_json::Value;
use slices::Tags;
use std::collections::{HashMap, HashSet};

pub use said::Said;
pub(crate) use said::text as said_text;
pub use slices::Slice;

/// Discordant cases that are kept for each task and side.
const MOST_CASES: usize = 100;

/// One candidate and one reference, task by task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Details {
    /// The model on trial.
    pub candidate: String,
    /// The model it would replace.
    pub reference: String,
    /// In the run's order.
    pub tasks: Vec<TaskDetails>,
    /// How many slices were looked at, over all tasks: the p-values of [`Slice`] are Holm-adjusted over them.
    pub slices_looked_at: usize,
}

/// One task.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaskDetails {
    /// Its name.
    pub task: String,
    /// Cases that the reference alone got right, at most [`MOST_CASES`], by id; none that is held out.
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

/// Reads what stands behind each comparison of the summary.
pub fn details(run: &Run, summary: &Summary) -> Result<Vec<Details>, ReportError> {
    let models = |role| run.manifest.models.iter().enumerate().filter(move |(_, model)| model.role == role);
    let mut found = Vec::new();
    for (ours, candidate) in models(ModelRole::Candidate) {
        for (theirs, reference) in models(ModelRole::Reference) {
            let tasks: Vec<TaskPairs> = (0..summary.tasks.len())
                .map(|task| {
                    let evidence = &run.evidence[task];
                    TaskPairs::new(&summary.tasks[task].task, &pairs(&evidence[ours], &evidence[theirs]), &run.held_out)
                })
                .collect();
            found.push(read(run, summary, tasks, &candidate.name, &reference.name)?);
        }
    }
    Ok(found)
}

/// The pairs of a task while the records are read.
struct TaskPairs {
    details: TaskDetails,
    /// The difference of each pair, and its cluster.
    pairs: Vec<(f64, Option<u32>)>,
    /// The place of a case's pair, for the candidate's case and the reference's. Cases of one content have pairs of their
    /// own.
    ours: HashMap<CaseKey, usize>,
    theirs: HashMap<CaseKey, usize>,
    tags: Tags,
    /// By the place of the pair: of those that are shown.
    cases: HashMap<usize, Option<Kept>>,
}

/// A case that is shown, and which records of the reference and of the candidate are: what does not tell the two apart
/// comes last, and later repeats after earlier ones.
struct Kept {
    case: Discordant,
    shown: [Option<(bool, u32)>; 2],
}

impl Kept {
    fn new(record: &Record) -> Self {
        let case = Discordant {
            case: record.case.clone(),
            case_hash: record.case_hash.clone(),
            tags: record.tags.clone(),
            expected: Value::Null,
            candidate: None,
            reference: None,
        };
        Self { case, shown: [None; 2] }
    }
}

impl TaskPairs {
    fn new(task: &str, found: &[Pair<'_>], held_out: &HashSet<Digest>) -> Self {
        let pair = |(ours, theirs): &Pair<'_>| (ours.correct_low - theirs.correct_low, ours.cluster);
        let pairs: Vec<_> = found.iter().map(pair).collect();
        // By content, so that those that are shown are a sample.
        let places = |is: fn(f64) -> bool| (0..pairs.len()).filter(|place| is(pairs[*place].0)).collect::<Vec<_>>();
        let (lost, won) = (places(|difference| difference < 0.0), places(|difference| difference > 0.0));
        // Of cases that are held out the totals alone are told.
        let open = |place: &&usize| {
            let (ours, theirs) = found[**place];
            !held_out.contains(&ours.key.content) && !held_out.contains(&theirs.key.content)
        };
        let most = |places: &[usize]| places.iter().filter(open).take(MOST_CASES).copied().collect::<Vec<_>>();
        let shown = [most(&lost), most(&won)].concat();
        let details =
            TaskDetails { task: task.into(), lost_total: lost.len(), won_total: won.len(), ..TaskDetails::default() };
        Self {
            details,
            pairs,
            ours: found.iter().enumerate().map(|(place, pair)| (pair.0.key, place)).collect(),
            theirs: found.iter().enumerate().map(|(place, pair)| (pair.1.key, place)).collect(),
            tags: Tags::default(),
            cases: shown.into_iter().map(|place| (place, None)).collect(),
        }
    }

    fn add(&mut self, record: Record, is_candidate: bool, redacted: bool) {
        let Some(key) = CaseKey::of(&record) else { return };
        let places = if is_candidate { &self.ours } else { &self.theirs };
        let Some(place) = places.get(&key).copied() else { return };
        let (difference, cluster) = self.pairs[place];
        if is_candidate && record.repeat == 0 {
            self.tags.add(&record.tags, difference, cluster);
        }
        let Some(kept) = self.cases.get_mut(&place) else { return };
        let Kept { case, shown } = kept.get_or_insert_with(|| Kept::new(&record));
        // Of repeats the first is shown that tells the two apart.
        let tells = Fate::of(&record).is_correct() == (is_candidate == (difference > 0.0));
        let rank = (!tells, record.repeat);
        let kept = &mut shown[usize::from(is_candidate)];
        if kept.is_some_and(|kept| kept <= rank) {
            return;
        }
        *kept = Some(rank);
        if is_candidate {
            case.case.clone_from(&record.case);
            case.tags.clone_from(&record.tags);
        }
        if !redacted && !record.expected.is_null() {
            case.expected = record.expected.clone();
        }
        let said = Some(Said::of(record, redacted));
        if is_candidate { case.candidate = said } else { case.reference = said }
    }

    fn finish(mut self) -> (TaskDetails, Tags) {
        let (mut lost, mut won) = (Vec::new(), Vec::new());
        for (place, kept) in self.cases {
            let Some(Kept { case, .. }) = kept else { continue };
            if self.pairs[place].0 < 0.0 { lost.push(case) } else { won.push(case) }
        }
        for cases in [&mut lost, &mut won] {
            cases.sort_by(|a, b| (&a.case, &a.case_hash).cmp(&(&b.case, &b.case_hash)));
        }
        (self.details.lost, self.details.won) = (lost, won);
        (self.details, self.tags)
    }
}

fn read(
    run: &Run,
    summary: &Summary,
    mut tasks: Vec<TaskPairs>,
    candidate: &str,
    reference: &str,
) -> Result<Details, ReportError> {
    let redacted = run.manifest.suite.data_policy == DataPolicy::LocalOnly;
    let places: HashMap<&str, usize> =
        summary.tasks.iter().enumerate().map(|(place, task)| (task.task.as_str(), place)).collect();
    for source in &run.sources {
        source.each(|record, _| {
            let is_candidate = record.model == candidate;
            if let Some(place) = places.get(record.task.as_str()).filter(|_| is_candidate || record.model == reference)
            {
                tasks[*place].add(record, is_candidate, redacted);
            }
            Ok(())
        })?;
    }
    let (mut details, tags): (Vec<TaskDetails>, Vec<Tags>) = tasks.into_iter().map(TaskPairs::finish).unzip();
    let (slices, slices_looked_at) = slices::slices(tags, 1.0 - summary.level);
    for (task, slices) in details.iter_mut().zip(slices) {
        task.slices = slices;
    }
    Ok(Details { candidate: candidate.into(), reference: reference.into(), tasks: details, slices_looked_at })
}
