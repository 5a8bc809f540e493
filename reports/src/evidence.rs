use crate::{
    Breakdown, JudgedRow, Latency, Tokens, UnscoredRow,
    breakdown::Fate,
    by_case::ByCase,
    frame::Frame,
    label_statistics::LabelPair,
    reader::Reader,
    rows::{CaseKey, Facts, Rows, known_and_failed},
    work::Work,
};
use eval_core::{FieldCounts, Manifest, TaskInfo, log::Place, statistics::Units};
use polars::prelude::PolarsResult;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What one model's records on one task come to. Vectors over cases are in the order of `cases`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// The run that it is of.
    pub run: String,
    /// Answers that the run was to give: cases times repeats.
    pub planned: u64,
    /// How often each case was asked.
    pub repeats: u32,
    /// Of the rules that its answers were scored by; `None`: the run does not say.
    pub scoring_hash: Option<String>,
    /// Sorted by content.
    pub cases: Vec<CaseRow>,
    /// The cases of each slice.
    pub tags: BTreeMap<String, Vec<u32>>,
    /// Where the records of each case are in its source; none of a baseline.
    pub places: ByCase<Place>,
    /// By metric.
    pub scores: BTreeMap<String, Scores>,
    /// Expected and given labels of each case's records, as numbers.
    pub labels: ByCase<LabelPair>,
    /// Labels that are expected or given.
    pub label_count: usize,
    pub confusion: Vec<(String, Option<String>, u64)>,
    /// What became of each field, by name.
    pub fields: BTreeMap<String, FieldCounts>,
    pub all: Breakdown,
    pub wants_answer: Breakdown,
    pub wants_refusal: Breakdown,
    pub errors: BTreeMap<String, u64>,
    pub cost_usd: Option<f64>,
    pub latency: Latency,
    pub tokens_per_second: Option<f64>,
    pub tokens: Tokens,
    pub length_cut: u64,
    pub cached: u64,
    /// USD of each case, the mean over its asked repeats; empty where the cost of any answer is unknown.
    pub costs: Vec<f64>,
    /// The time that its own process spent on them.
    pub work: Work,
    /// What judges made of the answers.
    pub judged: Vec<JudgedRow>,
    /// What metrics could not score.
    pub unscored: Vec<UnscoredRow>,
}

/// One case: shares over its repeats. Where a scorer failed the truth is between low and high.
#[derive(Debug, Clone)]
pub(crate) struct CaseRow {
    /// The case.
    pub key: CaseKey,
    /// A number that sorts as the cluster's name.
    pub cluster: Option<u32>,
    /// False where no repeat was asked; the shares are then meaningless.
    pub asked: bool,
    pub correct_low: f64,
    pub correct_high: f64,
    pub wrong_low: f64,
    pub wrong_high: f64,
    pub failed_calls: f64,
    /// Asked repeats.
    pub repeats: u32,
    pub any_failed_call: bool,
    pub any_failed_score: bool,
    pub any_broken: bool,
}

/// The scores of one metric.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scores {
    /// The case's mean over its known scores; no number where the metric does not apply, or failed.
    means: Vec<f64>,
    /// Known and failed scores of each case; empty where none failed.
    pub known_and_failed: Vec<(u64, u64)>,
}

impl Scores {
    /// The case's mean over its known scores; `None` where the metric does not apply, or failed.
    pub fn mean(&self, case: usize) -> Option<f64> {
        self.means.get(case).copied().filter(|mean| !mean.is_nan())
    }
}

/// Task and model, by their places in the manifest.
pub(crate) type Pair = (u64, u64);

/// Brings the records of a run together, by task and model.
pub(crate) fn gather(rows: &Rows, manifest: &Manifest) -> PolarsResult<Vec<Vec<Evidence>>> {
    let mut evidence = HashMap::new();
    let frame = Frame::new(rows)?;
    read_totals(&frame, &mut evidence)?;
    read_counts(&frame, rows, &mut evidence)?;
    read_confusion(&frame, rows, &mut evidence)?;
    drop(frame);
    for (pair, sums) in &rows.fields {
        evidence.entry(*pair).or_default().fields = sums.clone();
    }
    read_cases(rows, &mut evidence);
    let mut take = |(task, info): (usize, &TaskInfo), model: usize| {
        let mut found = evidence.remove(&(task as u64, model as u64)).unwrap_or_default();
        tie_equal_cases(&mut found.cases);
        let planned = info.cases as u64 * u64::from(manifest.repeats);
        Evidence {
            run: manifest.id.clone(),
            planned,
            repeats: manifest.repeats,
            scoring_hash: info.scoring_hash.clone(),
            ..found
        }
    };
    let models = 0..manifest.models.len();
    Ok(manifest.tasks.iter().enumerate().map(|task| models.clone().map(|model| take(task, model)).collect()).collect())
}

