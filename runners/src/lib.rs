//! One module per runner: what turns a prompt into a response.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod api;
pub mod cache;
pub mod candle;
pub mod catalogue;
pub mod chat;
pub mod http;
pub mod replay;
