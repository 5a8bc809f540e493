//! Whether the output of an extraction can be read as JSON and follows the schema, as it was given and after a recovery.

use super::{measures::value, outcomes::Stack};
use crate::{
    ModelRow,
    format::{percent, size_in_points},
};
use eval_core::TaskInfo;
use serde::Serialize;

/// A bar of each model, a table, and what they say.
#[derive(Serialize)]
pub(super) struct Validity {
    bars: Vec<Stack>,
    rows: Vec<ValidityRow>,
    finding: String,
}

#[derive(Serialize)]
struct ValidityRow {
    words: &'static str,
    class: &'static str,
    values: Vec<[String; 2]>,
}

/// The metric, what it says, and its class in the bar.
const JSON: [(&str, &str, &str); 3] = [
    ("json_as_given", "JSON as given", "good"),
    ("json_recovered", "JSON only after a recovery", "fair"),
    ("json_none", "no JSON", "poor"),
];

/// Of which form the schema is asked.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    AsGiven,
    Any,
}

impl Form {
    fn metric(self) -> &'static str {
        match self {
            Self::AsGiven => "schema_valid_as_given",
            Self::Any => "schema_valid_any_form",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::AsGiven => "valid as given",
            Self::Any => "valid, recovered counted",
        }
    }

    /// The metric of this form that a model has. Runs from before there were both hold the accepted form alone.
    fn of(self, info: &TaskInfo, row: &ModelRow) -> &'static str {
        let accepted = if info.accept_recovered { Self::Any } else { Self::AsGiven };
        if self == accepted && share(row, self.metric()).is_none() { "schema_valid" } else { self.metric() }
    }
}

fn share(row: &ModelRow, metric: &str) -> Option<f64> {
    row.metrics.get(metric).copied().flatten()
}

/// `None` where the task has no such metrics.
pub(super) fn validity(info: &TaskInfo, rows: &[ModelRow]) -> Option<Validity> {
    let has = |name: &str| info.metrics.iter().any(|spec| spec.name == name);
    if !JSON.iter().all(|(name, ..)| has(name)) {
        return None;
    }
    let bar = |row: &ModelRow| {
        let part = |(name, _, class): (&str, &str, &'static str)| (class, share(row, name).unwrap_or(0.0));
        Stack::new(&row.model, row.breakdown.records, JSON.map(part))
    };
    let json = JSON.map(|(name, words, class)| {
        let values = rows.iter().map(|row| value(row, name, true)).collect();
        ValidityRow { words, class, values }
    });
    let forms = [Form::AsGiven, Form::Any].into_iter().filter(|form| rows.iter().any(|row| has(form.of(info, row))));
    let schema = forms.map(|form| {
        let values = rows.iter().map(|row| value(row, form.of(info, row), true)).collect();
        ValidityRow { words: form.words(), class: "", values }
    });
    let found = rows.iter().map(|row| words(info, row)).chain(recovered(info, rows));
    Some(Validity {
        bars: rows.iter().map(bar).collect(),
        rows: json.into_iter().chain(schema).collect(),
        finding: found.collect::<Vec<_>>().join(". "),
    })
}

/// Such as `small: 58.0% of the answers fit the schema as given, 90.0% with the recovered counted: the form alone costs 32
/// points`.
fn words(info: &TaskInfo, row: &ModelRow) -> String {
    let [as_given, any] = [Form::AsGiven, Form::Any].map(|form| share(row, form.of(info, row)));
    let fit = |share: f64| format!("{} of the answers fit the schema", percent(Some(share)));
    let costs = if info.accept_recovered { "would cost" } else { "costs" };
    let found = match (as_given, any) {
        (Some(as_given), Some(any)) if any > as_given => format!(
            "{} as given, {} with the recovered counted: the form alone {costs} {}",
            fit(as_given),
            percent(Some(any)),
            size_in_points(any - as_given)
        ),
        (Some(as_given), Some(_)) => format!("{}, a recovery adds none", fit(as_given)),
        (Some(as_given), None) => format!("{} as given", fit(as_given)),
        (None, Some(any)) => format!("{} with the recovered counted", fit(any)),
        (None, None) => "no answer was scored".into(),
    };
    format!("{}: {found}", row.model)
}

/// What recovered JSON is, and what the task makes of it, where there is any.
fn recovered(info: &TaskInfo, rows: &[ModelRow]) -> Option<String> {
    let any = rows.iter().any(|row| share(row, "json_recovered").is_some_and(|share| share > 0.0));
    let counts = if info.accept_recovered { "accepts it" } else { "does not accept it: the answer counts as broken" };
    any.then(|| format!("Recovered is JSON in a fence, in prose or with slips; the task {counts}"))
}
