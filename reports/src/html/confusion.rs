//! What a model takes for what.

use crate::{Confusion, ModelRow, format::count};
use serde::Serialize;

/// Expected against given labels.
#[derive(Serialize)]
pub(super) struct Matrix {
    model: String,
    given: Vec<String>,
    rows: Vec<MatrixRow>,
    finding: String,
}

#[derive(Serialize)]
struct MatrixRow {
    expected: String,
    cells: Vec<MatrixCell>,
}

#[derive(Serialize)]
struct MatrixCell {
    count: u64,
    /// Share of its row, 0 to 1.
    heat: f64,
    right: bool,
}

pub(super) fn matrix(row: &ModelRow) -> Option<Matrix> {
    let confusion = row.confusion.as_ref().filter(|matrix| !matrix.expected.is_empty())?;
    let rows = confusion.expected.iter().zip(&confusion.counts).filter(|(_, counts)| counts.iter().sum::<u64>() > 0);
    Some(Matrix {
        model: row.model.clone(),
        given: confusion.given.iter().map(given).collect(),
        rows: rows
            .map(|(expected, counts)| {
                let sum: u64 = counts.iter().sum();
                let cell = |(given, n): (&Option<String>, &u64)| MatrixCell {
                    count: *n,
                    heat: (*n as f64 / sum as f64 * 100.0).round() / 100.0,
                    right: given.as_ref() == Some(expected),
                };
                MatrixRow { expected: expected.clone(), cells: confusion.given.iter().zip(counts).map(cell).collect() }
            })
            .collect(),
        finding: most_confused(&row.model, confusion),
    })
}

fn given(label: &Option<String>) -> String {
    label.clone().unwrap_or_else(|| "no label".into())
}

fn most_confused(model: &str, confusion: &Confusion) -> String {
    let cells = confusion.expected.iter().zip(&confusion.counts).flat_map(|(expected, counts)| {
        let sum: u64 = counts.iter().sum();
        confusion.given.iter().zip(counts).map(move |(given, n)| (expected, given, *n, sum))
    });
    let wrong = cells.filter(|(expected, given, n, _)| *n > 0 && given.as_ref() != Some(expected));
    match wrong.max_by_key(|(_, _, n, _)| *n) {
        None => format!("{model} confuses no label with another."),
        Some((expected, label, n, sum)) => {
            let as_what = if label.is_some() { format!("for {}", given(label)) } else { "for no label at all".into() };
            format!("{model} takes {expected} {as_what} most often: {} of {} times.", count(n), count(sum))
        }
    }
}
