//! `eval report`.

use crate::{
    args::{Format, ReportArgs},
    commands::cost::{settings_now, terms_since},
    exit::Exit,
    export::{export, no_table},
    looks,
    output::Output,
    run_folder::RunFolder,
    screen::Screen,
};
use eval_reports::{CasesIn, ExportFormat};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::{path::Path, process::Command};

pub fn run(args: &ReportArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let mut run = eval_reports::read_run(folder.path()).map_err(|e| miette!("{e}"))?;
    run.looks = looks::read(&folder.runs())?;
    run.redact |= args.redact;
    run.terms = terms_since(&run.manifest.models, &settings_now(screen));
    let summary = eval_reports::summarize(&run).map_err(|e| miette!("{e}"))?;
    for note in &run.notes {
        screen.note(&format!("note: {note}"));
    }
    let output = Output::of(args.export.output.as_deref(), screen);
    let table = |format| export(&run, &summary, &args.export, format, screen);
    if !matches!(args.format, Format::Csv | Format::Jsonl | Format::Parquet) {
        no_table(&args.export)?;
    }
    match args.format {
        Format::Json => output.text(&eval_reports::json(&summary))?,
        Format::Md => output.text(&eval_reports::markdown(&run, &summary))?,
        Format::Junit => output.text(&eval_reports::junit(&run, &summary).map_err(|e| miette!("{e}"))?)?,
        Format::Csv => table(ExportFormat::Csv)?,
        Format::Jsonl => table(ExportFormat::Jsonl)?,
        Format::Parquet => table(ExportFormat::Parquet)?,
        Format::Html => {
            let page = eval_reports::html(&run, &summary, CasesIn::Page).map_err(|e| miette!("{e}"))?;
            html(&page, &folder, args, screen)?;
        }
    }
    Ok(if summary.is_valid_evidence() { Exit::Done } else { Exit::InvalidEvidence })
}

/// The page goes into the run's folder unless another place is named.
fn html(page: &str, folder: &RunFolder, args: &ReportArgs, screen: &Screen) -> miette::Result<()> {
    let path = match &args.export.output {
        None => folder.write("report.html", page)?,
        Some(path) => {
            Output::of(Some(path), screen).text(page)?;
            path.clone()
        }
    };
    if path == Path::new("-") {
        return Ok(());
    }
    screen.print(&format!("{}\n", path.display()))?;
    if args.open { open(&path.display().to_string()) } else { Ok(()) }
}

/// Shows a file or an address in the browser.
pub fn open(place: &str) -> miette::Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = if cfg!(windows) { Command::new("explorer") } else { Command::new(program) };
    command
        .arg(place)
        .spawn()
        .into_diagnostic()
        .wrap_err_with(|| format!("no browser can be started; open {place} in one"))?;
    Ok(())
}
