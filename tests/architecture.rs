//! Every crate imports `eval-core` and no sibling; the root package wires them. `eval-kernels` is a part of
//! `eval-runners` that is compiled on its own: arithmetic, which imports nothing and which nobody else sees.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

const ROOT: &str = "eval-cli";
const CORE: &str = "eval-core";
const KERNELS: &str = "eval-kernels";

/// The workspace's packages, each with all its dependencies: normal, build and dev ones, of every feature and target.
fn packages() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_string();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| (name(package), package["dependencies"].as_array().unwrap().iter().map(name).collect()))
        .collect()
}

/// The packages that depend on any crate of a family: `candle-core` is of the family `candle`.
fn users<'a>(packages: &'a BTreeMap<String, Vec<String>>, family: &str) -> Vec<&'a str> {
    let member = |name: &String| name == family || name.starts_with(&format!("{family}-"));
    packages.iter().filter(|(_, uses)| uses.iter().any(member)).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn crates_import_the_core_and_no_sibling() {
    let packages = packages();
    let rooms: Vec<&String> = packages.keys().filter(|name| ![ROOT, CORE, KERNELS].contains(&name.as_str())).collect();
    assert_eq!(rooms, ["eval-datasets", "eval-metrics", "eval-reports", "eval-runners"]);
    for (name, uses) in &packages {
        let siblings: Vec<&String> = uses.iter().filter(|used| packages.contains_key(*used)).collect();
        match name.as_str() {
            ROOT => assert!(rooms.iter().all(|room| siblings.contains(room)), "the root wires {siblings:?}"),
            CORE | KERNELS => assert_eq!(siblings, Vec::<&str>::new(), "{name} imports nothing of the workspace"),
            "eval-runners" => assert_eq!(siblings, [CORE, KERNELS]),
            room => assert_eq!(siblings, [CORE], "{room} imports {CORE} and no sibling"),
        }
    }
}

#[test]
fn heavy_libraries_have_one_home() {
    let packages = packages();
    assert_eq!(users(&packages, "polars"), ["eval-reports"]);
    assert_eq!(users(&packages, "candle"), [KERNELS, "eval-runners"]);
    assert_eq!(users(&packages, "tokenizers"), ["eval-runners"]);
    assert_eq!(users(&packages, "clap"), [ROOT]);
}
