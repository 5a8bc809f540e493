use super::{About, OWN, Range};

const JSON_SCHEMA: &str = "JSON Schema, drafts 4 to 2020-12, by the jsonschema library";

/// A repair that an answer needed before it could be read.
const REPAIR: About = About {
    range: Range::Share,
    counts: "all answers; one may need several repairs",
    misleads: "says nothing of whether the object is right, nor whether the task accepts it",
    source: OWN,
};

pub(super) const ABOUT: &[(&str, About)] = &[
    (
        "accuracy",
        About {
            range: Range::Share,
            counts: "JSON in the accepted form, valid against the schema, every field right by its comparator, none \
                     invented; a failed call is not right",
            misleads: "one wrong field of eight is as wrong as eight",
            source: OWN,
        },
    ),
    (
        "exact_object",
        About {
            range: Range::Share,
            counts: "answers that are the expected object as it stands, nothing normalised",
            misleads: "\"1,299.00\" for 1299 is not exact: far below accuracy it shows formatting, not capability",
            source: OWN,
        },
    ),
    (
        "fields_right_any_form",
        About {
            range: Range::Share,
            counts: "every field right, whatever the form or the schema says",
            misleads: "what the model knows, apart from how it writes: a program that reads the answers sees accuracy",
            source: OWN,
        },
    ),
    (
        "json_as_given",
        About {
            range: Range::Share,
            counts: "the whole answer, outer blanks aside, is a JSON object",
            misleads: "an empty object is one too",
            source: "RFC 8259",
        },
    ),
    (
        "json_recovered",
        About {
            range: Range::Share,
            counts: "an object could only be dug out, by the repairs that docs/metrics.md lists",
            misleads: "counted whether or not the task accepts it",
            source: OWN,
        },
    ),
    (
        "json_none",
        About {
            range: Range::Share,
            counts: "no object can be read",
            misleads: "an answer that the limit of tokens cut is among them: see how many were cut",
            source: OWN,
        },
    ),
    ("recovered_fence", REPAIR),
    ("recovered_prose", REPAIR),
    ("recovered_trailing_comma", REPAIR),
    ("recovered_single_quotes", REPAIR),
    ("recovered_python_words", REPAIR),
    (
        "schema_valid",
        About {
            range: Range::Share,
            counts: "in the accepted form, and valid against the task's schema",
            misleads: "valid is not right; formats such as dates are checked only where the task asks for it",
            source: JSON_SCHEMA,
        },
    ),
    (
        "schema_valid_as_given",
        About {
            range: Range::Share,
            counts: "the whole answer, outer blanks aside, is a JSON object, and valid against the task's schema",
            misleads: "low for a model that only adds a fence: see schema_valid_any_form. Valid is not right",
            source: JSON_SCHEMA,
        },
    ),
    (
        "schema_valid_any_form",
        About {
            range: Range::Share,
            counts: "an object can be read or dug out, and is valid against the task's schema",
            misleads: "counted whether or not the task accepts what is dug out: a program that reads the answers as they \
                       are sees schema_valid_as_given",
            source: JSON_SCHEMA,
        },
    ),
    (
        "field_precision",
        About {
            range: Range::Share,
            counts: "right values over values given, summed over all cases",
            misleads: "high for a model that gives few values",
            source: OWN,
        },
    ),
    (
        "field_recall",
        About {
            range: Range::Share,
            counts: "right values over values expected, summed over all cases",
            misleads: "high for a model that guesses",
            source: OWN,
        },
    ),
    (
        "field_f1",
        About {
            range: Range::Share,
            counts: "the harmonic mean of field_precision and field_recall",
            misleads: "says nothing of fields that the text does not hold",
            source: OWN,
        },
    ),
    (
        "field_recall_exact",
        About {
            range: Range::Share,
            counts: "values given exactly as expected over values expected, nothing normalised",
            misleads: "far below field_recall it shows formatting, not capability",
            source: OWN,
        },
    ),
    (
        "invented",
        About {
            range: Range::Share,
            counts: "fields given a value over fields that the text does not hold, summed over all cases",
            misleads: "fields that the expected object does not name are not among them",
            source: OWN,
        },
    ),
];
