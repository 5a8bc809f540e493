use crate::SuiteError;
use include_dir::{Dir, include_dir};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

static STARTER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/starter");

/// Writes a small suite that runs as it is, for a user to make their own; returns the files written.
///
/// # Errors
/// If the folder holds anything, or cannot be written.
pub fn init(dir: &Path) -> Result<Vec<PathBuf>, SuiteError> {
    let failed = |path: &Path, error: &io::Error| {
        SuiteError::new(format!("failed to write `{}`: {error}", path.display()))
            .help("name a folder that you may write to, with room on its disk")
    };
    if dir.is_file() {
        return Err(
            SuiteError::new(format!("`{}` is a file", dir.display())).help("name a new folder: nothing is overwritten")
        );
    }
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    if fs::read_dir(dir).map_err(|error| failed(dir, &error))?.next().is_some() {
        return Err(SuiteError::new(format!("the folder `{}` is not empty", dir.display()))
            .help("name a new folder: nothing is overwritten"));
    }
    let mut files: Vec<_> = STARTER.files().collect();
    files.sort_by_key(|file| file.path());
    files
        .into_iter()
        .map(|file| {
            let path = dir.join(file.path());
            fs::write(&path, file.contents()).map_err(|error| failed(&path, &error))?;
            Ok(path)
        })
        .collect()
}
