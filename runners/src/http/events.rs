use super::{Failure, Transport};
use eval_core::RunnerErrorKind as Kind;
use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::StreamExt;
use reqwest::Response;
use serde_json::Value;
use std::time::Instant;

/// What an event of a stream brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Nothing that the model generated.
    Quiet,
    /// Something that the model generated: text, thinking, a call.
    Output,
    /// The answer is whole, but more may be told of it: the stream is read to its end, which is no cut then.
    Whole {
        /// Whether the event also brought something that the model generated.
        output: bool,
    },
    /// The end of the answer.
    Done,
}

/// Reads a stream of server-sent events, each one JSON, and tells when the first output came. A stream that ends before
/// [`Fold::Done`] or [`Fold::Whole`] was cut.
pub async fn read_events(
    transport: &Transport,
    response: Response,
    mut fold: impl FnMut(Value) -> Result<Fold, Failure>,
) -> Result<Option<Instant>, Failure> {
    let broke = |what: &str| transport.failure(Kind::Disconnected, &format!("broke the stream: {what}"));
    let (mut first, mut whole) = (None, false);
    let mut events = response.bytes_stream().eventsource();
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(_) if whole => break,
            Err(EventStreamError::Transport(error)) => return Err(transport.broken(&error)),
            Err(other) => return Err(broke(&other.to_string())),
        };
        let value = transport.json(&event.data.into_bytes().into())?;
        match fold(value)? {
            Fold::Quiet => {}
            Fold::Output => drop(first.get_or_insert_with(Instant::now)),
            Fold::Whole { output } => {
                whole = true;
                first = first.or_else(|| output.then(Instant::now));
            }
            Fold::Done => return Ok(first),
        }
    }
    if whole { Ok(first) } else { Err(broke("it ended before the answer was whole")) }
}
