//! What a cascade would do, in sentences: the same on the page, in Markdown and in a terminal.

use super::{Cascade, CascadePoint, CascadeRule};
use crate::{
    Comparison, Verdict,
    format::{counted, percent, size_in_points, usd},
};

impl CascadePoint {
    /// When the reference is asked, in words.
    pub(crate) fn words(&self, candidate: &str, reference: &str) -> String {
        match (self.rule, self.threshold) {
            (CascadeRule::CandidateAlone, _) => format!("{candidate} alone"),
            (CascadeRule::ReferenceAlone, _) => format!("{reference} alone"),
            (CascadeRule::WhereUnsure, Some(threshold)) => {
                format!("{reference} where the answer is of no use or its confidence below {}", confidence(threshold))
            }
            (CascadeRule::WhereUnusable | CascadeRule::WhereUnsure, _) => {
                format!("{reference} where the answer is of no use")
            }
        }
    }

    /// The same in a table.
    pub(crate) fn name(&self, candidate: &str, reference: &str) -> String {
        match (self.rule, self.threshold) {
            (CascadeRule::WhereUnsure, Some(threshold)) => format!("or confidence below {}", confidence(threshold)),
            (CascadeRule::WhereUnusable | CascadeRule::WhereUnsure, _) => "where it is of no use".into(),
            _ => self.words(candidate, reference),
        }
    }

    fn price(&self) -> String {
        self.cost_per_request_usd.map_or_else(String::new, |cost| format!(" at {} a request", usd(Some(cost))))
    }
}

/// As many digits as tell it from its neighbours.
fn confidence(x: f64) -> String {
    format!("{x:.4}")
}

/// What comes of one model after the other, in a sentence or two; `None` without paired cases.
pub(crate) fn finding(row: &Comparison) -> Option<String> {
    let cascade = row.cascade.as_ref()?;
    let [_, theirs] = cascade.ends()?;
    let (candidate, reference) = (&row.candidate, &row.reference);
    let is_priced = cascade.is_priced();
    let Some((proposal, point)) = cascade.proposal.zip(cascade.proposed()) else {
        return Some(match row.verdict {
            Verdict::Invalid => {
                format!("The evidence is invalid: no cascade of {candidate} and {reference} is proposed.")
            }
            _ if is_priced => format!(
                "No cascade of {candidate} and {reference} is shown to be good enough and cheaper than {reference} alone."
            ),
            _ => format!("No cascade of {candidate} and {reference} is shown to be good enough."),
        });
    };
    if point.rule == CascadeRule::CandidateAlone {
        return Some(match row.may_move {
            true => format!("{candidate} alone is good enough: no cascade is needed."),
            false => format!(
                "{candidate} alone is good enough by itself, and not among all that were looked at: a cascade would not \
                 change that."
            ),
        });
    }
    let found = format!(
        "{candidate} first, {} ({} of requests), gets {} right{}; {reference} alone {}{}.",
        point.words(candidate, reference),
        percent(Some(point.goes_on)),
        percent(Some(point.correct_rate)),
        point.price(),
        percent(Some(theirs.correct_rate)),
        theirs.price(),
    );
    let shared = match proposal.verdict {
        Verdict::GoodEnough => "It holds",
        _ => "It does not hold",
    };
    let check = format!(
        "Of the {} that were looked at it is the one {} that is good enough by itself, within {}. {shared} with the \
         error rate shared among all of them; it was chosen on the cases that it is judged by, so check it on held-out \
         ones.",
        proposal.looked_at,
        if is_priced { "of the lowest cost" } else { "with the fewest requests going on" },
        size_in_points(row.margin)
    );
    Some(format!("{found} {check}"))
}

/// What a reader must know of the figures.
pub(crate) fn notes(cascade: &Cascade, row: &Comparison, is_hosted: bool) -> Vec<String> {
    let (candidate, reference) = (&row.candidate, &row.reference);
    let mut notes = vec![format!(
        "Of no use is an answer that declines, cannot be read or is not valid against the schema, and a call that \
         failed. A right refusal goes on as well: nobody can tell it from a wrong one. The suite's bars are asked of \
         {candidate} alone."
    )];
    if cascade.without_confidence > 0 {
        notes.push(format!(
            "No threshold on confidence is looked at: {} of {candidate} that could be kept came without one. Models in \
             this process tell it, and served ones with `logprobs = true` where their server does.",
            counted(cascade.without_confidence, "answer")
        ));
    } else if cascade.points.iter().any(|point| point.rule == CascadeRule::WhereUnsure) {
        notes.push(
            "Confidence is the geometric mean of the probabilities of an answer's tokens. Thresholds are chosen and judged \
             on the same cases, and each interval is for its own point."
                .into(),
        );
    }
    let [ours, theirs] = [CascadeRule::CandidateAlone, CascadeRule::ReferenceAlone].map(|rule| {
        cascade.points.iter().find(|point| point.rule == rule).and_then(|point| point.cost_per_request_usd)
    });
    if ours.is_none() {
        notes.push(match is_hosted {
            true => format!("{candidate} is hosted: what a request to it costs depends on how many there are."),
            false => {
                format!("What a request to {candidate} costs is unknown: give it `price` or `hosting` in eval.toml.")
            }
        });
    }
    if theirs.is_none() {
        notes.push(format!("What a request to {reference} costs is unknown: give it a `price` in eval.toml."));
    }
    notes
}
