//! Files on their way into the cache folder: locked, counted, hashed and moved into place in one step.

use super::{FetchError, OnProgress, Progress, error::Failure};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// What is known of a file before it is here.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    pub(super) bytes: Option<u64>,
    /// Hexadecimal, lower case.
    pub(super) sha256: Option<String>,
}

impl Expected {
    /// What a source says of its file; an error where that is another file than the one that is wanted.
    pub(super) fn learn(&mut self, bytes: Option<u64>, sha256: Option<String>) -> Result<(), Failure> {
        self.check(bytes, sha256.as_deref()).map_err(Failure::Source)?;
        self.bytes = self.bytes.or(bytes);
        self.sha256 = self.sha256.take().or(sha256);
        Ok(())
    }

    fn check(&self, bytes: Option<u64>, sha256: Option<&str>) -> Result<(), String> {
        match (self.bytes, bytes) {
            (Some(expected), Some(got)) if expected != got => {
                return Err(format!("wrong size: expected {expected} bytes, got {got}"));
            }
            _ => {}
        }
        match (self.sha256.as_deref(), sha256) {
            (Some(expected), Some(got)) if expected != got => {
                Err(format!("wrong checksum: expected sha256 {expected}, got {got}"))
            }
            _ => Ok(()),
        }
    }
}

/// Holds a file's place in the cache folder against other processes, until it is dropped.
pub(super) struct Lock(#[expect(dead_code, reason = "an open file is what holds the lock")] File);

/// Waits for its turn to write `target`; makes its folder where there is none.
pub(super) async fn lock(target: &Path, progress: OnProgress<'_>) -> Result<Lock, FetchError> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| FetchError::Cache { action: "create", path: folder.into(), source })?;
    let path = suffixed(target, "lock");
    let failed = |source| FetchError::Cache { action: "lock", path: path.clone(), source };
    let file = File::create(&path).map_err(failed)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) => {
                if !told {
                    progress(Progress::Note { text: "Another process is fetching the same file: waiting for it." });
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Where the unfinished copy of a file is kept. Its name holds the checksum, so that it is only ever continued with
/// more of the same; `None` where the checksum is unknown.
pub(super) fn resumable(target: &Path, expected: &Expected) -> Option<PathBuf> {
    let digest = expected.sha256.as_deref()?;
    Some(suffixed(target, &format!("{}.part", digest.get(..12).unwrap_or(digest))))
}

/// Where a copy is kept that cannot be continued.
pub(super) fn unresumable(target: &Path) -> PathBuf {
    suffixed(target, "part")
}

fn suffixed(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(suffix);
    target.with_file_name(name)
}

/// A copy that is being written.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    digest: Sha256,
    pub(super) done: u64,
}

impl Part {
    /// Starts from nothing.
    pub(super) fn create(path: &Path) -> Result<Self, FetchError> {
        let file = File::create(path).map_err(|source| write_error(path, source))?;
        Ok(Self { path: path.into(), file, digest: Sha256::new(), done: 0 })
    }

    /// Goes on with what an earlier attempt left.
    pub(super) fn resume(path: &Path) -> Result<Self, FetchError> {
        let mut file =
            File::options().read(true).append(true).open(path).map_err(|source| write_error(path, source))?;
        let (digest, done) = hash(&mut file).map_err(|source| read_error(path, source))?;
        Ok(Self { path: path.into(), file, digest, done })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).map_err(|source| write_error(&self.path, source))?;
        self.digest.update(bytes);
        self.done += bytes.len() as u64;
        Ok(())
    }

    /// Verifies the copy and moves it to `target`; deletes it where it is not what was expected.
    pub(super) fn finish(self, target: &Path, expected: &Expected) -> Result<(), Failure> {
        let Self { path, file, digest, done } = self;
        if let Err(reason) = expected.check(Some(done), Some(&hexadecimal(digest))) {
            fs::remove_file(&path).map_err(|source| write_error(&path, source))?;
            return Err(Failure::Source(format!("{reason}. What came is deleted")));
        }
        file.sync_all().map_err(|source| write_error(&path, source))?;
        drop(file);
        Ok(fs::rename(&path, target).map_err(|source| write_error(target, source))?)
    }
}

/// Whether a file is the expected one.
pub(super) fn verify(path: &Path, expected: &Expected) -> Result<bool, FetchError> {
    let failed = |source| read_error(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    if expected.bytes.is_some_and(|expected| expected != bytes) {
        return Ok(false);
    }
    let (digest, bytes) = hash(&mut file).map_err(failed)?;
    Ok(expected.check(Some(bytes), Some(&hexadecimal(digest))).is_ok())
}

/// Puts a file of another folder at `target`: a second name for the same bytes where the disk allows, else a copy.
pub(super) fn adopt(path: &Path, target: &Path) -> Result<(), FetchError> {
    let temporary = unresumable(target);
    let _ = fs::remove_file(&temporary);
    fs::hard_link(path, &temporary)
        .or_else(|_| fs::copy(path, &temporary).map(drop))
        .map_err(|source| write_error(&temporary, source))?;
    fs::rename(&temporary, target).map_err(|source| write_error(target, source))
}

pub(super) fn write_error(path: &Path, source: io::Error) -> FetchError {
    FetchError::Cache { action: "write", path: path.into(), source }
}

fn read_error(path: &Path, source: io::Error) -> FetchError {
    FetchError::Cache { action: "read", path: path.into(), source }
}

fn hash(file: &mut File) -> io::Result<(Sha256, u64)> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut done = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((digest, done)),
            Ok(read) => {
                digest.update(&buffer[..read]);
                done += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
