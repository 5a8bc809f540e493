use super::{Failure, Transport};
use eval_core::RunnerErrorKind as Kind;
use eventsource_stream::Eventsource;
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
    /// The end of the answer.
    Done,
}

/// Reads a stream of server-sent events, each one JSON, and tells when the first output came. A stream that ends before
/// [`Fold::Done`] was cut.
pub async fn read_events(
    transport: &Transport,
    response: Response,
    mut fold: impl FnMut(Value) -> Result<Fold, Failure>,
) -> Result<Option<Instant>, Failure> {
    let broke = |what: &str| transport.failure(Kind::Disconnected, &format!("broke the stream: {what}"));
    let mut first = None;
    let mut events = response.bytes_stream().eventsource();
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| match error {
            eventsource_stream::EventStreamError::Transport(error) => transport.broken(&error),
            other => broke(&other.to_string()),
        })?;
        let value = transport.json(&event.data.into_bytes().into())?;
        match fold(value)? {
            Fold::Quiet => {}
            Fold::Output => drop(first.get_or_insert_with(Instant::now)),
            Fold::Done => return Ok(first),
        }
    }
    Err(broke("it ended before the answer was whole"))
}
