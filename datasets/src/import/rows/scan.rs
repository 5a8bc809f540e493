//! Walks over a JSON file of any size without keeping it.

use crate::lines::LONGEST;
use std::io::{self, BufRead};

/// How deep lists are looked for.
const DEEPEST: usize = 4;

/// A value as it stands in the file.
#[derive(Debug)]
pub(super) enum Raw {
    Text(Vec<u8>),
    /// Longer than a row may be; it was passed over.
    TooLong,
    /// The file ends within it.
    Torn,
}

/// Reads bytes of JSON; the first mistake in its structure ends it.
pub(super) struct Scanner {
    reader: Box<dyn BufRead>,
    /// From 1.
    pub(super) line: u64,
}

impl Scanner {
    pub(super) fn new(reader: Box<dyn BufRead>) -> io::Result<Self> {
        let mut scanner = Self { reader, line: 1 };
        if scanner.reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            scanner.reader.consume(3);
        }
        Ok(scanner)
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    fn skip(&mut self) {
        self.reader.consume(1);
    }

    /// The next byte that is no blank.
    pub(super) fn next(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                other => return Ok(Some(other)),
            }
            self.skip();
        }
        Ok(None)
    }

    /// Passes over this byte, if it is the next that is no blank.
    pub(super) fn take(&mut self, wanted: u8) -> io::Result<bool> {
        let found = self.next()? == Some(wanted);
        if found {
            self.skip();
        }
        Ok(found)
    }

    /// The value that begins here, up to the comma or bracket after it.
    pub(super) fn value(&mut self) -> io::Result<Raw> {
        let mut text = Vec::new();
        let mut length = 0;
        let whole = self.walk(|part| {
            length += part.len();
            if length <= LONGEST {
                text.extend_from_slice(part);
            }
        })?;
        Ok(match whole {
            _ if length > LONGEST => Raw::TooLong,
            true => Raw::Text(text),
            false => Raw::Torn,
        })
    }

    /// Passes over the value that begins here; whether it ends before the file does.
    pub(super) fn pass(&mut self) -> io::Result<bool> {
        self.walk(|_| ())
    }

    fn walk(&mut self, mut keep: impl FnMut(&[u8])) -> io::Result<bool> {
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(depth == 0 && !quoted);
            }
            let mut end = None;
            for (at, byte) in buffer.iter().enumerate() {
                self.line += u64::from(*byte == b'\n');
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    _ if quoted => {}
                    b'{' | b'[' => depth += 1,
                    b',' | b'}' | b']' if depth == 0 => {
                        end = Some(at);
                        break;
                    }
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
            }
            let used = end.unwrap_or(buffer.len());
            keep(&buffer[..used]);
            self.reader.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// The key that begins here, with its colon; `None`: no key stands here.
    fn key(&mut self) -> io::Result<Option<String>> {
        if self.next()? != Some(b'"') {
            return Ok(None);
        }
        let mut text = Vec::new();
        let mut escaped = false;
        while let Some(byte) = self.peek()? {
            self.skip();
            text.push(byte);
            match byte {
                _ if text.len() > LONGEST => return Ok(None),
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' if text.len() > 1 => break,
                _ => {}
            }
        }
        let key = serde_json::from_slice(&text).ok();
        Ok(if self.take(b':')? { key } else { None })
    }

    /// Goes to the value at a path of keys; whether there is one.
    pub(super) fn descend(&mut self, path: &[&str]) -> io::Result<bool> {
        let Some((wanted, rest)) = path.split_first() else { return Ok(self.next()?.is_some()) };
        if !self.take(b'{')? {
            return Ok(false);
        }
        while let Some(key) = self.key()? {
            if key == *wanted {
                return self.descend(rest);
            }
            if !self.pass()? || !self.take(b',')? {
                break;
            }
        }
        Ok(false)
    }

    /// The paths of all lists of objects.
    pub(super) fn lists(&mut self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        self.lists_below("", DEEPEST, &mut found)?;
        Ok(found)
    }

    fn lists_below(&mut self, path: &str, depth: usize, found: &mut Vec<String>) -> io::Result<bool> {
        match self.next()? {
            Some(b'[') => {
                self.skip();
                if self.next()? == Some(b'{') {
                    found.push(path.to_string());
                }
                while !matches!(self.next()?, None | Some(b']')) {
                    if !self.pass()? {
                        return Ok(false);
                    }
                    self.take(b',')?;
                }
                self.take(b']')
            }
            Some(b'{') if depth > 0 => {
                self.skip();
                while let Some(key) = self.key()? {
                    let below = if path.is_empty() { key } else { format!("{path}.{key}") };
                    if !self.lists_below(&below, depth - 1, found)? || !self.take(b',')? {
                        break;
                    }
                }
                self.take(b'}')
            }
            _ => self.pass(),
        }
    }
}
