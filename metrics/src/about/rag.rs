use super::{About, OWN, Range};

const SQUAD: &str = "Rajpurkar and others 2016 and 2018, SQuAD's official evaluation scripts";

pub(super) const ABOUT: &[(&str, About)] = &[
    (
        "accuracy",
        About {
            range: Range::Share,
            counts: "the normalised answer equals an accepted one, or is declined where the passages hold none; a failed \
                     call is not right",
            misleads: "moves with the share of unanswerable cases, which is the suite's choice",
            source: SQUAD,
        },
    ),
    (
        "exact_match",
        About {
            range: Range::Share,
            counts: "equal to an accepted answer after lower case, without punctuation and articles",
            misleads: "\"30 days, of course\" is not \"30 days\": list the forms that you would accept",
            source: SQUAD,
        },
    ),
    (
        "token_f1",
        About {
            range: Range::Share,
            counts: "words in common with the nearest accepted answer, as F1 of each case, averaged",
            misleads: "\"not 30 days\" scores 0.8 against \"30 days\"",
            source: SQUAD,
        },
    ),
    (
        "right_answers",
        About {
            range: Range::Share,
            counts: "answerable cases that were answered right",
            misleads: "blind to what is done where there is no answer",
            source: OWN,
        },
    ),
    (
        "wrong_answers",
        About {
            range: Range::Share,
            counts: "answerable cases that were answered, and wrong",
            misleads: "low where many answers are broken: the three shares and the broken ones add up to 1",
            source: OWN,
        },
    ),
    (
        "over_refusals",
        About {
            range: Range::Share,
            counts: "answerable cases that were declined",
            misleads: "0 for a model that never declines: read it with right_refusals",
            source: OWN,
        },
    ),
    (
        "right_refusals",
        About {
            range: Range::Share,
            counts: "unanswerable cases that were declined",
            misleads: "1 for a model that always declines: read it with over_refusals",
            source: OWN,
        },
    ),
    (
        "answered_unanswerable",
        About {
            range: Range::Share,
            counts: "unanswerable cases that were answered",
            misleads: "broken answers are not among them",
            source: OWN,
        },
    ),
    (
        "citation_precision",
        About {
            range: Range::Share,
            counts: "right citations over citations given, where the case says which passages are right",
            misleads: "a model that cites nothing has none",
            source: OWN,
        },
    ),
    (
        "citation_recall",
        About {
            range: Range::Share,
            counts: "right citations over passages that hold an answer",
            misleads: "1 for a model that cites every passage: read it with citation_precision",
            source: OWN,
        },
    ),
    (
        "invented_citations",
        About {
            range: Range::Share,
            counts: "citations of ids that no passage of the case has, over all citations",
            misleads: "a citation of the wrong passage is not invented",
            source: OWN,
        },
    ),
    (
        "grounded_facts",
        About {
            range: Range::Share,
            counts: "numbers, dates, names and quotations of answers that the passages hold, over all that are stated",
            misleads: "a true fact in other words is not found, and a false claim without numbers or names is not seen",
            source: OWN,
        },
    ),
    (
        "ungrounded_answers",
        About {
            range: Range::Share,
            counts: "of the answers that state a number, date, name or quotation, those with one that no passage holds",
            misleads: "a true fact in other words counts as one",
            source: OWN,
        },
    ),
];
