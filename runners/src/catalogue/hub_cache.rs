//! The folder where the hub's own tools keep files: `hub/models--owner--name/snapshots/COMMIT/FILE`.

use super::{
    Environment, FetchError, HubFile, OnProgress, Progress,
    store::{self, Expected},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A verified copy of the file. Without a known checksum only the snapshot that the revision stands for will do, and
/// only where its blob is named by its checksum.
pub(super) fn find(
    file: HubFile<'_>,
    expected: &Expected,
    environment: &Environment,
    progress: OnProgress<'_>,
) -> Result<Option<PathBuf>, FetchError> {
    let repo = environment.hub_home.join("hub").join(format!("models--{}", file.repo.replace('/', "--")));
    let candidates = match expected.sha256 {
        Some(_) => all_snapshots(&repo, file.file),
        None => of_revision(&repo, file).into_iter().collect(),
    };
    for path in candidates {
        let Some(expected) = expectation(&path, expected) else { continue };
        progress(Progress::Verifying);
        if store::verify(&path, &expected)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn all_snapshots(repo: &Path, file: &str) -> Vec<PathBuf> {
    let Ok(snapshots) = fs::read_dir(repo.join("snapshots")) else { return Vec::new() };
    let mut paths: Vec<_> = snapshots.flatten().filter_map(|entry| blob(&entry.path().join(file))).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn of_revision(repo: &Path, file: HubFile<'_>) -> Option<PathBuf> {
    let commit = fs::read_to_string(repo.join("refs").join(file.revision)).ok()?;
    blob(&repo.join("snapshots").join(commit.trim()).join(file.file))
}

/// The file behind a snapshot's link.
fn blob(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|path| path.is_file())
}

fn expectation(path: &Path, expected: &Expected) -> Option<Expected> {
    if expected.sha256.is_some() {
        return Some(expected.clone());
    }
    let name = path.file_name()?.to_str().filter(|name| is_sha256(name))?;
    Some(Expected { bytes: None, sha256: Some(name.into()) })
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
