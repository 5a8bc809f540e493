//! A streamed message, put together. Reference: `https://platform.claude.com/docs/en/build-with-claude/streaming`.

use crate::http::Fold;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A message while it comes.
#[derive(Default)]
pub(super) struct Message {
    message: Map<String, Value>,
    blocks: BTreeMap<u64, Block>,
}

#[derive(Default)]
struct Block {
    block: Map<String, Value>,
    /// The arguments of a call, which come as pieces of JSON.
    input: String,
}

impl Message {
    pub(super) fn fold(&mut self, mut event: Value) -> Fold {
        let index = event["index"].as_u64().unwrap_or_default();
        match event["type"].as_str() {
            Some("message_start") => update(&mut self.message, take(&mut event, "message")),
            Some("content_block_start") => {
                let called = event["content_block"]["type"] == "tool_use";
                update(&mut self.blocks.entry(index).or_default().block, take(&mut event, "content_block"));
                // The name of the function is there already.
                return if called { Fold::Output } else { Fold::Quiet };
            }
            Some("content_block_delta") => return self.blocks.entry(index).or_default().fold(&event["delta"]),
            Some("message_delta") => {
                update(&mut self.message, take(&mut event, "delta"));
                // The counts are totals so far: the later one is right.
                let usage = self.message.entry("usage").or_insert_with(|| Map::new().into());
                if let Value::Object(usage) = usage {
                    update(usage, take(&mut event, "usage"));
                }
            }
            Some("message_stop") => return Fold::Done,
            _ => {}
        }
        Fold::Quiet
    }

    /// As it would have come in one piece.
    pub(super) fn finish(mut self) -> Value {
        let blocks = self.blocks.into_values().map(Block::finish).collect();
        self.message.insert("content".into(), blocks);
        self.message.into()
    }
}

impl Block {
    fn fold(&mut self, delta: &Value) -> Fold {
        let piece = |key: &str| delta[key].as_str().filter(|piece| !piece.is_empty());
        if let Some(piece) = piece("partial_json") {
            self.input.push_str(piece);
            return Fold::Output;
        }
        for key in ["text", "thinking"] {
            let Some(piece) = piece(key) else { continue };
            match self.block.get_mut(key) {
                Some(Value::String(text)) => text.push_str(piece),
                _ => drop(self.block.insert(key.into(), piece.into())),
            }
            return Fold::Output;
        }
        Fold::Quiet
    }

    fn finish(mut self) -> Value {
        if !self.input.is_empty() {
            let input = serde_json::from_str(&self.input).unwrap_or_else(|_| Value::String(self.input));
            self.block.insert("input".into(), input);
        }
        self.block.into()
    }
}

fn take(from: &mut Value, key: &str) -> Value {
    from.get_mut(key).map(Value::take).unwrap_or_default()
}

/// What is told later replaces what was told before; `null` tells nothing.
fn update(into: &mut Map<String, Value>, from: Value) {
    if let Value::Object(from) = from {
        into.extend(from.into_iter().filter(|(_, value)| !value.is_null()));
    }
}
