//! The one thread of a process that writes: answers come in as they are bought and are committed many at a time.

use super::problems::Problems;
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

/// So many answers are committed at once, without further waiting.
const BATCH: usize = 512;

/// How long the first answer of a batch waits for others. A commit rewrites every page that it touches, and keys are
/// spread over all of them: few large batches cost a third of many small ones.
const WAIT: Duration = Duration::from_millis(500);

/// The most answers that wait for a slow disk.
const QUEUE: usize = 4096;

/// An answer that was already there was bought by another process at the same time, or could not be read.
const KEEP: &str = "INSERT OR REPLACE INTO answers (key, created, task, case_id, parts, response, cost_usd) \
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// An answer on its way into the file.
pub(super) struct Row {
    pub(super) key: [u8; 16],
    pub(super) created: String,
    pub(super) task: String,
    pub(super) case: String,
    pub(super) parts: String,
    pub(super) response: String,
    pub(super) cost_usd: Option<f64>,
}

/// What waits to be written.
#[derive(Default)]
struct Waiting {
    rows: Vec<Row>,
    /// A batch is on its way into the file.
    writing: bool,
    /// Somebody waits for what is there.
    hurry: bool,
    /// No more will come.
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    written: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, problems: Arc<Problems>) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let theirs = queue.clone();
        let thread = thread::Builder::new().name("cache".into()).spawn(move || work(connection, &theirs, &problems))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    pub(super) fn keep(&self, row: Row) {
        let full = |waiting: &mut Waiting| waiting.rows.len() >= QUEUE;
        let waiting = self.queue.lock();
        let mut waiting = self.queue.written.wait_while(waiting, full).unwrap_or_else(PoisonError::into_inner);
        waiting.rows.push(row);
        // In between the writer sleeps: waking it for every answer would cost as much as writing.
        if waiting.rows.len() == 1 || waiting.rows.len() == BATCH {
            self.queue.filled.notify_one();
        }
    }

    pub(super) fn flush(&self) {
        let mut waiting = self.queue.lock();
        waiting.hurry = true;
        self.queue.filled.notify_one();
        let open = |waiting: &mut Waiting| waiting.writing || !waiting.rows.is_empty();
        drop(self.queue.written.wait_while(waiting, open));
    }
}

impl Drop for Writer {
    /// Waits until everything is in the file.
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, queue: &Queue, problems: &Problems) {
    while let Some(mut rows) = next_batch(queue) {
        // Neighbours of the index one after the other.
        rows.sort_unstable_by_key(|row| row.key);
        if let Err(error) = commit(&mut connection, &rows) {
            problems.unwritten(rows.len(), &error);
        }
        queue.lock().writing = false;
        queue.written.notify_all();
    }
}

/// `None` when no more will come.
fn next_batch(queue: &Queue) -> Option<Vec<Row>> {
    let idle = |waiting: &mut Waiting| waiting.rows.is_empty() && !waiting.closed;
    let waiting = queue.filled.wait_while(queue.lock(), idle).unwrap_or_else(PoisonError::into_inner);
    let small = |waiting: &mut Waiting| waiting.rows.len() < BATCH && !waiting.hurry && !waiting.closed;
    let filled = queue.filled.wait_timeout_while(waiting, WAIT, small);
    let (mut waiting, _) = filled.unwrap_or_else(PoisonError::into_inner);
    waiting.hurry = false;
    if waiting.rows.is_empty() {
        return None;
    }
    waiting.writing = true;
    Some(std::mem::take(&mut waiting.rows))
}

fn commit(connection: &mut Connection, rows: &[Row]) -> rusqlite::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // A transaction that begins as a reader may find, when it comes to write, that another process was faster.
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut keep = batch.prepare_cached(KEEP)?;
        for row in rows {
            let Row { key, created, task, case, parts, response, cost_usd } = row;
            keep.execute(params![key, created, task, case, parts, response, cost_usd])?;
        }
    }
    batch.commit()
}
