//! One module per runner: what turns a prompt into a response.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod anthropic;
pub mod api;
pub mod bedrock;
pub mod cache;
pub mod candle;
pub mod catalogue;
pub mod chat;
pub mod gemini;
pub mod http;
pub mod layers;
pub mod openai;
pub mod prices;
pub mod replay;
mod surrogates;
