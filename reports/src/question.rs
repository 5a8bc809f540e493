//! The question that a run answers, and the models it is asked about.

use crate::format::list;
use eval_core::{Manifest, ModelRole};

/// Such as `Can smollm2-135m do support-tickets well enough?`
pub(crate) fn question(manifest: &Manifest) -> String {
    let suite = &manifest.suite.name;
    let (candidates, references) = (names(manifest, ModelRole::Candidate), names(manifest, ModelRole::Reference));
    match (candidates.as_slice(), references.is_empty()) {
        ([one], true) => format!("Can {one} do {suite} well enough?"),
        ([one], false) => format!("Can {one} take over {suite} from {}?", list(&references)),
        (many, true) => format!("Which of {} can do {suite} well enough?", list(many)),
        (many, false) => format!("Which of {} can take over {suite} from {}?", list(many), list(&references)),
    }
}

fn names(manifest: &Manifest, role: ModelRole) -> Vec<String> {
    manifest.models.iter().filter(|model| model.role == role).map(|model| model.name.clone()).collect()
}

/// What a report without a reference says.
pub(crate) fn no_reference(manifest: &Manifest) -> Option<&'static str> {
    names(manifest, ModelRole::Reference).is_empty().then_some(
        "No reference: this says only whether the suite's bars are met. Name the model to replace with --reference MODEL.",
    )
}
