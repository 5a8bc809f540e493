//! Brings the records of a run together: what each model made of each task.

use crate::{
    Latency, Tokens,
    breakdown::Fate,
    cascade::answer::Answer,
    evidence::{CaseCounts, CaseRow, Evidence, Scores},
    frame::{FAILED, Frame, KNOWN, SCORE},
    reader::Reader,
    rows::{Facts, Rows},
};
use eval_core::{Manifest, TaskInfo};
use polars::prelude::{DataFrame, PolarsResult};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::{collections::BTreeMap, ops::Range};

/// Brings the records of a run together, by task and model.
pub(crate) fn gather(rows: &Rows, manifest: &Manifest) -> PolarsResult<Vec<Vec<Evidence>>> {
    let tasks = manifest.tasks.par_iter().enumerate();
    tasks.map(|(task, info)| of_task(rows, task as u32, info, manifest)).collect()
}

/// The evidence of each model on a task, by its place in the manifest.
fn of_task(rows: &Rows, task: u32, info: &TaskInfo, manifest: &Manifest) -> PolarsResult<Vec<Evidence>> {
    let evidence = |model| Evidence {
        run: manifest.id.clone(),
        planned: info.cases as u64 * u64::from(manifest.repeats),
        repeats: manifest.repeats,
        scoring_hash: info.scoring_hash.clone(),
        fields: rows.fields.get(&(task.into(), model)).cloned().unwrap_or_default(),
        ..Evidence::default()
    };
    let mut evidence: Vec<Evidence> = (0..manifest.models.len() as u64).map(evidence).collect();
    let mine = rows.of_task(task);
    let frame = Frame::new(rows, mine)?;
    read_totals(&frame, &mut evidence)?;
    read_counts(&frame, rows, &mut evidence)?;
    read_confusion(&frame, rows, &mut evidence)?;
    let cases = frame.cases()?;
    drop(frame);
    read_case_counts(&cases, &mut evidence)?;
    let columns = Cases::new(&Reader(&cases), rows)?;
    drop(cases);
    read_cases(&columns, rows, mine, &mut evidence);
    evidence.iter_mut().for_each(|found| tie_equal_cases(&mut found.cases));
    Ok(evidence)
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

/// Takes the cases of each model, and what their records say beside numbers.
fn read_cases(columns: &Cases, rows: &Rows, of_task: &[u32], evidence: &mut [Evidence]) {
    let cases: Vec<&[u32]> = rows.by_case(of_task).collect();
    let model = |case: &[u32]| rows.keys[case[0] as usize].model as usize;
    let mut from = 0;
    for of_model in cases.chunk_by(|a, b| model(a) == model(b)) {
        let all = from..from + of_model.len();
        from = all.end;
        let found = &mut evidence[model(of_model[0])];
        found.cases = all.clone().zip(of_model).map(|(place, case)| columns.case(place, rows, case)).collect();
        if found.cost_usd.is_some() {
            found.costs = columns.costs[all.clone()].to_vec();
        }
        found.scores = columns.scores(all);
        let numbers = found.label_numbers(&rows.labels);
        let number = |label: u32| numbers.get(label as usize).copied().flatten();
        for (case, place) in of_model.iter().zip(0..) {
            found.cases[place as usize].first_answer = found.answers.len() as u32;
            found.answers.extend(case.iter().filter_map(|row| answer(rows, *row as usize)));
            let facts = || case.iter().map(|row| &rows.facts[*row as usize]);
            let label = |facts: &Facts| Some((number(facts.expected_label()?)?, facts.given_label().and_then(number)));
            found.labels.push(facts().filter_map(label));
            found.places.push(case.iter().filter_map(|row| rows.places.get(*row as usize).copied()));
            for tag in facts().next().into_iter().flat_map(|facts| &rows.tags[facts.tags as usize]) {
                match found.tags.get_mut(tag) {
                    Some(cases) => cases.push(place),
                    None => _ = found.tags.insert(tag.clone(), vec![place]),
                }
            }
        }
    }
}

fn answer(rows: &Rows, row: usize) -> Option<Answer> {
    let valid = rows.scores.get("schema_valid").and_then(|column| column.get(row));
    Answer::of(&rows.facts[row], valid == Some(&0.0))
}

/// The columns of [`Frame::cases`].
struct Cases {
    repeats: Vec<u32>,
    correct: [Vec<f64>; 2],
    wrong: [Vec<f64>; 2],
    failed_calls: Vec<f64>,
    costs: Vec<f64>,
    scores: Vec<ScoreColumns>,
}

/// The columns of one metric.
struct ScoreColumns {
    metric: String,
    means: Vec<f64>,
    /// How many scores are known, and how many failed; `None` where none failed.
    counts: Option<[Vec<u32>; 2]>,
}

impl Cases {
    fn new(found: &Reader<'_>, rows: &Rows) -> PolarsResult<Self> {
        let column = |kind: &str, name: &str| Some(format!("{kind}{name}")).filter(|column| found.has(column));
        let score = |name: &String| {
            let Some(means) = column(SCORE, name) else { return Ok(None) };
            let counts = match (column(KNOWN, name), column(FAILED, name)) {
                (Some(known), Some(failed)) => Some([found.counts(&known)?, found.counts(&failed)?]),
                _ => None,
            };
            Ok(Some(ScoreColumns { metric: name.clone(), means: found.numbers(&means)?, counts }))
        };
        Ok(Self {
            repeats: found.counts("repeats")?,
            correct: [found.numbers("correct_low")?, found.numbers("correct_high")?],
            wrong: [found.numbers("wrong_low")?, found.numbers("wrong_high")?],
            failed_calls: found.numbers("failed_calls")?,
            costs: found.numbers("cost")?,
            scores: rows.scores.keys().filter_map(|name| score(name).transpose()).collect::<PolarsResult<_>>()?,
        })
    }

    fn case(&self, place: usize, rows: &Rows, case: &[u32]) -> CaseRow {
        let first = case[0] as usize;
        CaseRow {
            key: rows.keys[first].case,
            cluster: rows.facts[first].cluster(),
            asked: self.repeats[place] > 0,
            correct_low: self.correct[0][place],
            correct_high: self.correct[1][place],
            wrong_low: self.wrong[0][place],
            wrong_high: self.wrong[1][place],
            failed_calls: self.failed_calls[place],
            repeats: self.repeats[place],
            first_answer: 0,
        }
    }

    /// The metrics that these cases have.
    fn scores(&self, cases: Range<usize>) -> BTreeMap<String, Scores> {
        let scores = |column: &ScoreColumns| {
            let means = column.means[cases.clone()].to_vec();
            let pairs =
                |[known, failed]: &[Vec<u32>; 2]| cases.clone().map(|case| (known[case], failed[case])).collect();
            let known_and_failed: Vec<(u32, u32)> = column.counts.as_ref().map(pairs).unwrap_or_default();
            let any_failed = known_and_failed.iter().any(|(_, failed)| *failed > 0);
            let is_there = any_failed || means.iter().any(|mean| !mean.is_nan());
            is_there.then(|| (column.metric.clone(), Scores { means, known_and_failed }))
        };
        self.scores.iter().filter_map(scores).collect()
    }
}

fn read_case_counts(cases: &DataFrame, evidence: &mut [Evidence]) -> PolarsResult<()> {
    let data = Frame::case_counts(cases)?;
    let rows = Reader(&data);
    for row in rows.rows() {
        evidence[rows.count("model", row)? as usize].counts = CaseCounts {
            cases: rows.count("cases", row)?,
            skipped: rows.count("skipped", row)?,
            any_failed_call: rows.count("any_failed_call", row)?,
            any_failed_score: rows.count("any_failed_score", row)?,
            any_broken: rows.count("any_broken", row)?,
            right: rows.number("right", row)?.unwrap_or_default(),
            repeats_agree: rows.flag("repeats_agree", row)?,
        };
    }
    Ok(())
}

fn read_totals(frame: &Frame, evidence: &mut [Evidence]) -> PolarsResult<()> {
    let data = frame.totals()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = &mut evidence[rows.count("model", row)? as usize];
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

fn read_counts(frame: &Frame, known: &Rows, evidence: &mut [Evidence]) -> PolarsResult<()> {
    let data = frame.fates()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = &mut evidence[rows.count("model", row)? as usize];
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
        let found = &mut evidence[rows.count("model", row)? as usize];
        let kind = &known.error_kinds[rows.count("error_kind", row)? as usize];
        found.errors.insert(kind.clone(), rows.count("count", row)?);
    }
    Ok(())
}

fn read_confusion(frame: &Frame, known: &Rows, evidence: &mut [Evidence]) -> PolarsResult<()> {
    let label = |number: u64| known.labels[number as usize].clone();
    let data = frame.confusion()?;
    let rows = Reader(&data);
    for row in rows.rows() {
        let found = &mut evidence[rows.count("model", row)? as usize];
        let given = rows.whole("given_label", row)?.map(label);
        found.confusion.push((label(rows.count("expected_label", row)?), given, rows.count("count", row)?));
    }
    Ok(())
}
