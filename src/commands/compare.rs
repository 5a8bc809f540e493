//! `eval compare`.

use crate::{
    args::{CompareArgs, CompareFormat},
    evidence::{self, Named, told},
    exit::Exit,
    screen::Screen,
};
use eval_core::ModelRole;
use eval_reports::{Run, Style, compare_terminal, comparison_json, details, join, markdown, summarize};
use miette::miette;

pub fn run(args: &CompareArgs, screen: &Screen) -> miette::Result<Exit> {
    let mut run = both(args)?;
    if let Some(margin) = args.margin {
        run.manifest.suite.decision.margin = margin;
    }
    run.manifest.allow_different |= args.allow_different;
    let summary = summarize(&run).map_err(told)?;
    for note in &run.notes {
        screen.note(&format!("note: {note}"));
    }
    let details = details(&run, &summary).map_err(told)?;
    match args.format {
        CompareFormat::Text => {
            let style = Style { width: screen.width(), color: screen.color };
            screen.print(&compare_terminal(&run, &summary, &details, style))?;
        }
        CompareFormat::Json => screen.print(&comparison_json(&summary, &details, None))?,
        CompareFormat::Md => screen.print(&markdown(&run, &summary))?,
    }
    Ok(if summary.is_valid_evidence() { Exit::Done } else { Exit::InvalidEvidence })
}

/// The two runs as one, or the one run that holds both models.
fn both(args: &CompareArgs) -> miette::Result<Run> {
    let Named { run: candidate, model } = evidence::open(&args.candidate, &args.out)?;
    if let Some(reference) = &args.reference {
        let reference = evidence::open(reference, &args.out)?;
        return join(candidate, model.as_deref(), reference.run, reference.model.as_deref()).map_err(told);
    }
    if !candidate.manifest.models.iter().any(|model| model.role == ModelRole::Reference) {
        let help = "name a second run, or a baseline file: eval compare CANDIDATE_RUN REFERENCE_RUN";
        return Err(miette!(help = help, "the run {} holds no reference to compare with", candidate.manifest.id));
    }
    match model {
        // One of several candidates of the run, against the run's own reference.
        Some(model) => {
            let reference = candidate.clone();
            join(candidate, Some(&model), reference, None).map_err(told)
        }
        None => Ok(candidate),
    }
}
