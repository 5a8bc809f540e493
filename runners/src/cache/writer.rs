//! The one thread of a process that writes: answers come in as they are bought and are committed many at a time.

use super::problems::Problems;
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The most answers of a batch.
const BATCH: usize = 256;

/// How long the first answer of a batch waits for others.
const WAIT: Duration = Duration::from_millis(100);

/// The most answers that wait for a slow disk.
const QUEUE: usize = 1024;

/// An answer that was already there was bought by another process at the same time, or could not be read.
const KEEP: &str = "INSERT OR REPLACE INTO answers (key, created, task, case_id, parts, response, cost_usd) \
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// An answer on its way into the file.
pub(super) struct Row {
    pub(super) key: [u8; 32],
    pub(super) created: String,
    pub(super) task: String,
    pub(super) case: String,
    pub(super) parts: String,
    pub(super) response: String,
    pub(super) cost_usd: Option<f64>,
}

enum Job {
    Keep(Box<Row>),
    /// Answered when everything before it is in the file.
    Flush(SyncSender<()>),
}

pub(super) struct Writer {
    /// `None` when it is being ended.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    problems: Arc<Problems>,
}

impl Writer {
    pub(super) fn start(connection: Connection, problems: Arc<Problems>) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let told = problems.clone();
        let thread = thread::Builder::new().name("cache".into()).spawn(move || work(connection, &jobs, &told))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), problems })
    }

    pub(super) fn keep(&self, row: Row) {
        if !self.send(Job::Keep(Box::new(row))) {
            self.problems.unwritten(1, &"its writer has ended");
        }
    }

    pub(super) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.send(Job::Flush(done)) {
            // An error is the writer's end, after which nothing is to be waited for.
            let _ = wait.recv();
        }
    }

    fn send(&self, job: Job) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.send(job).is_ok())
    }
}

impl Drop for Writer {
    /// Waits until everything is in the file.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, jobs: &Receiver<Job>, problems: &Problems) {
    let mut rows: Vec<Row> = Vec::new();
    while let Ok(first) = jobs.recv() {
        let until = Instant::now() + WAIT;
        let mut next = Some(first);
        let mut flushed = None;
        while let Some(job) = next.take() {
            match job {
                Job::Keep(row) => rows.push(*row),
                Job::Flush(done) => {
                    flushed = Some(done);
                    break;
                }
            }
            if rows.len() < BATCH {
                next = jobs.recv_timeout(until.saturating_duration_since(Instant::now())).ok();
            }
        }
        if let Err(error) = commit(&mut connection, &rows) {
            problems.unwritten(rows.len(), &error);
        }
        rows.clear();
        if let Some(done) = flushed {
            let _ = done.send(());
        }
    }
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
