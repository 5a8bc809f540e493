use crate::{SuiteError, lines::LONGEST, nearest::nearest};
use include_dir::Dir;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// Where the files of a suite are: one way to read them for both.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// A folder, by its canonical path.
    Folder(PathBuf),
    /// A folder in the binary.
    Embedded(&'static Dir<'static>),
    /// A folder in which some files, by their canonical paths, are to be as they are here: before they are written, it is
    /// seen whether the suite would load with them.
    Edited(PathBuf, BTreeMap<PathBuf, Arc<[u8]>>),
}

impl Files {
    /// Opens a file by its path within the suite's folder. Nothing outside the folder is read, through links neither.
    pub(crate) fn open(&self, path: &str) -> Result<Box<dyn BufRead>, SuiteError> {
        let steps = || Path::new(path).components();
        if path.is_empty() || !steps().all(|step| matches!(step, Component::Normal(_) | Component::CurDir)) {
            return Err(outside(path));
        }
        match self {
            Self::Folder(root) => open_in(root, path, || self.missing(path)),
            Self::Edited(root, files) => match files.get(&real(root, path, || self.missing(path))?) {
                Some(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
                None => open_in(root, path, || self.missing(path)),
            },
            Self::Embedded(dir) => match dir.get_file(dir.path().join(path)) {
                Some(file) => Ok(Box::new(file.contents())),
                None => Err(self.missing(path)),
            },
        }
    }

    /// Reads a whole text file of the folder.
    pub(crate) fn read(&self, path: &str) -> Result<String, SuiteError> {
        text(path, self.open(path)?)
    }

    fn missing(&self, path: &str) -> SuiteError {
        let extension = Path::new(path).extension();
        let names = self.names();
        let alike = names.iter().map(String::as_str).filter(|name| Path::new(name).extension() == extension);
        let help = match nearest(path, alike) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "add the file, or name another one in the task".into(),
        };
        SuiteError::new(format!("the suite's folder holds no file `{path}`")).help(help)
    }

    fn names(&self) -> Vec<String> {
        self.names_in("")
    }

    /// The names of the files in a folder of the suite's folder; none where there is no such folder.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<String> {
        match self {
            Self::Folder(root) | Self::Edited(root, _) => fs::read_dir(root.join(folder))
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect(),
            Self::Embedded(dir) => {
                let dir = if folder.is_empty() { Some(*dir) } else { dir.get_dir(dir.path().join(folder)) };
                let files = dir.into_iter().flat_map(|dir| dir.files());
                files.filter_map(|file| Some(file.path().file_name()?.to_str()?.to_string())).collect()
            }
        }
    }
}

/// Reads a whole text file that is no part of a suite.
pub(crate) fn read(path: &Path) -> Result<String, SuiteError> {
    let name = path.display().to_string();
    match fs::File::open(path) {
        Ok(file) => text(&name, file),
        Err(error) => Err(unreadable(&name, &error).help("a path begins at the folder of the file that names it")),
    }
}

/// A whole text; a byte order mark at its start is left out.
fn text(path: &str, reader: impl Read) -> Result<String, SuiteError> {
    let mut bytes = Vec::new();
    reader.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() > LONGEST {
        return Err(SuiteError::new(format!("`{path}` is longer than 10 MB"))
            .help("only case files may be large; is this the right file?"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
        SuiteError::new(format!("{path}:{line}: not UTF-8")).help("save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text))
}

/// The canonical path of a file of the folder.
pub(crate) fn real(root: &Path, path: &str, missing: impl Fn() -> SuiteError) -> Result<PathBuf, SuiteError> {
    match root.join(path).canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(real),
        Ok(_) => Err(outside(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn open_in(root: &Path, path: &str, missing: impl Fn() -> SuiteError) -> Result<Box<dyn BufRead>, SuiteError> {
    let real = real(root, path, missing)?;
    let file = fs::metadata(&real)
        .and_then(|data| if data.is_file() { fs::File::open(&real).map(Some) } else { Ok(None) })
        .map_err(|error| unreadable(path, &error))?;
    match file {
        Some(file) => Ok(Box::new(BufReader::with_capacity(1 << 16, file))),
        None => Err(SuiteError::new(format!("`{path}` is not a file"))),
    }
}

fn outside(path: &str) -> SuiteError {
    SuiteError::new(format!("`{path}` is outside the suite's folder"))
        .help("a suite reads only files of its own folder, also through links: copy the file there and name it by a relative path without `..`")
}

/// A file that is there but cannot be read.
pub(crate) fn unreadable(path: &str, error: &io::Error) -> SuiteError {
    SuiteError::new(format!("failed to read `{path}`: {error}"))
}
