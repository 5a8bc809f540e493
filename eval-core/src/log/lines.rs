//! Reading a log on every core: blocks of lines are parsed side by side and handed over in their order.

use super::{
    Log, LogError, Place,
    blocks::{Block, Blocks, MAX_LINE},
};
use serde::de::DeserializeOwned;
use std::{
    collections::VecDeque,
    fs::File,
    io::BufRead,
    num::NonZero,
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

/// More threads do not help: the lines are taken one by one.
const MOST_THREADS: usize = 8;

/// Blocks that a thread has before it or done, at most: so the memory stays bounded, however large the log.
const AHEAD: usize = 2;

/// What became of a block.
struct Parsed<T> {
    block: Block,
    /// By line, counted from 0 in the block, and offset in it.
    found: Vec<(T, usize, usize)>,
    lines: usize,
    end: End,
}

/// What stands behind the last line that was taken from a block.
enum End {
    /// Nothing.
    Whole,
    /// A line without its end, at this offset.
    Torn(usize),
    /// A line that is none of the log's: why.
    Bad(String),
}

/// The line that begins there, with its end; `None` behind the last one.
fn line_at(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = &bytes[offset..];
    // It searches many bytes at a time.
    let length = { rest }.skip_until(b'\n').unwrap_or(rest.len());
    (length > 0).then(|| &rest[..length])
}

/// Parses the lines of a block; the first bad one ends it.
fn parse<L: DeserializeOwned, T>(block: Block, make: &impl Fn(L) -> T) -> Parsed<T> {
    let (mut found, mut lines, mut offset) = (Vec::new(), 0, 0);
    let mut end = End::Whole;
    while let Some(line) = line_at(&block.bytes, offset) {
        let whole = line.ends_with(b"\n");
        if line.len() > MAX_LINE {
            end = End::Bad("the line is too long".into());
        } else if line.trim_ascii().is_empty() {
            // Blank lines are passed over.
        } else if !whole {
            // Without its line end even a record that parses may lack digits of its last number.
            end = End::Torn(offset);
        } else {
            // Checked as a whole, so that no text in it must be, those that are passed over included.
            let text = std::str::from_utf8(line).map_err(|error| error.to_string());
            match text.and_then(|text| serde_json::from_str(text).map_err(|error| error.to_string())) {
                Ok(value) => found.push((make(value), lines, offset)),
                Err(message) => end = End::Bad(message),
            }
        }
        if !matches!(end, End::Whole) {
            break;
        }
        lines += usize::from(whole);
        offset += line.len();
    }
    Parsed { block, found, lines, end }
}

/// Takes what was parsed, block by block, and hands it over.
struct Taker<F> {
    log: Log,
    /// Lines of the blocks before.
    lines: usize,
    each: F,
}

impl<F> Taker<F> {
    /// The oldest block that is out.
    fn take_from<T, E: From<LogError>>(
        &mut self,
        out: &mut VecDeque<&Receiver<Parsed<T>>>,
        path: &Path,
    ) -> Result<Vec<u8>, E>
    where
        F: FnMut(T, Place) -> Result<(), E>,
    {
        // Nothing comes from a thread that panicked, and then all of this does.
        match out.pop_front().and_then(|thread| thread.recv().ok()) {
            Some(parsed) => self.take(parsed, path),
            None => Ok(Vec::new()),
        }
    }

    /// Hands its lines over; gives its buffer back.
    fn take<T, E: From<LogError>>(&mut self, parsed: Parsed<T>, path: &Path) -> Result<Vec<u8>, E>
    where
        F: FnMut(T, Place) -> Result<(), E>,
    {
        let Block { bytes, offset } = parsed.block;
        for (value, line, at) in parsed.found {
            (self.each)(value, Place { line: self.lines + line + 1, offset: offset + at as u64 })?;
            self.log.records += 1;
        }
        self.lines += parsed.lines;
        self.log.whole_bytes = offset + bytes.len() as u64;
        match parsed.end {
            End::Whole => {}
            End::Torn(at) => {
                self.log.torn_line = Some(self.lines + 1);
                self.log.whole_bytes = offset + at as u64;
            }
            End::Bad(message) => return Err(super::bad_line(path, self.lines + 1, message).into()),
        }
        Ok(bytes)
    }
}

/// Reads the lines of a log, each as an `L` of which `make` makes what is handed over.
pub(super) fn read<L: DeserializeOwned, T: Send, E: From<LogError>>(
    path: &Path,
    make: impl Fn(L) -> T + Sync,
    each: impl FnMut(T, Place) -> Result<(), E>,
) -> Result<Log, E> {
    let io = |cause| LogError::Io { path: path.into(), cause };
    let mut blocks = Blocks::new(File::open(path).map_err(io)?);
    let mut taker = Taker { log: Log::default(), lines: 0, each };
    let (Some(first), second) = (blocks.next(Vec::new()).map_err(io)?, blocks.next(Vec::new()).map_err(io)?) else {
        return Ok(taker.log);
    };
    let Some(second) = second else {
        // Too short to share.
        taker.take(parse(first, &make), path)?;
        return Ok(taker.log);
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        let make = &make;
        let workers: Vec<Worker<T>> = (0..threads)
            .map(|_| {
                let ((to, blocks), (done, from)) = (channel(), channel());
                // It ends when nobody sends, or nobody takes any more.
                scope.spawn(move || blocks.into_iter().try_for_each(|block| done.send(parse(block, make))));
                Worker { to, from }
            })
            .collect();
        let mut waiting = VecDeque::from([first, second]);
        let mut out: VecDeque<&Receiver<Parsed<T>>> = VecDeque::new();
        let mut free = Vec::new();
        for worker in workers.iter().cycle() {
            if out.len() == threads * AHEAD {
                free = taker.take_from(&mut out, path)?;
            }
            let block = match waiting.pop_front() {
                Some(block) => block,
                None => match blocks.next(std::mem::take(&mut free)).map_err(io)? {
                    Some(block) => block,
                    None => break,
                },
            };
            if worker.to.send(block).is_err() {
                break;
            }
            out.push_back(&worker.from);
        }
        while !out.is_empty() {
            taker.take_from(&mut out, path)?;
        }
        Ok(taker.log)
    })
}

/// A thread that parses: what it gets, and what it gives back in the same order.
struct Worker<T> {
    to: Sender<Block>,
    from: Receiver<Parsed<T>>,
}
