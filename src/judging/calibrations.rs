//! `judges.json`: how far people agree with the judges of a suite, in a file that lies beside it.

use eval_core::Calibration;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "judges.json";
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrations {
    v: u32,
    calibrations: Vec<Calibration>,
}

/// Where the calibrations of a suite lie: in its folder, or below `.eval` for a built-in one.
pub fn file_for(suite: &str) -> PathBuf {
    let path = Path::new(suite);
    let folder = if path.is_file() { path.parent().unwrap_or(Path::new("")) } else { path };
    let is_folder = suite.contains(['/', std::path::MAIN_SEPARATOR]) || suite.starts_with('.') || path.is_file();
    if is_folder { folder.join(FILE) } else { Path::new(".eval").join(format!("{suite}.{FILE}")) }
}

impl Calibrations {
    /// Reads a file; none where there is no file.
    pub fn read(path: &Path) -> miette::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.into_diagnostic().wrap_err_with(|| format!("failed to read {}", path.display()))?,
        };
        let help = "`eval judge calibrate` writes it; without it no judge of the suite is calibrated";
        let read: Self = serde_json::from_str(&text)
            .map_err(|error| miette!(help = help, "{} holds no calibrations: {error}", path.display()))?;
        if read.v != VERSION {
            return Err(miette!(
                help = help,
                "{} has the version {}; this eval reads {VERSION}",
                path.display(),
                read.v
            ));
        }
        Ok(read)
    }

    /// That of the judge of a metric.
    pub fn of(&self, task: &str, metric: &str, by: &str) -> Option<&Calibration> {
        let same = |one: &&Calibration| one.task == task && one.metric == metric && one.by == by;
        self.calibrations.iter().find(same)
    }

    /// Puts one in, in place of an earlier one of the same judge.
    pub fn put(&mut self, new: Calibration) {
        let of = |one: &Calibration| (one.task.clone(), one.metric.clone(), one.by.clone());
        self.calibrations.retain(|one| of(one) != of(&new));
        self.calibrations.push(new);
        self.calibrations.sort_by_key(of);
        self.v = VERSION;
    }

    /// The file's text.
    pub fn text(&self) -> miette::Result<String> {
        Ok(serde_json::to_string_pretty(self).into_diagnostic()? + "\n")
    }
}
