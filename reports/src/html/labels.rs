//! Labels of a classification and fields of an extraction: all models in one table.

use crate::{
    Comparison, FieldRow, LabelRow, ModelRow, TaskSummary,
    format::{count, percent, points, size_in_points},
};
use serde::Serialize;

/// A table of labels or fields.
#[derive(Serialize)]
pub(super) struct Items {
    title: &'static str,
    noun: &'static str,
    models: Vec<String>,
    columns: &'static [&'static str],
    /// The candidates whose difference to a reference stands at the end.
    compared: Vec<String>,
    rows: Vec<ItemRow>,
    finding: String,
    support: Option<String>,
}

#[derive(Serialize)]
struct ItemRow {
    name: String,
    support: String,
    /// Of all models, one after the other.
    cells: Vec<String>,
    changes: Vec<String>,
}

/// One label or field of one model.
struct Item<'a> {
    name: &'a str,
    support: u64,
    f1: Option<f64>,
    shares: Vec<Option<f64>>,
}

type Of = fn(&ModelRow) -> Vec<Item<'_>>;

/// `None` for a task without labels.
pub(super) fn labels(task: &TaskSummary) -> Option<Items> {
    items(task, ["Labels", "label"], &["precision", "recall", "F1"], |row| row.labels.iter().map(Item::label).collect())
}

/// `None` for a task without fields.
pub(super) fn fields(task: &TaskSummary) -> Option<Items> {
    items(task, ["Fields", "field"], &["precision", "recall", "F1", "invented"], |row| {
        row.fields.iter().map(Item::field).collect()
    })
}

impl<'a> Item<'a> {
    fn label(row: &'a LabelRow) -> Self {
        Self { name: &row.label, support: row.support, f1: row.f1, shares: vec![row.precision, row.recall, row.f1] }
    }

    fn field(row: &'a FieldRow) -> Self {
        let shares = vec![row.precision, row.recall, row.f1, row.invented];
        Self { name: &row.field, support: row.support, f1: row.f1, shares }
    }
}

fn items(task: &TaskSummary, words: [&'static str; 2], columns: &'static [&'static str], of: Of) -> Option<Items> {
    let [title, noun] = words;
    let models: Vec<Vec<Item<'_>>> = task.models.iter().map(of).collect();
    let mut names: Vec<&str> = Vec::new();
    for item in models.iter().flatten() {
        if !names.contains(&item.name) {
            names.push(item.name);
        }
    }
    let places: Vec<[usize; 2]> = task.comparisons.iter().filter_map(|pair| places(task, pair)).collect();
    let row = |name: &&str| {
        let found: Vec<Option<&Item<'_>>> =
            models.iter().map(|items| items.iter().find(|item| item.name == *name)).collect();
        let mut support: Vec<u64> = found.iter().flatten().map(|item| item.support).collect();
        if support.windows(2).all(|pair| pair[0] == pair[1]) {
            support.truncate(1);
        }
        let shares = found.iter().flat_map(|item| {
            (0..columns.len()).map(move |column| item.and_then(|item| item.shares.get(column).copied().flatten()))
        });
        ItemRow {
            name: name.to_string(),
            support: support.into_iter().map(count).collect::<Vec<_>>().join(" / "),
            cells: shares.map(percent).collect(),
            changes: places.iter().map(|places| points(change(&models, places, name))).collect(),
        }
    };
    let compared = if places.len() == 1 { vec![String::new()] } else { Vec::new() };
    let several = task.comparisons.iter().map(|pair| format!("{} − {}", pair.candidate, pair.reference));
    (!names.is_empty()).then(|| Items {
        title,
        noun,
        models: task.models.iter().map(|row| row.model.clone()).collect(),
        columns,
        compared: if compared.is_empty() { several.collect() } else { compared },
        rows: names.iter().map(row).collect(),
        finding: finding(task, noun, &names, &models, &places),
        support: support(noun, &names, &models),
    })
}

/// What the column of supports holds, where its name does not say it.
fn support(noun: &str, names: &[&str], models: &[Vec<Item<'_>>]) -> Option<String> {
    let of = |items: &[Item<'_>], name: &str| Some(items.iter().find(|item| item.name == name)?.support);
    let differs = |name: &&str| {
        let mut known = models.iter().filter_map(|items| of(items, name));
        known.next().is_some_and(|first| known.any(|other| other != first))
    };
    let what = (noun == "field").then_some("Values are those that the texts hold, over the answers that were scored");
    let models = names.iter().any(differs).then_some("where models differ in that, theirs stand one after the other");
    let parts: Vec<&str> = what.into_iter().chain(models).collect();
    let words = parts.join("; ");
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// Where candidate and reference stand among the models of the task.
fn places(task: &TaskSummary, pair: &Comparison) -> Option<[usize; 2]> {
    let place = |name: &str| task.models.iter().position(|row| row.model == name);
    Some([place(&pair.candidate)?, place(&pair.reference)?])
}

fn f1(items: &[Item<'_>], name: &str) -> Option<f64> {
    items.iter().find(|item| item.name == name).and_then(|item| item.f1)
}

fn change(models: &[Vec<Item<'_>>], [ours, theirs]: &[usize; 2], name: &str) -> Option<f64> {
    Some(f1(&models[*ours], name)? - f1(&models[*theirs], name)?)
}

/// Where the candidate falls behind most; without a reference, where F1 is lowest.
fn finding(task: &TaskSummary, noun: &str, names: &[&str], models: &[Vec<Item<'_>>], places: &[[usize; 2]]) -> String {
    let least = |value: &dyn Fn(&str) -> Option<f64>| {
        let known = names.iter().filter_map(|name| Some((*name, value(name)?)));
        known.min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let compared = task.comparisons.iter().zip(places).filter_map(|(pair, places)| {
        let (name, lowest) = least(&|name| change(models, places, name))?;
        let (ours, theirs) = (&pair.candidate, &pair.reference);
        Some(if lowest < 0.0 {
            format!("{ours} is furthest behind {theirs} on {name}: F1 lower by {}.", size_in_points(lowest))
        } else {
            format!("{ours} is behind {theirs} on no {noun}.")
        })
    });
    let alone = task.models.iter().zip(models).filter_map(|(row, items)| {
        let (name, lowest) = least(&|name| f1(items, name))?;
        Some(format!("{} is weakest on {name}: F1 {}.", row.model, percent(Some(lowest))))
    });
    let words: Vec<String> = if places.is_empty() { alone.collect() } else { compared.collect() };
    words.join(" ")
}
