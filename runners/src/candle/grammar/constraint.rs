//! What holds one answer to its shape, token by token.

use super::{
    Shape,
    digits::{Digits, Exponents},
};
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

/// What of a model's tokens the constraints of all its answers ask for.
pub struct Known {
    /// The token that opens its thinking.
    open: Option<u32>,
    /// While it thinks: anything but an end.
    thinking: SimpleVob,
    tokens: Vec<Vec<u8>>,
    exponents: Arc<Exponents>,
}

impl Known {
    pub(super) fn of(tokens: &[Token], trie: &TokTrie) -> Self {
        let texts: Vec<Vec<u8>> = tokens
            .iter()
            .map(|token| match token {
                Token::Text(bytes) => bytes.clone(),
                Token::Special(text) => text.clone().into_bytes(),
            })
            .collect();
        let mut thinking = trie.alloc_token_set();
        let exponents = Arc::new(Exponents::of(&texts, &thinking));
        thinking.set_all(true);
        trie.eos_tokens().iter().for_each(|end| thinking.disallow_token(*end));
        let open = texts.iter().position(|text| text == OPEN).map(|id| id as u32);
        Self { open, thinking, tokens: texts, exponents }
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
    known: Arc<Known>,
    phase: Phase,
    /// For an answer with JSON.
    digits: Option<Digits>,
}

impl Constraint {
    pub(super) fn new(matcher: Matcher, known: Arc<Known>, shape: &Shape, thinking_opened: bool) -> Self {
        let phase = if thinking_opened { Phase::Thinking(Vec::new()) } else { Phase::Start };
        let digits = match shape {
            Shape::Json(_) => Some(true),
            Shape::Calls(_) => Some(false),
            Shape::Label(_) => None,
        };
        let digits = digits.map(|begun| Digits::new(known.exponents.clone(), begun));
        Self { matcher, known, phase, digits }
    }

    /// The tokens that may come next; an end is among them where the answer may end.
    pub fn allowed(&mut self) -> Result<SimpleVob, String> {
        if let Phase::Thinking(_) = self.phase {
            return Ok(self.known.thinking.clone());
        }
        let mut allowed = self.matcher.compute_mask().map_err(failed)?;
        if let Some(digits) = &self.digits {
            digits.limit(&mut allowed);
        }
        if let (Phase::Start, Some(open)) = (&self.phase, self.known.open) {
            allowed.allow_token(open);
        }
        Ok(allowed)
    }

    /// The text that has to come next, as far as there is one way to go on.
    pub fn forced(&mut self) -> Vec<u8> {
        match self.phase {
            Phase::Answer => self.matcher.compute_ff_bytes(),
            Phase::Start | Phase::Thinking(_) => Vec::new(),
        }
    }

    /// Takes the chosen token, which is no end. Whether the answer is complete: nothing may follow.
    pub fn take(&mut self, id: u32) -> Result<bool, String> {
        let bytes = self.known.tokens.get(id as usize).map_or(&[][..], Vec::as_slice);
        match &mut self.phase {
            Phase::Start if self.known.open == Some(id) => self.phase = Phase::Thinking(Vec::new()),
            Phase::Thinking(last) => {
                last.extend(bytes);
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
                if let Some(digits) = &mut self.digits {
                    digits.take(bytes);
                }
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
