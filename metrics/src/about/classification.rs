use super::{About, OWN, Range};

pub(super) const ABOUT: &[(&str, About)] = &[
    (
        "accuracy",
        About {
            range: Range::Share,
            counts: "the label read from the answer is the expected one, the abstain label included; a failed call is \
                     not right",
            misleads: "where one label is common, always saying it does well: compare with the trivial strategy in the \
                       report",
            source: OWN,
        },
    ),
    (
        "macro_f1",
        About {
            range: Range::Share,
            counts: "2 · right / (expected + given) of each label that is expected or given, averaged with equal weight",
            misleads: "a label with three cases weighs as much as one with three hundred",
            source: "scikit-learn, f1_score with average=\"macro\"",
        },
    ),
    (
        "weighted_f1",
        About {
            range: Range::Share,
            counts: "F1 of each label, averaged by how often the label is expected",
            misleads: "hides rare labels that are never found",
            source: "scikit-learn, f1_score with average=\"weighted\"",
        },
    ),
    (
        "balanced_accuracy",
        About {
            range: Range::Share,
            counts: "of the cases of each expected label the share that was found, averaged with equal weight",
            misleads: "blind to how often a label is given where another is right",
            source: "scikit-learn, balanced_accuracy_score",
        },
    ),
    (
        "cohen_kappa",
        About {
            range: Range::Other("-1 to 1"),
            counts: "agreement with the expected labels beyond that of labels drawn at the same rates",
            misleads: "depends on how common the labels are: not to be compared between suites",
            source: "Cohen 1960; scikit-learn, cohen_kappa_score",
        },
    ),
    (
        "mcc",
        About {
            range: Range::Other("-1 to 1"),
            counts: "the correlation of given and expected labels, over all labels",
            misleads: "0 where one label is always given, however well that does",
            source: "Gorodkin 2004; scikit-learn, matthews_corrcoef",
        },
    ),
    (
        "outside_labels",
        About {
            range: Range::Share,
            counts: "answers that have text, and of which no one label of the set can be read",
            misleads: "an empty answer is not among them: it is broken and counted there",
            source: OWN,
        },
    ),
    (
        "read_exact",
        About {
            range: Range::Share,
            counts: "answers that are a label as the set writes it, outer blanks aside",
            misleads: "says nothing of whether it is the right label",
            source: OWN,
        },
    ),
    (
        "read_normalised",
        About {
            range: Range::Share,
            counts: "answers that are a label only in its normal form: letter case, quotes, punctuation and a prefix aside",
            misleads: "not wrong: it shows how loosely the model keeps to the form",
            source: OWN,
        },
    ),
    (
        "read_named",
        About {
            range: Range::Share,
            counts: "answers among whose words the label is the only one of the set",
            misleads: "\"hard to see how this is billing\" names billing: read some of these answers before trusting the accuracy",
            source: OWN,
        },
    ),
    (
        "selective_accuracy",
        About {
            range: Range::Share,
            counts: "of the answers that do not decline, those with the right label",
            misleads: "a model that answers only what is easy does well: read it with coverage",
            source: "El-Yaniv and Wiener 2010, selective classification",
        },
    ),
    (
        "coverage",
        About {
            range: Range::Share,
            counts: "answers that do not decline, those without a readable label included",
            misleads: "neither high nor low is good by itself",
            source: "El-Yaniv and Wiener 2010, selective classification",
        },
    ),
    (
        "abstain_precision",
        About {
            range: Range::Share,
            counts: "of the answers that decline, those of cases that cannot be told",
            misleads: "of few answers where the model seldom declines",
            source: OWN,
        },
    ),
    (
        "abstain_recall",
        About {
            range: Range::Share,
            counts: "of the cases that cannot be told, those that were declined",
            misleads: "1 for a model that always declines: read it with over_abstention",
            source: OWN,
        },
    ),
    (
        "over_abstention",
        About {
            range: Range::Share,
            counts: "of the cases that can be told, those that were declined",
            misleads: "0 for a model that never declines: read it with abstain_recall",
            source: OWN,
        },
    ),
];
