//! What the scores of an extraction mean.

use crate::{
    json::{Repair, Repairs},
    spec,
};
use eval_core::{Aggregate, Direction, MetricSpec, Score};

pub(crate) fn specs() -> Vec<MetricSpec> {
    use Direction::{Higher, Lower, Neutral};
    let mut specs = vec![
        spec::accuracy("Share of answers in the accepted form, valid against the schema, with every field right."),
        spec::share(
            "exact_object",
            Higher,
            "Share of answers that are the expected object as it stands: JSON as given, valid, no value only right after \
             normalisation.",
        ),
        spec::share(
            "fields_right_any_form",
            Higher,
            "Share of answers with every field right however it is written, also where the form or the schema was missed.",
        ),
        spec::share("json_as_given", Higher, "Share of answers that are a JSON object and nothing else."),
        spec::share("json_recovered", Lower, "Share of answers that a JSON object could only be dug out of."),
        spec::share("json_none", Lower, "Share of answers without a readable JSON object."),
    ];
    specs.extend(Repair::ALL.map(|repair| {
        let (name, what) = named(repair);
        spec::share(name, Neutral, &format!("Of the objects that were dug out, the share that {what}."))
    }));
    specs.extend([
        spec::share("schema_valid", Higher, "Share of answers in the accepted form that are valid against the schema."),
        spec::share(
            "schema_valid_as_given",
            Higher,
            "Share of answers that are a JSON object and nothing else, valid against the schema.",
        ),
        spec::share(
            "schema_valid_any_form",
            Higher,
            "Share of answers with a JSON object that is valid against the schema, as given or dug out.",
        ),
        spec::ratio(
            "field_precision",
            Higher,
            ["fields_matched", "fields_given"],
            "Of the values given, the share that is right.",
        ),
        spec::ratio(
            "field_recall",
            Higher,
            ["fields_matched", "fields_expected"],
            "Of the values that the texts hold, the share that was found.",
        ),
        spec::spec(
            "field_f1",
            Higher,
            Aggregate::Harmonic { a: "field_precision".into(), b: "field_recall".into() },
            "Harmonic mean of field precision and field recall.",
        ),
        spec::ratio(
            "field_recall_exact",
            Higher,
            ["fields_exact", "fields_expected"],
            "Of the values that the texts hold, the share that was given exactly as expected, nothing normalised.",
        ),
        spec::ratio(
            "invented",
            Lower,
            ["fields_invented", "fields_absent"],
            "Of the fields that the texts do not hold, the share that was given a value.",
        ),
    ]);
    specs
}

/// Whether each repair was needed.
pub(super) fn repair_scores(repairs: Repairs) -> impl Iterator<Item = (&'static str, Score)> {
    Repair::ALL.into_iter().map(move |repair| (named(repair).0, Score::from_bool(repairs.has(repair))))
}

fn named(repair: Repair) -> (&'static str, &'static str) {
    match repair {
        Repair::Fence => ("recovered_fence", "was taken from a ``` fence"),
        Repair::Prose => ("recovered_prose", "had other text around it"),
        Repair::TrailingComma => ("recovered_trailing_comma", "had a comma before a closing bracket"),
        Repair::SingleQuotes => ("recovered_single_quotes", "had strings in single quotes"),
        Repair::PythonWords => ("recovered_python_words", "had Python's None, True or False"),
    }
}
