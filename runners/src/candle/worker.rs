//! A worker: answers several prompts at once on a thread of its own.

use super::{
    encode::Encoded,
    generate::{Answer, Model},
};
use eval_core::{Prompt, Response, RunnerError, RunnerErrorKind};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, TryLockError},
};
use tokio::sync::{mpsc, oneshot};

/// A prompt and where its answer goes.
pub struct Request {
    /// What is asked.
    pub prompt: Arc<Prompt>,
    /// Who waits.
    pub answer: oneshot::Sender<Result<Response, RunnerError>>,
}

/// The queue that all workers of a model take from.
pub type Queue = Arc<Mutex<mpsc::Receiver<Request>>>;

/// Answers until the queue is closed and empty, `batch` prompts at once at most.
pub fn work(model: &Model, queue: &Queue, batch: usize) {
    Worker { model, queue, batch, active: Vec::new(), next: None, put_back: VecDeque::new() }.run();
}

struct Worker<'a> {
    model: &'a Model,
    queue: &'a Queue,
    batch: usize,
    active: Vec<Active>,
    /// Waits for room.
    next: Option<(Request, Encoded)>,
    /// Begun once, and to be begun anew.
    put_back: VecDeque<Request>,
}

struct Active {
    answer: Answer,
    request: Request,
}

impl Worker<'_> {
    fn run(mut self) {
        loop {
            self.admit();
            if self.active.is_empty() {
                break;
            }
            self.active.retain(|one| !one.request.answer.is_closed());
            self.advance();
            for at in (0..self.active.len()).rev() {
                if self.active[at].answer.is_finished() {
                    let Active { answer, request } = self.active.swap_remove(at);
                    let _ = request.answer.send(guarded(|| self.model.finish(answer)));
                }
            }
        }
    }

    /// Takes on what fits. Waits, for a prompt or for room, only where there is nothing else to do; the queue is closed
    /// where nothing is active afterwards.
    fn admit(&mut self) {
        while self.active.len() < self.batch {
            let idle = self.active.is_empty();
            let Some((request, encoded)) = self.next.take().or_else(|| self.encoded(idle)) else { return };
            match guarded(|| self.model.reserve(&request.prompt, &encoded, idle)) {
                Ok(None) => {
                    self.next = Some((request, encoded));
                    return;
                }
                Ok(Some(room)) => {
                    let begun = guarded(|| self.model.begin(request.prompt.clone(), encoded, room));
                    self.took_on(request, begun);
                }
                Err(error) => drop(request.answer.send(Err(error))),
            }
        }
    }

    fn took_on(&mut self, request: Request, begun: Result<Answer, RunnerError>) {
        match begun {
            Ok(answer) if answer.is_finished() => drop(request.answer.send(guarded(|| self.model.finish(answer)))),
            Ok(answer) => self.active.push(Active { answer, request }),
            Err(error) if is_of_memory(&error) && self.make_do(self.active.len() + 1) => {
                self.put_back.push_front(request);
            }
            Err(error) => drop(request.answer.send(Err(error))),
        }
    }

    /// The next prompt that can be encoded.
    fn encoded(&mut self, wait: bool) -> Option<(Request, Encoded)> {
        loop {
            let request = self.put_back.pop_front().or_else(|| take(self.queue, wait))?;
            match guarded(|| self.model.encode(&request.prompt)) {
                Ok(encoded) => return Some((request, encoded)),
                Err(error) => drop(request.answer.send(Err(error))),
            }
        }
    }

    fn advance(&mut self) {
        if self.active.is_empty() {
            return;
        }
        let mut answers: Vec<&mut Answer> = self.active.iter_mut().map(|one| &mut one.answer).collect();
        let Err(error) = guarded(|| self.model.advance(&mut answers)) else { return };
        if is_of_memory(&error) && self.make_do(self.active.len()) {
            return;
        }
        for one in self.active.drain(..) {
            let _ = one.request.answer.send(Err(error.clone()));
        }
    }

    /// After an allocation failed with so many answers at once: makes do with half of them from now on, and begins the
    /// others anew later, which gives the same bytes. `false`: there was only one.
    fn make_do(&mut self, answers: usize) -> bool {
        self.model.caches.shed();
        if answers < 2 {
            return false;
        }
        self.batch = answers / 2;
        let rest = self.active.drain(self.batch.min(self.active.len())..);
        self.put_back.extend(rest.map(|one| one.request));
        let note = format!(
            "the device ran out of memory with {answers} answers at once; it goes on with {}. A lower --concurrency or \
             `max_memory` saves the time that this took",
            self.batch
        );
        self.model.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        true
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

fn is_of_memory(error: &RunnerError) -> bool {
    error.kind == RunnerErrorKind::OutOfMemory
}

/// A defect in the engine costs the cases at hand an error, not the run.
fn guarded<T>(work: impl FnOnce() -> Result<T, RunnerError>) -> Result<T, RunnerError> {
    let panicked = || RunnerError::new(RunnerErrorKind::Engine, "the engine panicked on this prompt");
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

#[cfg(test)]
mod tests;