/// Cases of equal content are one case asked again, not independent ones: they share a cluster.
fn tie_equal_cases(cases: &mut [CaseRow]) {
    for (group, number) in
        cases.chunk_by_mut(|a, b| a.key.content == b.key.content).filter(|group| group.len() > 1).zip(0..)
    {
        let cluster = group.iter().find_map(|case| case.cluster).unwrap_or(u32::MAX - number);
        group.iter_mut().for_each(|case| case.cluster = Some(cluster));
    }
}

fn pair(rows: &Reader<'_>, row: usize) -> PolarsResult<Pair> {
    Ok((rows.count("task", row)?, rows.count("model", row)?))
}

/// Brings the repeats of each case together.
fn read_cases(rows: &Rows, evidence: &mut HashMap<Pair, Evidence>) {
    let failing: Vec<bool> = rows.scores.values().map(|column| column.iter().any(|x| x.is_infinite())).collect();
    let mut numbers = HashMap::new();
    for case in rows.by_case() {
        let key = rows.keys[case[0] as usize];
        let pair = (key.task.into(), key.model.into());
        let found = evidence.entry(pair).or_default();
        let facts = || case.iter().map(|row| &rows.facts[*row as usize]);
        let number = found.cases.len() as u32;
        found.cases.push(CaseRow::new(key.case, facts));
        found.places.push(case.iter().filter_map(|row| rows.places.get(*row as usize).copied()));
        if key.repeat == 0 {
            let tags = facts().take(1).flat_map(|facts| &rows.tags[facts.tags as usize]);
            tags.for_each(|tag| match found.tags.get_mut(tag) {
                Some(cases) => cases.push(number),
                None => _ = found.tags.insert(tag.clone(), vec![number]),
            });
        }
        if found.cost_usd.is_some() {
            found.costs.push(case_cost(facts()));
        }
        for ((name, column), failing) in rows.scores.iter().zip(&failing) {
            if !found.scores.contains_key(name) {
                found.scores.insert(name.clone(), Scores::default());
            }
            let Some(scores) = found.scores.get_mut(name) else { continue };
            let (known, sum, failed) = known_and_failed(column, case);
            scores.means.push(if known > 0 { sum / known as f64 } else { f64::NAN });
            if *failing {
                scores.known_and_failed.push((known, failed));
            }
        }
        let numbers = numbers.entry(pair).or_insert_with(|| found.label_numbers(&rows.labels));
        let number = |label: u32| numbers.get(label as usize).copied().flatten();
        let labels =
            facts().filter_map(|facts| Some((number(facts.expected_label()?)?, facts.given_label().and_then(number))));
        found.labels.push(labels);
    }
}

/// USD of a case: the mean over its asked repeats, of which a failed one costs nothing.
fn case_cost<'a>(repeats: impl Iterator<Item = &'a Facts>) -> f64 {
    let (sum, asked) = repeats.filter(|facts| facts.fate != Fate::Skipped).fold((0.0, 0u32), |(sum, asked), facts| {
        (sum + facts.cost_usd().filter(|_| facts.fate.is_answer()).unwrap_or(0.0), asked + 1)
    });
    sum / f64::from(asked.max(1))
}

impl CaseRow {
    fn new<'a, I: Iterator<Item = &'a Facts>>(key: CaseKey, facts: impl Fn() -> I) -> Self {
        let any = |fate: Fate| facts().any(|facts| facts.fate == fate);
        let asked = || facts().filter(|facts| facts.fate != Fate::Skipped);
        // What a failed scorer would have said is 0 in the worst case and 1 in the best.
        let mean = |unknown: f64, of: fn(Fate) -> bool| {
            let value = |fate| if fate == Fate::FailedScore { unknown } else { f64::from(u8::from(of(fate))) };
            let (sum, n) = asked().fold((0.0, 0u32), |(sum, n), facts| (sum + value(facts.fate), n + 1));
            if n > 0 { sum / f64::from(n) } else { 0.0 }
        };
        Self {
            key,
            cluster: facts().next().and_then(Facts::cluster),
            asked: asked().next().is_some(),
            correct_low: mean(0.0, Fate::is_correct),
            correct_high: mean(1.0, Fate::is_correct),
            wrong_low: mean(0.0, Fate::is_confidently_wrong),
            wrong_high: mean(1.0, Fate::is_confidently_wrong),
            failed_calls: mean(0.0, |fate| fate == Fate::FailedCall),
            repeats: asked().count() as u32,
            any_failed_call: any(Fate::FailedCall),
            any_failed_score: any(Fate::FailedScore),
            any_broken: any(Fate::Broken),
        }
    }
}

