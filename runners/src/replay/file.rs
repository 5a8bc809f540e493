use super::{
    Answer,
    line::{self, Keys, Line},
    problems::{Problems, ReplayError},
};
use crate::surrogates::whole_characters;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Longest line that is read.
const MAX_LINE: u64 = 64 << 20;

/// The content hash of every case of a suite, by task and case id.
type Known = HashMap<(String, String), String>;

/// The lines of one model.
#[derive(Default)]
pub(super) struct Recording {
    pub(super) answers: HashMap<String, HashMap<String, BTreeMap<u32, Answer>>>,
    pub(super) sha256: String,
    pub(super) lines: usize,
    pub(super) without_hash: usize,
    /// Those that the file names.
    pub(super) models: BTreeSet<String>,
    /// The one whose lines are used; `None` where they name none.
    pub(super) chosen: Option<String>,
    /// Lines that name no model.
    unnamed: usize,
    /// Lines with half a pair of surrogates.
    halves: usize,
    /// Lines of cases that were not asked, or whose response was not kept.
    unanswered: usize,
}

/// Reads a recording line by line; every line is checked before any is used. `path` is what messages call it.
pub(super) fn read(
    path: &Path,
    lines: impl Read,
    model: Option<&str>,
    known: &Known,
) -> Result<Recording, ReplayError> {
    let io = |source| ReplayError::Io { path: path.into(), source };
    let mut reader = BufReader::with_capacity(1 << 16, lines);
    let mut reading = Reading::new(model, known);
    let mut digest = Sha256::new();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let read = reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut bytes).map_err(io)?;
        if read == 0 {
            break;
        }
        digest.update(&bytes);
        if read as u64 > MAX_LINE {
            reading.problems.push(number, || "longer than 64 MB: the rest of the file was not read".into());
            break;
        }
        reading.line(number, &bytes);
    }
    reading.recording.sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    reading.finish(path)
}

struct Reading<'a> {
    model: Option<&'a str>,
    known: &'a Known,
    tasks: HashSet<&'a str>,
    recording: Recording,
    /// The line that each answer stands on.
    seen: HashMap<(String, String, u32), usize>,
    problems: Problems,
}

impl<'a> Reading<'a> {
    fn new(model: Option<&'a str>, known: &'a Known) -> Self {
        let tasks = known.keys().map(|(task, _)| task.as_str()).collect();
        Self {
            model,
            known,
            tasks,
            recording: Recording::default(),
            seen: HashMap::new(),
            problems: Problems::default(),
        }
    }

    fn line(&mut self, number: usize, bytes: &[u8]) {
        let start = if number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        if start.trim_ascii().is_empty() {
            return;
        }
        let (object, has_halves) = match parse(start) {
            Ok(parsed) => parsed,
            Err(why) => return self.problems.push(number, || why),
        };
        let mut keys = Keys::of(&object);
        let model = keys.string("model");
        if !keys.wrong.is_empty() {
            return self.problems.push(number, || keys.wrong.join("; "));
        }
        self.recording.unnamed += usize::from(model.is_none());
        if self.model.is_some() && self.model != model.as_deref() {
            self.recording.models.extend(model);
            return;
        }
        self.recording.models.extend(model);
        match line::read(&mut keys) {
            Some(line) => self.take(number, line, has_halves),
            None => self.problems.push(number, || keys.wrong.join("; ")),
        }
    }

    fn take(&mut self, number: usize, line: Line, has_halves: bool) {
        let Line { task, case, repeat, case_hash, answer } = line;
        let pair = (task, case);
        let Some(known_hash) = self.known.get(&pair) else {
            let (known, tasks) = (self.known, &self.tasks);
            return self.problems.push(number, || unknown(&pair, known, tasks));
        };
        if case_hash.as_ref().is_some_and(|hash| hash != known_hash) {
            return self.problems.push(number, || {
                format!(
                    "task {:?}, case {:?} was recorded for another content: its `case_hash` is {}, the suite's {known_hash}",
                    pair.0,
                    pair.1,
                    case_hash.unwrap_or_default()
                )
            });
        }
        let (task, case) = pair;
        if let Some(first) = self.seen.insert((task.clone(), case.clone(), repeat), number) {
            return self.problems.push(number, || {
                format!("a second response for task {task:?}, case {case:?}, repeat {repeat}: line {first} holds one")
            });
        }
        let Some(answer) = answer else {
            self.recording.unanswered += 1;
            return;
        };
        self.recording.lines += 1;
        self.recording.halves += usize::from(has_halves);
        self.recording.without_hash += usize::from(case_hash.is_none());
        self.recording.answers.entry(task).or_default().entry(case).or_default().insert(repeat, answer);
    }

