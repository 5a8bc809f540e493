use super::{About, OWN, Range};

pub(super) const ABOUT: &[(&str, About)] = &[
    (
        "accuracy",
        About {
            range: Range::Share,
            counts: "the expected calls and no other, each with the right arguments; a failed call to the model is not right",
            misleads: "one wrong argument is as wrong as no call",
            source: OWN,
        },
    ),
    (
        "right_names",
        About {
            range: Range::Share,
            counts: "expected calls whose function was called, in the asked order where one is asked",
            misleads: "blind to extra calls",
            source: OWN,
        },
    ),
    (
        "right_arguments",
        About {
            range: Range::Share,
            counts: "calls with the right arguments over calls of an expected function",
            misleads: "only of calls that got the name right",
            source: OWN,
        },
    ),
    (
        "missing_calls",
        About {
            range: Range::Share,
            counts: "expected calls whose function was not called, in whatever order",
            misleads: "0 for a model that calls everything: read it with extra_calls",
            source: OWN,
        },
    ),
    (
        "extra_calls",
        About {
            range: Range::Share,
            counts: "cases with more calls of a function than expected",
            misleads: "a wrong function is one missing and one extra",
            source: OWN,
        },
    ),
    (
        "called_needlessly",
        About {
            range: Range::Share,
            counts: "of the cases where no call is right, those with a call",
            misleads: "0 for a model that never calls",
            source: OWN,
        },
    ),
    (
        "schema_valid_calls",
        About {
            range: Range::Share,
            counts: "calls that name an offered function and fit its parameters, over calls made",
            misleads: "valid is not right",
            source: "JSON Schema, drafts 4 to 2020-12, by the jsonschema library",
        },
    ),
    (
        "over_budget",
        About {
            range: Range::Share,
            counts: "of the cases whose tools answer, those that did not end within their steps and calls",
            misleads: "0 for a model that gives up early",
            source: OWN,
        },
    ),
];
