//! Where a result goes: standard output, or a file that was named.

use crate::screen::Screen;
use miette::{IntoDiagnostic, WrapErr};
use std::{
    fs::File,
    io::{self, BufWriter, ErrorKind, IsTerminal, Write},
    path::Path,
};

/// A file, or standard output where none is named or it is `-`.
#[derive(Clone, Copy)]
pub enum Output<'a> {
    Screen(&'a Screen),
    File(&'a Path),
}

impl<'a> Output<'a> {
    /// What `--output` names.
    pub fn of(path: Option<&'a Path>, screen: &'a Screen) -> Self {
        path.filter(|path| *path != Path::new("-")).map_or(Self::Screen(screen), Self::File)
    }

    /// Whether a person would see the bytes.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Screen(_)) && io::stdout().is_terminal()
    }

    /// Writes a text.
    pub fn text(self, text: &str) -> miette::Result<()> {
        match self {
            Self::Screen(screen) => screen.print(text),
            Self::File(_) => self.stream(|out| out.write_all(text.as_bytes()).into_diagnostic()),
        }
    }

    /// Hands over what is written to: a large table is never whole in memory.
    pub fn stream<T>(self, write: impl FnOnce(&mut (dyn Write + Send)) -> miette::Result<T>) -> miette::Result<T> {
        match self {
            Self::Screen(_) => {
                into(Patient { out: io::stdout(), gone: false }, write).wrap_err("failed to write to standard output")
            }
            Self::File(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let made = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| File::create(path));
                let file = made.into_diagnostic();
                file.and_then(|file| into(file, write)).wrap_err_with(|| format!("failed to write {}", path.display()))
            }
        }
    }
}

fn into<T>(
    out: impl Write + Send,
    write: impl FnOnce(&mut (dyn Write + Send)) -> miette::Result<T>,
) -> miette::Result<T> {
    let mut out = BufWriter::new(out);
    let written = write(&mut out)?;
    out.flush().into_diagnostic()?;
    Ok(written)
}

/// Standard output whose reader may go away (`eval … | head`), which is no error.
struct Patient<W> {
    out: W,
    gone: bool,
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        match self.out.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.out.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
