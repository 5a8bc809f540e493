use std::io::{self, BufRead};

/// The longest line that is read, in bytes.
pub(crate) const LONGEST: usize = 10 * 1024 * 1024;

/// A line without its line break.
#[derive(Debug, PartialEq)]
pub(crate) enum Read {
    /// UTF-8 text.
    Text(String),
    /// Longer than [`LONGEST`]; it was passed over without being kept.
    TooLong,
    /// Not UTF-8 from this byte of the line on.
    NotUtf8 { at: usize },
}

/// Reads lines one by one, in memory that no line can exhaust. A byte order mark at the start is left out.
pub(crate) struct Lines<R> {
    reader: R,
    started: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, started: false }
    }

    fn read(&mut self) -> io::Result<Option<Read>> {
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                if length == 0 {
                    return Ok(None);
                }
                break;
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if length + part.len() <= LONGEST {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            length += used;
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        Ok(Some(if length > LONGEST { Read::TooLong } else { self.text(line) }))
    }

    fn text(&mut self, line: Vec<u8>) -> Read {
        let mark = if self.started { 0 } else { 3 * usize::from(line.starts_with(b"\xef\xbb\xbf")) };
        self.started = true;
        match String::from_utf8(line) {
            Ok(mut text) => {
                text.truncate(text.trim_end_matches('\r').len());
                text.drain(..mark);
                Read::Text(text)
            }
            Err(error) => Read::NotUtf8 { at: error.utf8_error().valid_up_to() },
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Read>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Read> {
        // A tiny buffer, so that lines and characters are cut between reads.
        Lines::new(io::BufReader::with_capacity(3, bytes)).map(Result::unwrap).collect()
    }

    fn text(text: &str) -> Read {
        Read::Text(text.into())
    }

    #[test]
    fn a_mark_line_ends_and_a_missing_last_line_break() {
        assert_eq!(read(b"\xef\xbb\xbf{}\r\n\n\xc3\xbc\nend"), [text("{}"), text(""), text("ü"), text("end")]);
        assert_eq!(read(b""), []);
    }

    #[test]
    fn a_line_that_is_not_utf8_does_not_stop_the_others() {
        assert_eq!(read(b"ab\xff\ncd\n"), [Read::NotUtf8 { at: 2 }, text("cd")]);
    }

    #[test]
    fn a_huge_line_is_passed_over() {
        struct Huge(usize);
        impl io::Read for Huge {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let n = out.len().min(self.0);
                out[..n].fill(b'x');
                self.0 -= n;
                Ok(n)
            }
        }
        let reader = io::Read::chain(Huge(100 * 1024 * 1024), &b"\n{}\n"[..]);
        let lines: Vec<_> = Lines::new(io::BufReader::new(reader)).map(Result::unwrap).collect();
        assert_eq!(lines, [Read::TooLong, text("{}")]);
    }
}
