use super::{
    Meter, Row, Rows,
    jsonl::{broken, unread},
    open,
};
use crate::{
    SuiteError,
    import::{Place, Why},
    lines::{Lines, Read},
    nearest::list,
};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeSet, VecDeque},
    io::BufRead,
    path::Path,
};

/// A row of several lines is followed so far, in bytes: beyond it a quote is taken for one that was never closed.
const FARTHEST: usize = 1 << 20;

/// Values in columns, with a header. Records are put together from lines, so that what a stray quote would swallow is read
/// again: it costs one row.
pub(super) struct Csv {
    lines: Numbered,
    file: String,
    delimiter: u8,
    header: Vec<String>,
    splitter: Splitter,
    row: u64,
}

/// Lines with their numbers, that can be put back.
struct Numbered {
    lines: Lines<Box<dyn BufRead>>,
    again: VecDeque<(u64, Read)>,
    line: u64,
}

impl Csv {
    /// Without a delimiter it is a comma, or a semicolon or tab where the header has these and no comma.
    pub(super) fn open(path: &Path, delimiter: Option<u8>, meter: &Meter) -> Result<Self, SuiteError> {
        let lines = Numbered { lines: Lines::new(open::reader(path, meter)?), again: VecDeque::new(), line: 0 };
        let file = path.display().to_string();
        let given = delimiter.unwrap_or(b',');
        let mut csv =
            Self { lines, file, delimiter: given, header: Vec::new(), splitter: Splitter::new(given), row: 0 };
        csv.read_header(delimiter.is_none())?;
        Ok(csv)
    }

    fn read_header(&mut self, guess: bool) -> Result<(), SuiteError> {
        let file = self.file.clone();
        let problem = |what: &str| {
            SuiteError::new(format!("`{file}` {what}"))
                .help("the first line names the columns, such as `text,label`; save the file as UTF-8")
        };
        let (number, first) = match self.lines.next(&self.file)? {
            None => return Err(problem("is empty")),
            Some((number, Read::Text(text))) => (number, text),
            Some(_) => return Err(problem("has no header that can be read")),
        };
        if guess && !first.contains(',') {
            self.delimiter = [b';', b'\t'].into_iter().find(|other| first.contains(char::from(*other))).unwrap_or(b',');
            self.splitter = Splitter::new(self.delimiter);
        }
        let Some(names) = self.record(number, first)?.ok() else {
            return Err(problem("has no header that can be read"));
        };
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !name.is_empty() && !seen.insert(name.trim())) {
            return Err(SuiteError::new(format!("two columns of `{}` are named `{twice}`", self.file)).help(format!(
                "give each column a name of its own; columns: {}",
                list(names.iter().map(String::as_str))
            )));
        }
        let name = |(at, name): (usize, &String)| match name.trim() {
            "" => format!("column_{}", at + 1),
            name => name.to_string(),
        };
        self.header = names.iter().enumerate().map(name).collect();
        Ok(())
    }

    /// The fields of the record that begins with this line. On failure only this line is used up.
    fn record(&mut self, number: u64, first: String) -> Result<Result<Vec<String>, Why>, SuiteError> {
        self.splitter.reset();
        let mut used = Vec::new();
        let (mut bytes, mut line) = (first.len(), first);
        let fields = loop {
            let complete = self.splitter.feed(&line);
            used.push(line);
            if complete {
                break self.splitter.fields();
            }
            match self.lines.next(&self.file)? {
                Some((_, Read::Text(text))) if bytes + text.len() < FARTHEST => {
                    bytes += text.len();
                    line = text;
                }
                other => {
                    other.into_iter().for_each(|line| self.lines.again.push_front(line));
                    self.put_back(number, used.split_off(1));
                    return Ok(Err(Why::new("a quote that is not closed")));
                }
            }
        };
        let wanted = self.header.len();
        if wanted == 0 || fields.len() == wanted {
            return Ok(Ok(fields));
        }
        let several = used.len() > 1;
        if several {
            self.put_back(number, used.split_off(1));
        }
        let stray = if several { ", or a stray quote" } else { "" };
        Ok(Err(Why::new("wrong number of columns").detail(format!("{} instead of {wanted}{stray}", fields.len()))))
    }

    /// The line as it stands, without quoting: what many tab-separated files mean by a quote.
    fn plain(&self, line: &str) -> Option<Vec<String>> {
        let fields: Vec<String> = line.split(char::from(self.delimiter)).map(String::from).collect();
        (self.delimiter == b'\t' && fields.len() == self.header.len()).then_some(fields)
    }

    fn put_back(&mut self, first: u64, lines: Vec<String>) {
        for (at, text) in lines.into_iter().enumerate().rev() {
            self.lines.again.push_front((first + 1 + at as u64, Read::Text(text)));
        }
    }
}

impl Rows for Csv {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        while let Some((number, read)) = self.lines.next(&self.file)? {
            if matches!(&read, Read::Text(text) if text.is_empty()) {
                continue;
            }
            self.row += 1;
            let place = Place { file: self.file.clone(), row: self.row, line: Some(number), at: None };
            let fields = match read {
                Read::Text(text) => {
                    let plain = self.plain(&text).filter(|_| text.contains('"'));
                    self.record(number, text)?.or_else(|why| plain.ok_or(why))
                }
                other => Err(broken(&other)),
            };
            let named = |fields: Vec<String>| -> Map<String, Value> {
                self.header.iter().cloned().zip(fields.into_iter().map(Value::String)).collect()
            };
            return Ok(Some(Row { place, columns: fields.map(named) }));
        }
        Ok(None)
    }
}

impl Numbered {
    fn next(&mut self, file: &str) -> Result<Option<(u64, Read)>, SuiteError> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        let Some(read) = self.lines.next() else { return Ok(None) };
        self.line += 1;
        Ok(Some((self.line, read.map_err(|error| unread(file, self.line, &error))?)))
    }
}

/// Splits one record, given line by line.
struct Splitter {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
}

impl Splitter {
    fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, text: Vec::new(), ends: Vec::new(), written: 0, ended: 0 }
    }

    fn reset(&mut self) {
        self.reader.reset();
        (self.written, self.ended) = (0, 0);
    }

    /// Whether the record ends with this line.
    fn feed(&mut self, line: &str) -> bool {
        [line.as_bytes(), b"\n"].into_iter().any(|part| self.take(part))
    }

    fn take(&mut self, mut input: &[u8]) -> bool {
        // For the parser no input is the end of the file.
        while !input.is_empty() {
            self.text.resize(self.written + input.len() + 2, 0);
            self.ends.resize(self.ended + input.len() + 2, 0);
            let (output, ends) = (&mut self.text[self.written..], &mut self.ends[self.ended..]);
            let (result, read, written, ended) = self.reader.read_record(input, output, ends);
            input = &input[read..];
            self.written += written;
            self.ended += ended;
            if matches!(result, ReadRecordResult::Record | ReadRecordResult::End) {
                return true;
            }
        }
        false
    }

    fn fields(&self) -> Vec<String> {
        let mut start = 0;
        let field = |end: &usize| {
            let text = String::from_utf8_lossy(&self.text[start..*end]).into_owned();
            start = *end;
            text
        };
        self.ends[..self.ended].iter().map(field).collect()
    }
}
