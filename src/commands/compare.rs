//! `eval compare`.

use crate::{
    args::{CompareArgs, CompareFormat},
    commands::cost::{settings_now, terms_since},
    evidence::{self, told},
    exit::Exit,
    export::{export, no_table},
    output::Output,
    screen::{Screen, WIDTH},
};
use eval_reports::{
    CasesIn, ExportFormat, Run, Style, compare_terminal, comparison_json, details, html, junit, markdown, summarize,
};
use miette::miette;

pub fn run(args: &CompareArgs, screen: &Screen) -> miette::Result<Exit> {
    let mut run = both(args, screen)?;
    if let Some(margin) = args.margin {
        run.manifest.suite.decision.margin = margin;
    }
    run.manifest.allow_different |= args.allow_different;
    run.manifest.allow_uncalibrated_judge |= args.allow_uncalibrated_judge;
    run.redact |= args.redact;
    let summary = summarize(&run).map_err(told)?;
    if args.format != CompareFormat::Text && args.format != CompareFormat::Md {
        run.notes.iter().for_each(|note| screen.note(&format!("note: {note}")));
    }
    let table = |format| export(&run, &summary, &args.export, format, screen);
    if !matches!(args.format, CompareFormat::Csv | CompareFormat::Jsonl | CompareFormat::Parquet) {
        no_table(&args.export)?;
    }
    let output = Output::of(args.export.output.as_deref(), screen);
    let details = || details(&run, &summary).map_err(told);
    match args.format {
        CompareFormat::Text => {
            let style = match output {
                Output::Screen(screen) => Style { width: screen.width(), color: screen.color },
                Output::File(_) => Style { width: WIDTH, color: false },
            };
            output.text(&compare_terminal(&run, &summary, &details()?, style))?;
        }
        CompareFormat::Json => output.text(&comparison_json(&summary, &details()?, None))?,
        CompareFormat::Md => output.text(&markdown(&run, &summary))?,
        CompareFormat::Html => output.text(&html(&run, &summary, CasesIn::Page).map_err(told)?)?,
        CompareFormat::Junit => output.text(&junit(&run, &summary).map_err(told)?)?,
        CompareFormat::Csv => table(ExportFormat::Csv)?,
        CompareFormat::Jsonl => table(ExportFormat::Jsonl)?,
        CompareFormat::Parquet => table(ExportFormat::Parquet)?,
    }
    Ok(if summary.is_valid_evidence() { Exit::Done } else { Exit::InvalidEvidence })
}

/// The two runs as one, or the one run that holds both models.
fn both(args: &CompareArgs, screen: &Screen) -> miette::Result<Run> {
    let settings = settings_now(screen);
    let open = |words: &String| -> miette::Result<evidence::Named> {
        let mut named = evidence::open(words, &args.out)?;
        named.run.terms = terms_since(&named.run.manifest.models, &settings);
        Ok(named)
    };
    let candidate = open(&args.candidate)?;
    let reference = args.reference.as_ref().map(open).transpose()?;
    if reference.is_none() && !evidence::has_reference(&candidate.run) {
        let help = "name a second run, or a baseline file: eval compare CANDIDATE_RUN REFERENCE_RUN";
        return Err(miette!(help = help, "the run {} holds no reference to compare with", candidate.run.manifest.id));
    }
    evidence::together(candidate, reference)
}
