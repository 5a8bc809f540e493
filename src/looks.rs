//! The log of looks at suites, `looks.jsonl` beside the run folders: a verdict after an earlier one spends alpha.

use eval_core::Manifest;
use eval_reports::{Look, looks_of};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::Path,
};

const LOOKS_FILE: &str = "looks.jsonl";

/// The looks that were logged; none where there is no log.
pub fn read(runs: &Path) -> miette::Result<Vec<Look>> {
    let path = runs.join(LOOKS_FILE);
    let text = match std::fs::read_to_string(&path) {
        // What is no folder is told by whoever writes to it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        other => other.into_diagnostic().wrap_err_with(|| format!("failed to read {}", path.display()))?,
    };
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let help = "each line is a look at a suite; without the file earlier looks are not counted";
            miette!(help = help, "{}, line {}: not a look: {error}", path.display(), number + 1)
        })
    };
    // A last line without its line end was cut off by a kill.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
}

/// Logs the looks that a run is, once.
pub fn log(runs: &Path, known: &[Look], manifest: &Manifest) -> miette::Result<()> {
    let path = runs.join(LOOKS_FILE);
    let new = looks_of(manifest).into_iter().filter(|look| !known.contains(look));
    let lines: Result<Vec<String>, _> = new.map(|look| serde_json::to_string(&look).map(|line| line + "\n")).collect();
    let lines = lines.into_diagnostic()?.concat();
    cut_torn_line(&path)?;
    let mut options = OpenOptions::new();
    let written = options.create(true).append(true).open(&path).and_then(|mut file| file.write_all(lines.as_bytes()));
    written.into_diagnostic().wrap_err_with(|| format!("failed to log the look at the suite in {}", path.display()))
}

/// Takes a last line off that was cut off by a kill.
fn cut_torn_line(path: &Path) -> miette::Result<()> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(()) };
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole == bytes.len() {
        return Ok(());
    }
    let cut = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(whole as u64));
    cut.into_diagnostic()
        .wrap_err_with(|| format!("failed to cut the last line of {}, which is not whole", path.display()))
}