    fn finish(self, path: &Path) -> Result<Recording, ReplayError> {
        let mut recording = self.recording;
        let several = self.model.is_none() && recording.models.len() > 1;
        let absent = self.model.is_some_and(|model| !recording.models.contains(model));
        // A file without one readable line has no models either: its problems say more.
        if several || (absent && (recording.unnamed > 0 || !recording.models.is_empty())) {
            let models = recording.models.into_iter().collect();
            return Err(ReplayError::Models { path: path.into(), asked: self.model.map(String::from), models });
        }
        self.problems.into_result(path.into())?;
        if recording.lines == 0 {
            return Err(ReplayError::Empty { path: path.into() });
        }
        recording.chosen = self.model.map(String::from).or_else(|| recording.models.first().cloned());
        Ok(recording)
    }
}

impl Recording {
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let lines = counted(self.lines);
        if self.without_hash == self.lines {
            notes.push(format!(
                "{lines}, none with a `case_hash`: that they belong to these very cases is taken on trust"
            ));
        } else if self.without_hash > 0 {
            notes.push(format!(
                "{} of {lines} have no `case_hash`: that they belong to these very cases is taken on trust",
                thousands(self.without_hash)
            ));
        }
        if let Some(chosen) = self.chosen.as_ref().filter(|_| self.unnamed > 0) {
            let unnamed = counted(self.unnamed);
            notes.push(if self.models.len() > 1 {
                format!("{unnamed} without a `model` left out")
            } else {
                format!("{unnamed} without a `model` beside those of {chosen:?}")
            });
        }
        if self.halves > 0 {
            let lines = counted(self.halves);
            notes.push(format!("{lines} with half a pair of surrogates (such as \\ud800), read as U+FFFD"));
        }
        if self.unanswered > 0 {
            let unanswered = counted(self.unanswered);
            notes.push(format!("{unanswered} left out: records of cases that were not asked or kept no response"));
        }
        notes
    }
}

/// The object of a line, and whether it holds half a pair of surrogates.
fn parse(bytes: &[u8]) -> Result<(Map<String, Value>, bool), String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8: an invalid byte at position {}", error.valid_up_to() + 1))?;
    let parsed = serde_json::from_str(text);
    let mended = if parsed.is_err() { whole_characters(text) } else { None };
    let has_halves = mended.is_some();
    match mended.map_or(parsed, |mended| serde_json::from_str(&mended)) {
        Ok(Value::Object(object)) => Ok((object, has_halves)),
        Ok(_) => Err("a JSON object is needed".into()),
        Err(error) if error.is_eof() && !bytes.ends_with(b"\n") => {
            Err("the file ends within this line: it was cut short. Delete the line, or record it again".into())
        }
        Err(error) => {
            // serde_json counts lines within the text that it was given, which is one line.
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or(&why);
            Err(format!("invalid JSON at column {}: {why}", error.column()))
        }
    }
}

fn unknown((task, case): &(String, String), known: &Known, tasks: &HashSet<&str>) -> String {
    if !tasks.contains(task.as_str()) {
        return format!("the suite has no task {task:?}{}", nearest(task, tasks.iter().copied()));
    }
    let cases = known.keys().filter(|(of, _)| of == task).map(|(_, case)| case.as_str());
    format!("task {task:?} has no case {case:?}{}", nearest(case, cases))
}

/// The closest name there is; among equally close ones the first in order, so that the message does not vary.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let closest = names.min_by_key(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate));
    closest.map_or_else(String::new, |closest| format!("; the nearest is {closest:?}"))
}

fn counted(lines: usize) -> String {
    format!("{} {}", thousands(lines), if lines == 1 { "line" } else { "lines" })
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(String::from_utf8_lossy);
    let head = (first > 0).then(|| digits[..first].into());
    head.into_iter().chain(groups).collect::<Vec<std::borrow::Cow<'_, str>>>().join(",")
}
