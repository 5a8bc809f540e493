//! What a model takes for what.

use crate::{
    Confusion, ModelRow,
    format::{count, counted, list, percent},
};
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
        finding: most_confused(&row.model, confusion, row.breakdown.failed_calls),
    })
}

fn given(label: &Option<String>) -> String {
    label.clone().unwrap_or_else(|| "no label".into())
}

/// The cell off the diagonal with the largest count, of several the one with the largest share of its row. A failed call
/// has no label either, and which of those without one they are is not known: then no such cell is named.
fn most_confused(model: &str, confusion: &Confusion, failed_calls: u64) -> String {
    let rows = confusion.expected.iter().zip(&confusion.counts).map(|row| (row, row.1.iter().sum::<u64>()));
    let cells = rows.flat_map(|((expected, counts), sum)| {
        confusion.given.iter().zip(counts).map(move |(given, n)| (expected, given, *n, sum))
    });
    let wrong = || {
        let is_wrong = |given: &Option<String>, expected: &String| given.as_ref() != Some(expected);
        let is_known = |given: &Option<String>| given.is_some() || failed_calls == 0;
        cells.clone().filter(move |(expected, given, n, _)| *n > 0 && is_wrong(given, expected) && is_known(given))
    };
    let share = |n: u64, sum: u64| n as f64 / sum as f64;
    let by_share = |n: u64, sum: u64, m: u64, total: u64| share(n, sum).total_cmp(&share(m, total));
    let most = wrong().max_by(|(.., n, sum), (.., m, total)| n.cmp(m).then(by_share(*n, *sum, *m, *total)));
    let found = match most {
        None => format!("{model} confuses no label with another."),
        Some((.., 1, _)) => format!("{model} confuses no label with another more than once."),
        Some((expected, label, n, sum)) => {
            let what = match label {
                Some(label) => format!("takes {expected} for {label}"),
                None => format!("gives no readable label for {expected}"),
            };
            let is_tied = wrong().filter(|(.., m, _)| *m == n).count() > 1;
            let often = if is_tied { "as often as it takes any label for another" } else { "most often" };
            let share = percent(Some(share(n, sum)));
            format!("{model} {what} {often}: {} of {} times ({share}).", count(n), count(sum))
        }
    };
    if failed_calls == 0 { found } else { format!("{found} {}", without_label(confusion, failed_calls)) }
}

/// What the last column holds, of which some are failed calls.
fn without_label(confusion: &Confusion, failed_calls: u64) -> String {
    let all: u64 = confusion.counts.iter().filter_map(|row| row.last()).sum();
    let unreadable = all.saturating_sub(failed_calls);
    let answers = (unreadable > 0).then(|| format!("{} without a readable label", counted(unreadable, "answer")));
    let parts: Vec<String> = answers.into_iter().chain([counted(failed_calls, "failed call")]).collect();
    format!("The column “no label” holds {}.", list(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(cells: &[(&str, Option<&str>, u64)], failed_calls: u64) -> String {
        let cells: Vec<_> = cells.iter().map(|(e, g, n)| (e.to_string(), g.map(String::from), *n)).collect();
        most_confused("open", &Confusion::new(&[], &cells), failed_calls)
    }

    #[test]
    fn the_largest_count_is_named_and_whether_it_is_the_only_one() {
        let cells = [
            ("account", Some("account"), 28),
            ("account", None, 3),
            ("open", Some("open"), 97),
            ("open", Some("undetermined"), 3),
        ];
        assert_eq!(
            words(&cells, 0),
            "open gives no readable label for account as often as it takes any label for another: 3 of 31 times (9.7%)."
        );
        let more = [("a", Some("a"), 176), ("a", Some("b"), 10), ("b", Some("b"), 500), ("b", Some("c"), 29)];
        assert_eq!(words(&more, 0), "open takes b for c most often: 29 of 529 times (5.5%).");
        // Which of those are failed calls nobody can tell here.
        let found = "open takes open for undetermined most often: 3 of 100 times (3.0%). \
                     The column “no label” holds 1 answer without a readable label and 2 failed calls.";
        assert_eq!(words(&cells, 2), found);
        let few = [("a", Some("b"), 1), ("b", Some("b"), 30), ("b", Some("a"), 2)];
        assert_eq!(words(&few, 0), "open takes b for a most often: 2 of 32 times (6.2%).");
        assert_eq!(words(&few[..1], 0), "open confuses no label with another more than once.");
        assert_eq!(words(&few[1..2], 0), "open confuses no label with another.");
    }
}
