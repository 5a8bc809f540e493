//! The way to servers, the same for every protocol: endpoints, failures, time limits, secrets.

mod endpoints;
mod events;
mod failure;
mod headers;
mod retry_after;
mod secrets;
mod transport;

pub use events::{Fold, read_events};
pub use failure::Failure;
pub use headers::add_secrets;
pub use reqwest::Url;
pub use secrets::Secrets;
pub use transport::{Address, Transport};
