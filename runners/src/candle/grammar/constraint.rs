//! What holds one answer to its shape, token by token.

use crate::candle::tokenizer::Token;
use llguidance::{
    Matcher,
    toktrie::{SimpleVob, TokTrie},
};
use std::sync::Arc;

const OPEN: &[u8] = b"<think>";
const CLOSE: &[u8] = b"</think>";

/// Whether a token opens or closes a model's thinking.
pub(super) fn marks_thinking(token: &[u8]) -> bool {
    token == OPEN || token == CLOSE
}

/// How a model thinks before it answers.
pub struct Thinking {
    /// The token that opens it.
    open: Option<u32>,
    /// Anything but an end.
    allowed: SimpleVob,
    tokens: Vec<Vec<u8>>,
}

impl Thinking {
    pub(super) fn of(tokens: &[Token], trie: &TokTrie) -> Self {
        let texts: Vec<Vec<u8>> = tokens
            .iter()
            .map(|token| match token {
                Token::Text(bytes) => bytes.clone(),
                Token::Special(text) => text.clone().into_bytes(),
            })
            .collect();
        let mut allowed = trie.alloc_token_set();
        allowed.set_all(true);
        trie.eos_tokens().iter().for_each(|end| allowed.disallow_token(*end));
        let open = texts.iter().position(|text| text == OPEN).map(|id| id as u32);
        Self { open, allowed, tokens: texts }
    }
}

/// Where an answer stands.
enum Phase {
    /// Nothing is said yet: the model may begin to think.
    Start,
    /// The last bytes of the thoughts, in which their end is looked for.
    Thinking(Vec<u8>),
    /// The grammar decides.
    Answer,
}

/// Holds one answer to its shape.
pub struct Constraint {
    matcher: Matcher,
    thinking: Arc<Thinking>,
    phase: Phase,
}

impl Constraint {
    pub(super) fn new(matcher: Matcher, thinking: Arc<Thinking>, thinking_opened: bool) -> Self {
        let phase = if thinking_opened { Phase::Thinking(Vec::new()) } else { Phase::Start };
        Self { matcher, thinking, phase }
    }

    /// The tokens that may come next; an end is among them where the answer may end.
    pub fn allowed(&mut self) -> Result<SimpleVob, String> {
        match (&self.phase, self.thinking.open) {
            (Phase::Thinking(_), _) => Ok(self.thinking.allowed.clone()),
            (Phase::Start, Some(open)) => {
                let mut allowed = self.matcher.compute_mask().map_err(failed)?;
                allowed.allow_token(open);
                Ok(allowed)
            }
            _ => self.matcher.compute_mask().map_err(failed),
        }
    }

    /// Takes the chosen token, which is no end. Whether the answer is complete: nothing may follow.
    pub fn take(&mut self, id: u32) -> Result<bool, String> {
        match &mut self.phase {
            Phase::Start if self.thinking.open == Some(id) => self.phase = Phase::Thinking(Vec::new()),
            Phase::Thinking(last) => {
                last.extend(self.thinking.tokens.get(id as usize).map_or(&[][..], Vec::as_slice));
                if let Some(at) = last.windows(CLOSE.len()).position(|bytes| bytes == CLOSE) {
                    if !last[at + CLOSE.len()..].trim_ascii().is_empty() {
                        return Err("one token ends the model's thinking and begins its answer".into());
                    }
                    self.phase = Phase::Answer;
                } else {
                    last.drain(..last.len().saturating_sub(CLOSE.len()));
                }
            }
            Phase::Start | Phase::Answer => {
                self.phase = Phase::Answer;
                self.matcher.consume_token(id).map_err(failed)?;
                return Ok(self.matcher.is_stopped());
            }
        }
        Ok(false)
    }
}

fn failed(error: impl std::fmt::Display) -> String {
    let error = error.to_string();
    format!("the answer's grammar cannot be followed further: {}", error.lines().next().unwrap_or_default())
}
