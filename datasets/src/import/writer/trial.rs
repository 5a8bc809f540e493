//! The new tasks, each with its first case, loaded as a suite before anything is put in place.

use super::folder::{Folder, unwritten};
use crate::{SuiteError, files::Files, load::load_from, settings::FILE};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    sync::Arc,
};

/// Loads what these settings say of the files that were written.
pub(super) fn load(name: &str, folder: &Folder, settings: &str, files: &[String]) -> Result<(), SuiteError> {
    let root = folder.temporary("");
    let root = root.canonicalize().map_err(|error| unwritten(&root, &error))?;
    // Replaced below: only what is there is read.
    folder.write(FILE, settings)?;
    let mut first: BTreeMap<_, Arc<[u8]>> = BTreeMap::new();
    for name in files.iter().filter(|name| name.ends_with(".jsonl")) {
        let path = root.join(name);
        let mut line = Vec::new();
        let read = File::open(&path).and_then(|file| BufReader::new(file).read_until(b'\n', &mut line));
        read.map_err(|error| unwritten(&path, &error))?;
        first.insert(path, line.into());
    }
    load_from(name, &Files::Edited(root, first)).map(drop)
}
