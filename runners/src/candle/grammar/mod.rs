//! Answers that are held to a shape: which tokens may come next is told by a grammar.

mod calls;
mod constraint;
mod digits;
mod formats;
mod limits;
mod patterns;
mod schema;
mod shape;

pub use calls::CallForm;
pub use constraint::Constraint;
pub use shape::Shape;

use super::tokenizer::{Token, Tokenizer};
use constraint::Known;
use llguidance::{
    Matcher, ParserFactory,
    api::TopLevelGrammar,
    earley::SlicedBiasComputer,
    toktrie::{ApproximateTokEnv, InferenceCapabilities, TokEnv, TokRxInfo, TokTrie},
};
use std::sync::{Arc, Mutex, PoisonError};

/// How many compiled grammars are kept: one per task is usual, more where cases bring their own tools.
const KEPT: usize = 32;

/// Ways to go on that are followed at once: an object of a large schema may have thousands of optional members.
const MOST_WAYS: usize = 50_000;

/// The grammars of one model.
pub struct Grammars {
    factory: ParserFactory,
    tokens: Vec<Token>,
    calls: Result<CallForm, String>,
    known: Arc<Known>,
    /// By the digest of the shape, the latest last.
    compiled: Mutex<Vec<([u8; 32], Matcher)>>,
}

impl Grammars {
    /// For a model's tokens; `calls` is how it writes tool calls, or why no grammar can hold it to that.
    pub fn new(tokenizer: &Tokenizer, calls: Result<CallForm, String>) -> Result<Self, String> {
        let (tokens, ends) = (tokenizer.tokens(), tokenizer.ends());
        let [end, ..] = ends else { return Err("its tokenizer names no token that ends an answer".into()) };
        let trie = TokTrie::from(&TokRxInfo::new(tokens.len() as u32, *end), &words(&tokens)).with_eos_tokens(ends);
        let known = Arc::new(Known::of(&tokens, &trie));
        let environment: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
        let slices = SlicedBiasComputer::general_slices();
        let mut factory = ParserFactory::new(&environment, InferenceCapabilities::default(), &slices)
            .map_err(|e| format!("its tokens cannot be put in order: {e}"))?;
        factory.quiet();
        let limits = factory.limits_mut();
        limits.verbose_errors = false;
        limits.max_items_in_row = MOST_WAYS;
        limits.step_max_items = MOST_WAYS * 10;
        Ok(Self { factory, tokens, calls, known, compiled: Mutex::default() })
    }

    /// What holds one answer to its shape. Where the prompt opened the model's thinking, the shape begins after it.
    pub fn begin(&self, shape: &Shape, thinking_opened: bool) -> Result<Constraint, String> {
        let digest = shape.digest();
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let matcher = match compiled.iter().position(|(known, _)| *known == digest) {
            Some(at) => compiled.remove(at).1,
            None => self.compile(shape)?,
        };
        if compiled.len() >= KEPT {
            compiled.remove(0);
        }
        compiled.push((digest, matcher.clone()));
        Ok(Constraint::new(matcher, self.known.clone(), shape, thinking_opened))
    }

    fn compile(&self, shape: &Shape) -> Result<Matcher, String> {
        let grammars = match shape {
            Shape::Json(schema) => shape::json(schema)?,
            Shape::Label(labels) => shape::label(labels),
            Shape::Calls(tools) => self.calls.as_ref().map_err(String::clone)?.grammars(tools, &self.tokens)?,
        };
        let matcher = Matcher::new(self.factory.create_parser(TopLevelGrammar { grammars, max_tokens: None }));
        match matcher.get_error() {
            None => Ok(matcher),
            Some(error) => Err(format!("{} {}", shape.what(), schema::reworded(&error))),
        }
    }
}

/// The tokens as the trie takes them: special ones behind a byte that no text holds.
fn words(tokens: &[Token]) -> Vec<Vec<u8>> {
    let special = |text: &[u8]| [&[TokTrie::SPECIAL_TOKEN_MARKER], text].concat();
    let word = |token: &Token| match token {
        // In an answer they would be read as thinking.
        Token::Text(bytes) if constraint::marks_thinking(bytes) => special(bytes),
        Token::Text(bytes) => bytes.clone(),
        Token::Special(text) => special(text.as_bytes()),
    };
    tokens.iter().map(word).collect()
}

#[cfg(test)]
mod tests;
