//! `eval gate`, and the end of `eval run --gate`.

use crate::{
    args::{GateArgs, GateOptions, PolicyName},
    evidence::{self, Named, told},
    exit::Exit,
    screen::Screen,
};
use eval_reports::{
    Details, Gate, GateOutcome, Policy, Run, Style, Summary, annotations, compare_terminal, comparison_json, details,
    gate_markdown, junit, summarize, terminal,
};
use miette::{IntoDiagnostic, WrapErr};
use std::{
    fs::OpenOptions,
    hash::{BuildHasher, Hasher, RandomState},
    io::Write,
    path::Path,
};

pub fn run(args: &GateArgs, screen: &Screen) -> miette::Result<Exit> {
    let candidate = evidence::open(&args.run, &args.out)?;
    let baseline = args.options.baseline.as_ref().map(|words| evidence::open(words, &args.out)).transpose()?;
    decide(candidate, baseline, &args.options, screen)
}

/// Decides on a run against its baseline, or against its own reference, or against the bars alone.
pub fn decide(
    candidate: Named,
    baseline: Option<Named>,
    options: &GateOptions,
    screen: &Screen,
) -> miette::Result<Exit> {
    let mut run = evidence::together(candidate, baseline)?;
    if let Some(margin) = options.margin {
        run.manifest.suite.decision.margin = margin;
    }
    run.manifest.allow_different |= options.allow_different;
    run.manifest.allow_uncalibrated_judge |= options.allow_uncalibrated_judge;
    let summary = summarize(&run).map_err(told)?;
    let policy = match options.policy.unwrap_or(PolicyName::NonInferior) {
        PolicyName::NonInferior => Policy::NonInferior,
        PolicyName::NoRegression => Policy::NoRegression,
    };
    let gate = eval_reports::gate(&run.manifest, &summary, policy).map_err(told)?;
    let details = details(&run, &summary).map_err(told)?;
    write(&run, &summary, &details, &gate, options)?;
    print(&run, &summary, &details, &gate, options.github, screen)?;
    Ok(match gate.outcome {
        GateOutcome::Passed => Exit::Done,
        GateOutcome::Failed => Exit::NotGoodEnough,
        GateOutcome::Undecided => Exit::NeedMoreData,
        GateOutcome::Invalid => Exit::InvalidEvidence,
    })
}

/// The tables, and on GitHub the annotations: between them what models said must not be read as a command.
fn print(
    run: &Run,
    summary: &Summary,
    details: &[Details],
    gate: &Gate,
    github: bool,
    screen: &Screen,
) -> miette::Result<()> {
    let style = Style { width: screen.width(), color: screen.color };
    let text =
        if details.is_empty() { terminal(run, summary, style) } else { compare_terminal(run, summary, details, style) };
    let text = format!("{text}\n{}", gate.terminal(style));
    if !github {
        return screen.print(&text);
    }
    screen.print(&without_commands(&text))?;
    screen.print(&annotations(gate, summary))
}

/// Text in which a GitHub runner finds no command: it takes none until it reads a word that no text can know.
fn without_commands(text: &str) -> String {
    let mut random = RandomState::new().build_hasher();
    random.write(text.as_bytes());
    let word = format!("eval-{:016x}", random.finish());
    format!("::stop-commands::{word}\n{text}::{word}::\n")
}

/// The files that were asked for, and what GitHub reads.
fn write(run: &Run, summary: &Summary, details: &[Details], gate: &Gate, options: &GateOptions) -> miette::Result<()> {
    if let Some(path) = &options.junit {
        save(path, &junit(run, summary).map_err(told)?)?;
    }
    if let Some(path) = &options.json {
        save(path, &comparison_json(summary, details, Some(gate)))?;
    }
    if let Some(path) = &options.markdown {
        save(path, &gate_markdown(gate, summary, details))?;
    }
    let summary_file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| options.github && !path.is_empty());
    if let Some(path) = summary_file {
        let path = Path::new(&path);
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(gate_markdown(gate, summary, details).as_bytes()));
        written.into_diagnostic().wrap_err_with(|| format!("failed to write the step summary {}", path.display()))?;
    }
    Ok(())
}

/// Writes a file that was asked for, and the folders that it is to lie in.
pub fn save(path: &Path, text: &str) -> miette::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text))
        .into_diagnostic()
        .wrap_err_with(|| format!("failed to write {}", path.display()))
}
