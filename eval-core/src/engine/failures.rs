use super::Answered;
use crate::{Record, RunnerError};

/// So many failed calls in a row, with no answer between them, are the model's failure and not the cases'.
pub(super) const FAILURES_IN_A_ROW: usize = 10;

/// Failed calls that may be the model's fault: held back until an answer shows that the model is there.
#[derive(Default)]
pub(super) struct Failures {
    pub(super) held: Vec<Record>,
    pub(super) fatal: Option<RunnerError>,
}

impl Failures {
    /// The records that are certain now.
    pub(super) fn sift(&mut self, answered: Answered) -> Vec<Record> {
        match answered.error {
            Some(error) if error.kind.ends_run() => {
                self.fatal = Some(error);
                Vec::new()
            }
            Some(error) if !error.kind.is_of_case() => {
                self.held.push(answered.record);
                if self.held.len() >= FAILURES_IN_A_ROW {
                    let message = format!("{} calls failed in a row, the last one so: {error}", self.held.len());
                    self.fatal = Some(RunnerError { message, ..error });
                }
                Vec::new()
            }
            Some(_) => vec![answered.record],
            None => {
                let mut certain = std::mem::take(&mut self.held);
                certain.push(answered.record);
                certain
            }
        }
    }
}
