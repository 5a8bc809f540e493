use super::{
    Meter, Row, Rows,
    jsonl::{self, Jsonl},
    open::{reader, unopened},
    scan::{Raw, Scanner},
};
use crate::{
    SuiteError,
    import::{Place, Why},
    nearest::list,
};
use std::{io, path::Path};

/// A list of objects.
struct List {
    scanner: Scanner,
    file: String,
    row: u64,
    ended: bool,
}

/// Opens the list of a JSON file: itself, the one at a path of keys, or the only one that it holds. A file of JSON lines
/// is read as what it is.
pub(super) fn open(path: &Path, at: Option<&str>, meter: &Meter) -> Result<Box<dyn Rows>, SuiteError> {
    let fail = |error: &io::Error| unopened(path, error);
    let begin = |meter: &Meter| Scanner::new(reader(path, meter)?).map_err(|error| fail(&error));
    let mut scanner = begin(meter)?;
    let first = scanner.next().map_err(|error| fail(&error))?;
    let at = match (at, first) {
        (None, Some(b'{')) if is_lines(path)? => return Ok(Box::new(Jsonl::open(path, meter)?)),
        (None, Some(b'{')) => Some(only_list(path)?),
        (at, _) => at.map(String::from),
    };
    let keys: Vec<&str> = at.iter().flat_map(|at| at.split('.')).collect();
    let found =
        scanner.descend(&keys).and_then(|found| Ok(found && scanner.take(b'[')?)).map_err(|error| fail(&error))?;
    if !found {
        let place = at.map_or("is not a JSON list of objects".to_string(), |at| format!("holds no list at `{at}`"));
        return Err(SuiteError::new(format!("`{}` {place}", path.display())).help(match first {
            Some(b'{') => format!("lists of objects in it: {}", list(lists(path)?.iter().map(String::as_str))),
            _ => "write a list of objects, or an object a line with the ending .jsonl".into(),
        }));
    }
    Ok(Box::new(List { scanner, file: path.display().to_string(), row: 0, ended: false }))
}

/// Whether the first line is a whole object and another one begins below it.
fn is_lines(path: &Path) -> Result<bool, SuiteError> {
    let mut scanner = Scanner::new(reader(path, &Meter::default())?).map_err(|error| unopened(path, &error))?;
    let mut rest = || -> io::Result<bool> {
        scanner.take(b'{')?;
        // What is left of the object ends at its bracket.
        while scanner.pass()? && scanner.take(b',')? {}
        Ok(scanner.take(b'}')? && scanner.next()? == Some(b'{'))
    };
    rest().map_err(|error| unopened(path, &error))
}

fn lists(path: &Path) -> Result<Vec<String>, SuiteError> {
    let fail = |error: io::Error| unopened(path, &error);
    Scanner::new(reader(path, &Meter::default())?).and_then(|mut scanner| scanner.lists()).map_err(fail)
}

fn only_list(path: &Path) -> Result<String, SuiteError> {
    let mut found = lists(path)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(SuiteError::new(format!("`{}` holds no list of objects", path.display()))
            .help("the rows of a table are a list of objects, or an object a line with the ending .jsonl")),
        _ => Err(SuiteError::new(format!("`{}` holds several lists of objects", path.display()))
            .help(format!("say which with `--at`: {}", list(found.iter().map(String::as_str))))),
    }
}

impl Rows for List {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        if self.ended {
            return Ok(None);
        }
        self.read().map_err(|error| jsonl::unread(&self.file, self.scanner.line, &error))
    }
}

impl List {
    fn read(&mut self) -> io::Result<Option<Row>> {
        let next = self.scanner.next()?;
        if next == Some(b']') {
            self.ended = true;
            return Ok(None);
        }
        self.row += 1;
        let place = Place { file: self.file.clone(), row: self.row, line: Some(self.scanner.line), at: None };
        let torn = || Why::new("the list breaks off here").detail("what follows is not read");
        let columns = match self.scanner.value()? {
            Raw::Text(text) => match std::str::from_utf8(&text) {
                Ok(text) => jsonl::object(text.trim_end()),
                Err(error) => Err(Why::new("not UTF-8").detail(format!("byte {} of the row", error.valid_up_to() + 1))),
            },
            Raw::TooLong => Err(Why::new("longer than 10 MB")),
            Raw::Torn => Err(torn()),
        };
        let more = self.scanner.take(b',')?;
        if !more && self.scanner.next()? != Some(b']') {
            self.ended = true;
            return Ok(Some(Row { place, columns: Err(torn()) }));
        }
        Ok(Some(Row { place, columns }))
    }
}