fn read_totals(frame: &Frame, evidence: &mut HashMap<Pair, Evidence>) -> PolarsResult<()> {
    let data = frame.totals()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(pair(&rows, row)?).or_default();
        found.cost_usd = rows.number("cost_usd", row)?;
        let latency = |name| rows.number(name, row);
        found.latency =
            Latency { p50: latency("latency_p50")?, p95: latency("latency_p95")?, p99: latency("latency_p99")? };
        found.tokens_per_second = rows.number("tokens_per_second", row)?;
        found.tokens = Tokens {
            input: rows.whole("input_tokens", row)?,
            cached_input: rows.whole("cached_input_tokens", row)?,
            output: rows.whole("output_tokens", row)?,
        };
        found.length_cut = rows.count("length_cut", row)?;
        found.cached = rows.count("cached", row)?;
    }
    Ok(())
}

fn read_counts(frame: &Frame, known: &Rows, evidence: &mut HashMap<Pair, Evidence>) -> PolarsResult<()> {
    let data = frame.fates()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(pair(&rows, row)?).or_default();
        let number = rows.count("fate", row)?;
        let Some(fate) = Fate::ALL.into_iter().find(|fate| *fate as u64 == number) else { continue };
        let count = rows.count("count", row)?;
        found.all.add(fate, count);
        let wanted = if rows.flag("should_decline", row)? { &mut found.wants_refusal } else { &mut found.wants_answer };
        wanted.add(fate, count);
    }
    let data = frame.errors()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(pair(&rows, row)?).or_default();
        let kind = &known.error_kinds[rows.count("error_kind", row)? as usize];
        found.errors.insert(kind.clone(), rows.count("count", row)?);
    }
    Ok(())
}

fn read_confusion(frame: &Frame, known: &Rows, evidence: &mut HashMap<Pair, Evidence>) -> PolarsResult<()> {
    let label = |number: u64| known.labels[number as usize].clone();
    let data = frame.confusion()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(pair(&rows, row)?).or_default();
        let given = rows.whole("given_label", row)?.map(label);
        found.confusion.push((label(rows.count("expected_label", row)?), given, rows.count("count", row)?));
    }
    Ok(())
}

impl Evidence {
    /// A number for each label of the run that is expected or given here.
    fn label_numbers(&mut self, labels: &[String]) -> Vec<Option<u32>> {
        let here = self.confusion.iter().flat_map(|(expected, given, _)| [Some(expected), given.as_ref()]).flatten();
        // Sorted, so that sums over labels come out the same in every run to the last bit.
        let here: BTreeSet<&String> = here.collect();
        self.label_count = here.len();
        let number = |label| here.iter().position(|known| *known == label).map(|number| number as u32);
        labels.iter().map(number).collect()
    }

    /// The cases that were asked, with their index.
    pub fn asked(&self) -> impl Iterator<Item = (usize, &CaseRow)> {
        self.cases.iter().enumerate().filter(|(_, case)| case.asked)
    }

    /// Independent units among the asked cases, as indices into `cases`.
    pub fn units(&self) -> Units {
        let mut clusters: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, case) in self.asked() {
            if let Some(name) = case.cluster {
                clusters.entry(name).or_default().push(index);
            }
        }
        let alone = self.asked().filter(|(_, case)| case.cluster.is_none());
        let mut units = Units::default();
        clusters.values().for_each(|cases| units.push(cases));
        alone.for_each(|(index, _)| units.push(&[index]));
        units
    }

    /// Of each independent unit, the sum of this over its cases and how many of them are right.
    pub fn by_unit(&self, of: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
        let add = |(above, right), case: &u32| {
            let case = *case as usize;
            (above + of(case), right + self.cases[case].correct_low)
        };
        self.units().iter().map(|cases| cases.iter().fold((0.0, 0.0), add)).collect()
    }
}
