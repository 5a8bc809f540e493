//! `eval report`.

use crate::{
    args::{Format, ReportArgs},
    exit::Exit,
    looks,
    run_folder::RunFolder,
    screen::Screen,
};
use eval_reports::PageOptions;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::{path::Path, process::Command};

pub fn run(args: &ReportArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let mut run = eval_reports::read_run(folder.path()).map_err(|e| miette!("{e}"))?;
    run.looks = looks::read(&folder.runs())?;
    let summary = eval_reports::summarize(&run).map_err(|e| miette!("{e}"))?;
    for note in &run.notes {
        screen.note(&format!("note: {note}"));
    }
    match args.format {
        Format::Json => screen.print(&eval_reports::json(&summary))?,
        Format::Md => screen.print(&eval_reports::markdown(&run, &summary))?,
        Format::Html => {
            let page = eval_reports::html(&run, &summary, &PageOptions::of(&run).redacted(args.redact))
                .map_err(|e| miette!("{e}"))?;
            let path = folder.write("report.html", &page)?;
            screen.print(&format!("{}\n", path.display()))?;
            if args.open {
                open(&path)?;
            }
        }
    }
    Ok(if summary.is_valid_evidence() { Exit::Done } else { Exit::InvalidEvidence })
}

fn open(path: &Path) -> miette::Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = if cfg!(windows) { Command::new("explorer") } else { Command::new(program) };
    command
        .arg(path)
        .spawn()
        .into_diagnostic()
        .wrap_err_with(|| format!("no browser can be started; the report is {}", path.display()))?;
    Ok(())
}
