use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

/// What went wrong while a run went on: a cache that fails costs money, but no run.
#[derive(Debug, Default)]
pub(super) struct Problems(Mutex<Tally>);

#[derive(Debug, Default)]
struct Tally {
    unwritten: Count,
    unread: Count,
}

/// How often, and why the first time.
#[derive(Debug, Default)]
struct Count {
    times: usize,
    cause: String,
}

impl Count {
    fn add(&mut self, times: usize, cause: &dyn std::fmt::Display) {
        if self.times == 0 {
            self.cause = cause.to_string();
        }
        self.times += times;
    }
}

impl Problems {
    pub(super) fn unwritten(&self, answers: usize, cause: &dyn std::fmt::Display) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unwritten.add(answers, cause);
    }

    pub(super) fn unread(&self, cause: &dyn std::fmt::Display) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unread.add(1, cause);
    }

    /// As sentences, each said once.
    pub(super) fn take(&self, path: &Path) -> Vec<String> {
        let tally = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let path = path.display();
        let unread = (tally.unread.times > 0).then(|| {
            let Count { times, cause } = tally.unread;
            format!("{} of the response cache {path} could not be read and was asked for anew: {cause}", answers(times))
        });
        let unwritten = (tally.unwritten.times > 0).then(|| {
            let Count { times, cause } = tally.unwritten;
            format!(
                "{} could not be kept in the response cache {path} and will have to be bought again: {cause}",
                answers(times)
            )
        });
        unread.into_iter().chain(unwritten).collect()
    }
}

fn answers(times: usize) -> String {
    if times == 1 { "1 answer".into() } else { format!("{times} answers") }
}
