//! The folder of a suite: written beside itself and put in place when all is well. Nothing is overwritten.

use crate::{SuiteError, settings};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Where files lie until the import is complete.
const TEMPORARY: &str = ".importing";

pub(super) struct Folder {
    to: PathBuf,
    /// The folder was made by this import.
    made: bool,
    /// What its `suite.toml` says, where there is one.
    pub(super) settings: Option<String>,
    _lock: File,
}

impl Folder {
    /// Makes the folder, or opens one that holds a suite.
    pub(super) fn open(to: &Path) -> Result<Self, SuiteError> {
        if to.is_file() {
            return Err(SuiteError::new(format!("`{}` is a file", to.display())).help("name a folder with `--to`"));
        }
        let made = !to.exists();
        let temporary = to.join(TEMPORARY);
        let present = entries(to)?;
        let settings = to.join(settings::FILE);
        let settings = match settings.exists() {
            true => Some(
                fs::read_to_string(&settings)
                    .map_err(|error| crate::files::unreadable(&settings.display().to_string(), &error))?,
            ),
            false if !present.is_empty() => {
                return Err(SuiteError::new(format!("the folder `{}` holds no suite and is not empty", to.display()))
                    .help("name a new folder, or that of a suite to add a task to it: nothing is overwritten"));
            }
            false => None,
        };
        fs::create_dir_all(&temporary).map_err(|error| unwritten(&temporary, &error))?;
        let lock = temporary.join("lock");
        let file = File::create(&lock).map_err(|error| unwritten(&lock, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { to: to.into(), made, settings, _lock: file }),
            Err(TryLockError::WouldBlock) => {
                Err(SuiteError::new(format!("another import is writing to `{}`", to.display()))
                    .help("wait until it ends"))
            }
            Err(TryLockError::Error(error)) => Err(unwritten(&lock, &error)),
        }
    }

    /// Where a file is written until it is put in place.
    pub(super) fn temporary(&self, name: &str) -> PathBuf {
        self.to.join(TEMPORARY).join(name)
    }

    /// An error where a file of this name is there.
    pub(super) fn free(&self, name: &str) -> Result<(), SuiteError> {
        match self.to.join(name).exists() {
            true => Err(SuiteError::new(format!("`{}` is there already", self.to.join(name).display()))
                .help("nothing is overwritten: name the task otherwise with `--task`, or another folder with `--to`")),
            false => Ok(()),
        }
    }

    pub(super) fn write(&self, name: &str, contents: &str) -> Result<(), SuiteError> {
        let path = self.temporary(name);
        fs::write(&path, contents).map_err(|error| unwritten(&path, &error))
    }

    /// Puts the files in place, and the settings last; returns their paths.
    pub(super) fn place(self, names: &[String], log: &str) -> Result<Vec<PathBuf>, SuiteError> {
        let mut placed = Vec::new();
        for name in names {
            self.free(name)?;
        }
        for name in names {
            placed.push(self.rename(name)?);
        }
        let path = self.to.join(log);
        let from = self.temporary(log);
        if path.exists() {
            let append = || -> io::Result<()> {
                let mut file = File::options().append(true).open(&path)?;
                io::copy(&mut File::open(&from)?, &mut file).map(drop)
            };
            append().map_err(|error| unwritten(&path, &error))?;
            placed.push(path);
        } else {
            placed.push(self.rename(log)?);
        }
        placed.push(self.rename(settings::FILE)?);
        Ok(placed)
    }

    fn rename(&self, name: &str) -> Result<PathBuf, SuiteError> {
        let path = self.to.join(name);
        fs::rename(self.temporary(name), &path).map_err(|error| unwritten(&path, &error))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.to.join(TEMPORARY));
        if self.made {
            // Fails where it holds the suite.
            let _ = fs::remove_dir(&self.to);
        }
    }
}

fn entries(to: &Path) -> Result<Vec<PathBuf>, SuiteError> {
    match fs::read_dir(to) {
        Ok(found) => Ok(found.flatten().map(|entry| entry.path()).filter(|path| !path.ends_with(TEMPORARY)).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unwritten(to, &error)),
    }
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> SuiteError {
    SuiteError::new(format!("failed to write `{}`: {error}", path.display()))
        .help("name a folder that you may write to, with room on its disk")
}
