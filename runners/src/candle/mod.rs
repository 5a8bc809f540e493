//! Models that run in this process, on candle.

mod adapter;
mod attention;
mod block;
mod cache;
mod checkpoint;
mod config;
mod decoder;
mod device;
mod encode;
mod error;
#[cfg(test)]
mod faults;
mod feed_forward;
mod folder;
mod generate;
mod gguf;
mod grammar;
mod inspect;
mod labels;
mod memory;
mod mixture;
mod norm;
mod prefix;
mod rope;
mod runner;
mod sampling;
mod tokenizer;
mod turn;
mod weights;
mod worker;
mod yarn;

pub use adapter::{Adapted, Adapter};
pub use cache::KvCache;
pub use checkpoint::{Checkpoint, Weights, open};
pub use config::Config;
pub use decoder::{Decoder, Feed};
pub use error::LoadError;
pub use folder::Folder;
pub use gguf::{ARCHITECTURES, GgufFile};
pub use grammar::Shape;
pub use inspect::inspect;
pub use memory::MemorySize;
pub use runner::{CandleRunner, CandleSettings};
pub use sampling::Sampling;
pub use tokenizer::{Guard, Token, Tokenizer, Vocabulary};
pub use weights::Representation;
