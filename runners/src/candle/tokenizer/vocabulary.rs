use crate::candle::{GgufFile, LoadError};
use std::collections::HashMap;
use tokenizers::models::bpe::Merges;

/// `tokenizer.ggml.model` of byte-level BPE.
pub const BYTE_PAIR: &str = "gpt2";
/// `tokenizer.ggml.model` of SentencePiece BPE.
pub const SENTENCE_PIECE: &str = "llama";

/// What a GGUF file says about its tokenizer.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// `general.architecture`.
    pub architecture: String,
    /// `tokenizer.ggml.model`.
    pub model: String,
    /// `tokenizer.ggml.pre`.
    pub pre: String,
    /// The tokens; the index is the id.
    pub tokens: Vec<String>,
    /// The kind of each token, as numbered in GGUF; empty: all are normal.
    pub kinds: Vec<i64>,
    /// SentencePiece scores.
    pub scores: Vec<f64>,
    /// Byte-pair merges, `left right`.
    pub merges: Vec<String>,
    /// Begins a sequence.
    pub bos: Option<u32>,
    /// Ends a sequence.
    pub eos: Option<u32>,
    /// Ends a turn.
    pub end_of_turn: Option<u32>,
    /// Whether SentencePiece puts a blank before the text.
    pub space_prefix: bool,
}

/// Kinds of token, as GGUF numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 2.
    Unknown,
    /// 3: has a meaning of its own in the template.
    Control,
    /// 4: always one token, but ordinary text.
    UserDefined,
    /// Any other.
    Other,
}

impl Vocabulary {
    /// Reads the metadata of a file.
    pub fn read(file: &GgufFile) -> Result<Self, LoadError> {
        let key = |name: &str| format!("tokenizer.ggml.{name}");
        let id = |name: &str| -> Result<Option<u32>, LoadError> {
            let id = file.optional_number(&key(name))?;
            Ok(id.and_then(|id| u32::try_from(id).ok()))
        };
        let model = file.string(&key("model"))?.to_string();
        let merges = if model == BYTE_PAIR { file.strings(&key("merges"))? } else { Vec::new() };
        Ok(Self {
            architecture: file.string("general.architecture")?.to_string(),
            pre: file.optional_string(&key("pre"))?.unwrap_or_default().to_string(),
            tokens: file.strings(&key("tokens"))?.into_iter().map(String::from).collect(),
            kinds: file.optional_integers(&key("token_type"))?.unwrap_or_default(),
            scores: file.optional_floats(&key("scores"))?.unwrap_or_default(),
            merges: merges.into_iter().map(String::from).collect(),
            bos: id("bos_token_id")?,
            eos: id("eos_token_id")?,
            end_of_turn: id("eot_token_id")?,
            space_prefix: file.optional_bool(&key("add_space_prefix"))?.unwrap_or(model == SENTENCE_PIECE),
            model,
        })
    }

    /// The kind of a token.
    pub fn kind(&self, id: usize) -> Kind {
        match self.kinds.get(id) {
            Some(2) => Kind::Unknown,
            Some(3) => Kind::Control,
            Some(4) => Kind::UserDefined,
            _ => Kind::Other,
        }
    }

    /// Ids and texts of the tokens of these kinds.
    pub fn of_kind<'a>(&'a self, kinds: &'a [Kind]) -> impl Iterator<Item = (u32, &'a str)> + 'a {
        let tokens = self.tokens.iter().enumerate();
        tokens.filter(|(id, _)| kinds.contains(&self.kind(*id))).map(|(id, text)| (id as u32, text.as_str()))
    }

    /// The byte-pair merges as pairs.
    pub fn merge_pairs(&self) -> Result<Merges, String> {
        let pair = |merge: &String| {
            // The first character may itself be a blank in odd vocabularies: the cut is the first blank after it.
            let first = merge.chars().next().map_or(0, char::len_utf8);
            let cut = merge[first..].find(' ').map(|at| at + first);
            cut.map(|at| (merge[..at].to_string(), merge[at + 1..].to_string()))
                .ok_or_else(|| format!("its tokenizer has a merge of one part: {merge:?}"))
        };
        self.merges.iter().map(pair).collect()
    }

    /// The merges that SentencePiece's scores amount to: every way to cut a normal piece into two normal pieces, the
    /// best score first, then the longest left part.
    pub fn merges_from_scores(&self) -> Result<Merges, String> {
        if self.scores.len() != self.tokens.len() {
            return Err(format!("its tokenizer has {} scores for {} tokens", self.scores.len(), self.tokens.len()));
        }
        let normal = |id: &usize| self.kinds.get(*id).is_none_or(|kind| *kind == 1);
        let ids: Vec<usize> = (0..self.tokens.len()).filter(normal).collect();
        let pieces: HashMap<&str, usize> = ids.iter().map(|id| (self.tokens[*id].as_str(), *id)).collect();
        let mut cuts: Vec<(f64, usize, &str, &str)> = Vec::new();
        for piece in ids.iter().map(|id| (&self.tokens[*id], self.scores[*id])) {
            let (text, score) = piece;
            for (characters, (at, _)) in text.char_indices().enumerate().skip(1) {
                let (left, right) = text.split_at(at);
                if pieces.contains_key(left) && pieces.contains_key(right) {
                    cuts.push((score, characters, left, right));
                }
            }
        }
        cuts.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        Ok(cuts.into_iter().map(|(_, _, left, right)| (left.to_string(), right.to_string())).collect())
    }
}
