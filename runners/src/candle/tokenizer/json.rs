//! A tokenizer as `tokenizer.json` describes it.

use super::{Special, Tokenizer, named_end};
use serde_json::Value;
use tokenizers::AddedToken;

/// Stands before text that does not begin the prompt: some pipelines put a blank before what does. It is a token of its
/// own, and no character that text may hold.
const BEFORE: &str = "\u{fdef}eval-goes-on\u{fdef}";

impl Tokenizer {
    /// Builds the tokenizer of a folder. `bos` and `eos` begin and end a sequence, `ends` are more ids that end an
    /// answer.
    pub fn of_json(json: &[u8], bos: Option<String>, eos: Option<String>, ends: &[u32]) -> Result<Self, String> {
        let failed = |e: tokenizers::Error| format!("its tokenizer cannot be built: {e}");
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(failed)?;
        if inner.get_added_tokens_decoder().values().any(|token| !token.special && marks_a_turn(&token.content)) {
            inner = with_special_marks(json).map_err(|e| failed(e.into()))?;
        }
        // They would cut and fill prompts.
        inner.with_truncation(None).map_err(failed)?.with_padding(None);
        let mut specials = Vec::new();
        for (id, token) in inner.get_added_tokens_decoder().into_iter().filter(|(_, token)| token.special) {
            if token.single_word {
                let message = "which is not supported: its tokens would be wrong";
                return Err(format!(
                    "{:?} is special only as a word of its own (`single_word`), {message}",
                    token.content
                ));
            }
            specials.push(Special { text: token.content, id, before: token.lstrip, after: token.rstrip });
        }
        specials.retain(|special| !special.text.is_empty());
        let id_of = |text: &Option<String>, what: &str| match text {
            Some(text) => match inner.token_to_id(text) {
                Some(id) => Ok(Some(id)),
                None => Err(format!("it has no token {text:?}, which tokenizer_config.json names as `{what}`")),
            },
            None => Ok(None),
        };
        let (bos, eos) = (id_of(&bos, "bos_token")?, id_of(&eos, "eos_token")?);
        let named = specials.iter().filter(|special| named_end(&special.text)).map(|special| special.id);
        let mut ends: Vec<u32> = ends.iter().copied().chain(eos).chain(named).collect();
        ends.sort_unstable();
        ends.dedup();
        let size = inner.get_vocab(true).into_values().max().map_or(0, |last| last as usize + 1);
        inner.add_tokens([AddedToken::from(BEFORE, false).normalized(false)]).map_err(failed)?;
        let before = inner.token_to_id(BEFORE).filter(|id| *id as usize >= size).map(|id| (BEFORE, id));
        if before.is_none() {
            return Err("its model's ids have gaps, which is not supported: its tokens would be wrong".into());
        }
        inner.set_encode_special_tokens(true);
        Ok(Self::from_parts(inner, specials, before, [bos, eos], ends, size))
    }
}

/// Whether a token is one of DeepSeek's marks (`<｜User｜>`), which are published as ordinary ones: in a case's words they
/// would begin a turn.
fn marks_a_turn(token: &str) -> bool {
    token.starts_with("<\u{ff5c}") && token.ends_with("\u{ff5c}>")
}

/// The tokenizer with those marks as special tokens.
fn with_special_marks(json: &[u8]) -> serde_json::Result<tokenizers::Tokenizer> {
    let mut json: Value = serde_json::from_slice(json)?;
    for token in json["added_tokens"].as_array_mut().into_iter().flatten() {
        if token["content"].as_str().is_some_and(marks_a_turn) {
            token["special"] = true.into();
        }
    }
    serde_json::from_value(json)
}
