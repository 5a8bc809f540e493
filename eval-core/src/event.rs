use crate::{Record, Tally};

/// What the engine tells its sinks.
#[derive(Debug)]
pub enum Event<'a> {
    /// A model's run begins: how many records each task will have.
    Planned {
        /// The model's name.
        model: &'a str,
        /// Task name and number of records, in suite order.
        tasks: &'a [(String, usize)],
    },
    /// What an earlier, interrupted command recorded of a task.
    Resumed {
        /// The model's name.
        model: &'a str,
        /// The task's name.
        task: &'a str,
        /// Its records of this model.
        tally: Tally,
    },
    /// A new record.
    Finished(&'a Record),
    /// Something that a person should know of how a model is run.
    Noted {
        /// The model's name.
        model: &'a str,
        /// A sentence.
        note: &'a str,
    },
    /// No further case is asked; those in flight are waited for.
    Stopping {
        /// How many are in flight.
        in_flight: usize,
    },
    /// The model's run is over.
    Ended {
        /// The model's name.
        model: &'a str,
    },
}

/// Receives events: the log writer, progress, counters. Nothing calls back.
pub trait Sink {
    /// Takes one event; an error ends the run.
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError>;
}

/// Why a sink cannot go on (a full disk, say).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// For a person: what failed, where, what to do.
    pub message: String,
}
