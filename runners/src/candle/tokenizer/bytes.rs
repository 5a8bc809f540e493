//! What each token stands for, in bytes: a grammar is matched below the level of characters.

use super::{BLANK, Tokenizer};

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A stretch of text, not always whole characters.
    Text(Vec<u8>),
    /// Something of the model's own, such as the end of a turn.
    Special(String),
}

impl Tokenizer {
    /// Every token; the index is the id.
    pub fn tokens(&self) -> Vec<Token> {
        let falls_back = self.inner.token_to_id("<0x0A>").is_some();
        let mut tokens: Vec<Token> = (0..self.size as u32)
            .map(|id| {
                let text = self.inner.id_to_token(id).unwrap_or_default();
                Token::Text(if falls_back { of_piece(&text) } else { of_byte_level(&text) })
            })
            .collect();
        for special in &self.specials {
            if let Some(token) = tokens.get_mut(special.id as usize) {
                *token = Token::Special(special.text.clone());
            }
        }
        tokens
    }
}

/// A SentencePiece token: blanks are escaped, and a byte without a character has a token of its own.
fn of_piece(text: &str) -> Vec<u8> {
    let byte = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>')).filter(|digits| digits.len() == 2);
    match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
        Some(byte) => vec![byte],
        None => text.replace(BLANK, " ").into_bytes(),
    }
}

/// A token of byte-level BPE, in which every byte is written as a character; added tokens are written as they are.
fn of_byte_level(text: &str) -> Vec<u8> {
    text.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Bytes that can be seen in Latin-1 stand for themselves; the others follow from U+0100 on, in order.
fn byte_of(c: char) -> Option<u8> {
    let seen = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    match u8::try_from(c) {
        Ok(byte) => seen(byte).then_some(byte),
        Err(_) => (0..=u8::MAX).filter(|byte| !seen(*byte)).nth((c as usize).checked_sub(0x100)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_from_their_characters() {
        assert_eq!(of_byte_level("Ġa\u{c3}\u{a9}Ċ"), " aé\n".as_bytes());
        assert_eq!(of_byte_level("\u{100}\u{143}"), [0, 0xad]);
        assert_eq!(of_byte_level("\u{144}"), "\u{144}".as_bytes(), "no byte is written so");
        assert_eq!(of_byte_level("<think> x"), b"<think> x");
        assert_eq!(of_piece("\u{2581}{\""), b" {\"");
        assert_eq!((of_piece("<0xE2>"), of_piece("<0xE>")), (vec![0xe2], b"<0xE>".to_vec()));
    }
}
