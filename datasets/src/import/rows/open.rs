//! Files of a source: found, opened, decompressed, measured.

use crate::{SuiteError, files::unreadable, nearest::list};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

/// The longest file that is read as a whole.
const LONGEST: u64 = 1 << 30;

const BUFFER: usize = 1 << 16;

/// So a Parquet file begins: its mark, and a first field.
const PARQUET: &[u8] = b"PAR1\x15";

/// How much of a source has been read, for progress.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Rc<(Cell<u64>, Cell<u64>)>);

impl Meter {
    /// Begins anew with these files.
    pub(crate) fn begin(&self, paths: &[PathBuf]) {
        self.0.0.set(0);
        self.0.1.set(paths.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum());
    }

    pub(super) fn add(&self, bytes: u64) {
        self.0.0.set(self.0.0.get() + bytes);
    }

    /// From 0 to 1, where it is known.
    pub(crate) fn share(&self) -> Option<f64> {
        let (done, total) = (self.0.0.get(), self.0.1.get());
        (total > 0).then(|| (done as f64 / total as f64).min(1.0))
    }
}

struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.meter.add(n as u64);
        Ok(n)
    }
}

pub(super) fn unopened(path: &Path, error: &io::Error) -> SuiteError {
    unreadable(&path.display().to_string(), error)
}

/// A text file for reading; `.gz` is decompressed.
pub(super) fn reader(path: &Path, meter: &Meter) -> Result<Box<dyn BufRead>, SuiteError> {
    let file = fs::File::open(path).map_err(|error| unopened(path, &error))?;
    let file = Metered { inner: file, meter: meter.clone() };
    let packed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let mut reader: Box<dyn BufRead> = if packed {
        let unpacked = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, file));
        Box::new(BufReader::with_capacity(BUFFER, unpacked))
    } else {
        Box::new(BufReader::with_capacity(BUFFER, file))
    };
    let start = reader.fill_buf().map_err(|error| unopened(path, &error))?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(SuiteError::new(format!("`{}` is UTF-16", path.display())).help("save the file as UTF-8"));
    }
    if start.starts_with(PARQUET) {
        return Err(SuiteError::new(format!("`{}` is Parquet", path.display()))
            .help("leave `--format` out; its name ends in .parquet"));
    }
    Ok(reader)
}

/// A whole text file, `.gz` decompressed, without a byte order mark.
pub(crate) fn whole(path: &Path) -> Result<String, SuiteError> {
    let mut bytes = Vec::new();
    let reader = reader(path, &Meter::default())?;
    reader.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| unopened(path, &error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(SuiteError::new(format!("`{}` is longer than 1 GB", path.display()))
            .help("split the file, or write its rows as JSON lines"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
        SuiteError::new(format!("{}:{line}: not UTF-8", path.display())).help("save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text))
}

/// The ending that tells the format: `csv` of `rows.csv.gz`, in lower case.
pub(crate) fn ending(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_string())
}

/// The files of a source: itself, or of a folder those with one of the endings that belong together, in order.
pub(crate) fn files(source: &Path, split: Option<&str>, endings: &[&str]) -> Result<Vec<PathBuf>, SuiteError> {
    let data = fs::metadata(source).map_err(|error| {
        unopened(source, &error).help("name a file, or the folder that holds the shards of a table")
    })?;
    if !data.is_dir() {
        return match split {
            Some(_) => Err(SuiteError::new("`--split` chooses among the files of a folder, and the source is a file")
                .help("leave `--split` out, or name the folder")),
            None => Ok(vec![source.to_path_buf()]),
        };
    }
    let entries = fs::read_dir(source).map_err(|error| unopened(source, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let wanted = |path: &PathBuf| path.is_file() && ending(path).is_some_and(|end| endings.contains(&end.as_str()));
    let mut parts: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for path in paths.filter(wanted) {
        found.extend(ending(&path));
        parts.entry(part(&path)).or_default().push(path);
    }
    if found.len() > 1 {
        return Err(SuiteError::new(format!("the folder `{}` holds tables of several formats", source.display()))
            .help(format!(
                "say which with `--format`, or name a file; found: {}",
                list(found.iter().map(String::as_str))
            )));
    }
    let mut files = choose(source, split, parts)?;
    files.sort();
    whole_set(&files)?;
    Ok(files)
}

/// The part of a folder that is asked for, or the only one.
fn choose(
    source: &Path,
    split: Option<&str>,
    mut parts: BTreeMap<String, Vec<PathBuf>>,
) -> Result<Vec<PathBuf>, SuiteError> {
    let names = || list(parts.keys().map(String::as_str));
    let folder = source.display();
    match split {
        _ if parts.is_empty() => Err(SuiteError::new(format!("the folder `{folder}` holds no table"))
            .help("name the folder that holds the .parquet, .csv, .tsv, .json or .jsonl files themselves")),
        Some(split) if parts.contains_key(split) => Ok(parts.remove(split).unwrap_or_default()),
        Some(split) => Err(SuiteError::new(format!("the folder `{folder}` holds no part `{split}`"))
            .help(format!("parts: {}", names()))),
        None if parts.len() > 1 => Err(SuiteError::new(format!("the folder `{folder}` holds several parts"))
            .help(format!("say which with `--split`: {}", names()))),
        None => Ok(parts.into_values().next().unwrap_or_default()),
    }
}

/// `train` of `train-00000-of-00002.parquet`: the name up to its first number.
fn part(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let end = stem.find(|c: char| c.is_ascii_digit()).unwrap_or(stem.len());
    stem[..end].trim_end_matches(['-', '_']).to_string()
}

/// `…-00000-of-00002` says how many there are.
fn whole_set(files: &[PathBuf]) -> Result<(), SuiteError> {
    let said = |path: &PathBuf| {
        let (_, after) = path.file_name()?.to_str()?.rsplit_once("-of-")?;
        after.split('.').next()?.parse::<usize>().ok()
    };
    match files.iter().find_map(said) {
        Some(count) if count != files.len() => {
            let here = files.iter().filter_map(|path| path.file_name()?.to_str());
            Err(SuiteError::new(format!("{} of {count} shards are there", files.len()))
                .help(format!("fetch the others, or name one file; there are: {}", list(here))))
        }
        _ => Ok(()),
    }
}
