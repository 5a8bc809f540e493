//! A worker: answers several prompts at once on a thread of its own.

use super::{
    encode::Encoded,
    generate::{Answer, Model},
};
use eval_core::{Prompt, Response, RunnerError, RunnerErrorKind};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, TryLockError},
};
use tokio::sync::{mpsc, oneshot};

/// A prompt and where its answer goes.
pub struct Request {
    /// What is asked.
    pub prompt: Prompt,
    /// Who waits.
    pub answer: oneshot::Sender<Result<Response, RunnerError>>,
}

/// The queue that all workers of a model take from.
pub type Queue = Arc<Mutex<mpsc::Receiver<Request>>>;

/// What a worker may take on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Answers in the making at once.
    pub batch: usize,
    /// Bytes of their caches together; a single answer may need more.
    pub cache_bytes: usize,
}

struct Active {
    answer: Answer,
    bytes: usize,
    waiting: oneshot::Sender<Result<Response, RunnerError>>,
}

struct Next {
    request: Request,
    encoded: Encoded,
    bytes: usize,
}

/// Answers until the queue is closed and empty.
pub fn work(model: &Model, queue: &Queue, limits: Limits) {
    let mut active: Vec<Active> = Vec::new();
    let mut next: Option<Next> = None;
    loop {
        admit(model, queue, limits, &mut active, &mut next);
        if active.is_empty() {
            break;
        }
        active.retain(|one| !one.waiting.is_closed());
        advance(model, &mut active);
        for at in (0..active.len()).rev() {
            if active[at].answer.is_finished() {
                let done = active.swap_remove(at);
                let _ = done.waiting.send(guarded(|| model.finish(done.answer)));
            }
        }
    }
}

/// Takes on what fits. Waits for a prompt only where there is nothing else to do; the queue is closed where nothing is
/// active afterwards.
fn admit(model: &Model, queue: &Queue, limits: Limits, active: &mut Vec<Active>, next: &mut Option<Next>) {
    while active.len() < limits.batch {
        if next.is_none() {
            let Some(request) = take(queue, active.is_empty()) else { return };
            match guarded(|| model.encode(&request.prompt)) {
                Ok(encoded) => *next = Some(Next { bytes: model.bytes(&request.prompt, &encoded), encoded, request }),
                Err(error) => drop(request.answer.send(Err(error))),
            }
        }
        let used: usize = active.iter().map(|one| one.bytes).sum();
        let fits = |next: &mut Next| active.is_empty() || used + next.bytes <= limits.cache_bytes;
        let Some(Next { request, encoded, bytes }) = next.take_if(fits) else {
            if next.is_some() {
                return;
            }
            continue;
        };
        match guarded(|| model.begin(request.prompt, encoded)) {
            Ok(answer) if answer.is_finished() => drop(request.answer.send(guarded(|| model.finish(answer)))),
            Ok(answer) => active.push(Active { answer, bytes, waiting: request.answer }),
            Err(error) => drop(request.answer.send(Err(error))),
        }
    }
}

fn take(queue: &Queue, wait: bool) -> Option<Request> {
    if wait {
        return queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
    }
    match queue.try_lock() {
        Ok(mut queue) => queue.try_recv().ok(),
        Err(TryLockError::Poisoned(queue)) => queue.into_inner().try_recv().ok(),
        // An idle worker waits at the queue: whatever comes is its own.
        Err(TryLockError::WouldBlock) => None,
    }
}

fn advance(model: &Model, active: &mut Vec<Active>) {
    if active.is_empty() {
        return;
    }
    let mut answers: Vec<&mut Answer> = active.iter_mut().map(|one| &mut one.answer).collect();
    if let Err(error) = guarded(|| model.advance(&mut answers)) {
        for one in active.drain(..) {
            let _ = one.waiting.send(Err(error.clone()));
        }
    }
}

/// A defect in the engine costs the cases at hand an error, not the run.
fn guarded<T>(work: impl FnOnce() -> Result<T, RunnerError>) -> Result<T, RunnerError> {
    let panicked = || RunnerError::new(RunnerErrorKind::Engine, "the engine panicked on this prompt");
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}
