use crate::{
    Breakdown, Latency, Run, Tokens,
    breakdown::Fate,
    frame::{Frame, known_column, score_column, unknown_column},
    labels::LabelPair,
    reader::Reader,
};
use polars::prelude::PolarsResult;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What one model's records on one task come to. Vectors over cases are in the order of `cases`.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub cases: Vec<CaseRow>,
    /// By metric.
    pub scores: BTreeMap<String, Scores>,
    /// Expected and given labels of each case's records, as numbers.
    pub labels: Vec<Vec<LabelPair>>,
    /// Labels that are expected or given.
    pub label_count: usize,
    pub confusion: Vec<(String, Option<String>, u64)>,
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
}

/// One case: shares over its repeats. Where a scorer failed the truth is between low and high.
#[derive(Debug, Clone)]
pub(crate) struct CaseRow {
    pub case: String,
    pub cluster: Option<String>,
    /// False where no repeat was asked; the shares are then meaningless.
    pub asked: bool,
    pub correct_low: f64,
    pub correct_high: f64,
    pub wrong_low: f64,
    pub wrong_high: f64,
    pub failed_calls: f64,
    pub any_failed_call: bool,
    pub any_failed_score: bool,
    pub any_broken: bool,
}

/// The scores of one metric.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    /// The case's mean over its known scores; `None` where the metric does not apply, or failed.
    pub mean: Vec<Option<f64>>,
    /// Known and failed scores of each case; empty where none failed.
    pub known_and_failed: Vec<(u64, u64)>,
}

/// Task and model.
pub(crate) type Key = (String, String);

/// Brings the records of a run together, by task and model; a pair without records has no entry.
pub(crate) fn gather(run: &Run) -> PolarsResult<HashMap<Key, Evidence>> {
    let kinds: HashMap<&str, _> = run.manifest.tasks.iter().map(|t| (t.name.as_str(), t.kind)).collect();
    let frame = Frame::new(&run.records, |task| kinds.get(task).copied())?;
    let mut evidence = HashMap::new();
    read_cases(&frame, &mut evidence)?;
    read_totals(&frame, &mut evidence)?;
    read_counts(&frame, &mut evidence)?;
    read_labels(&frame, &mut evidence)?;
    Ok(evidence)
}

fn key(rows: &Reader<'_>, row: usize) -> PolarsResult<Key> {
    Ok((rows.word("task", row)?, rows.word("model", row)?))
}

fn read_cases(frame: &Frame, evidence: &mut HashMap<Key, Evidence>) -> PolarsResult<()> {
    let data = frame.cases()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(key(&rows, row)?).or_default();
        let share = |name: &str| PolarsResult::Ok(rows.number(name, row)?.unwrap_or(0.0));
        found.cases.push(CaseRow {
            case: rows.word("case", row)?,
            cluster: rows.text("cluster", row)?,
            asked: rows.flag("asked", row)?,
            correct_low: share("correct_low")?,
            correct_high: share("correct_high")?,
            wrong_low: share("wrong_low")?,
            wrong_high: share("wrong_high")?,
            failed_calls: share("failed_calls")?,
            any_failed_call: rows.flag("any_failed_call", row)?,
            any_failed_score: rows.flag("any_failed_score", row)?,
            any_broken: rows.flag("any_broken", row)?,
        });
        for name in &frame.scores {
            let scores = found.scores.entry(name.clone()).or_default();
            scores.mean.push(rows.number(&score_column(name), row)?);
            if frame.unknown_scores.contains(name) {
                let known = rows.count(&known_column(name), row)?;
                scores.known_and_failed.push((known, rows.count(&unknown_column(name), row)?));
            }
        }
    }
    Ok(())
}

fn read_totals(frame: &Frame, evidence: &mut HashMap<Key, Evidence>) -> PolarsResult<()> {
    let data = frame.totals()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(key(&rows, row)?).or_default();
        found.cost_usd = rows.number("cost_usd", row)?;
        found.latency = Latency { p50: rows.number("latency_p50", row)?, p95: rows.number("latency_p95", row)? };
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

fn read_counts(frame: &Frame, evidence: &mut HashMap<Key, Evidence>) -> PolarsResult<()> {
    let data = frame.fates()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(key(&rows, row)?).or_default();
        let word = rows.word("fate", row)?;
        let Some(fate) = Fate::ALL.into_iter().find(|fate| fate.as_str() == word) else { continue };
        let count = rows.count("count", row)?;
        found.all.add(fate, count);
        let wanted = if rows.flag("should_decline", row)? { &mut found.wants_refusal } else { &mut found.wants_answer };
        wanted.add(fate, count);
    }
    let data = frame.errors()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(key(&rows, row)?).or_default();
        found.errors.insert(rows.word("error_kind", row)?, rows.count("count", row)?);
    }
    Ok(())
}

fn read_labels(frame: &Frame, evidence: &mut HashMap<Key, Evidence>) -> PolarsResult<()> {
    let data = frame.confusion()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = evidence.entry(key(&rows, row)?).or_default();
        let given = rows.text("given_label", row)?;
        found.confusion.push((rows.word("expected_label", row)?, given, rows.count("count", row)?));
    }
    let mut numbers: HashMap<Key, HashMap<String, usize>> = HashMap::new();
    for (key, found) in evidence.iter_mut() {
        let labels = found.confusion.iter().flat_map(|(expected, given, _)| [Some(expected), given.as_ref()]).flatten();
        // Sorted, so that sums over labels come out the same in every run to the last bit.
        let labels: BTreeSet<&String> = labels.collect();
        found.labels = vec![Vec::new(); found.cases.len()];
        found.label_count = labels.len();
        numbers.insert(key.clone(), labels.into_iter().cloned().zip(0..).collect());
    }
    let data = frame.label_pairs()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let key = key(&rows, row)?;
        let (Some(found), Some(numbers)) = (evidence.get_mut(&key), numbers.get(&key)) else { continue };
        let case = rows.word("case", row)?;
        let expected = numbers.get(&rows.word("expected_label", row)?);
        let given = rows.text("given_label", row)?.and_then(|label| numbers.get(&label).copied());
        // Cases are sorted by name, as the frame is.
        if let (Ok(index), Some(expected)) = (found.cases.binary_search_by(|known| known.case.cmp(&case)), expected) {
            found.labels[index].push((*expected, given));
        }
    }
    Ok(())
}

impl Evidence {
    /// The cases that were asked, with their index.
    pub fn asked(&self) -> impl Iterator<Item = (usize, &CaseRow)> {
        self.cases.iter().enumerate().filter(|(_, case)| case.asked)
    }

    /// Independent units among the asked cases, as indices into `cases`.
    pub fn units(&self) -> Vec<Vec<usize>> {
        let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut alone = Vec::new();
        for (index, case) in self.asked() {
            match &case.cluster {
                Some(name) => clusters.entry(name).or_default().push(index),
                None => alone.push(vec![index]),
            }
        }
        clusters.into_values().chain(alone).collect()
    }
}
