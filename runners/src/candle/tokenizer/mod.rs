//! A tokenizer built from GGUF metadata that gives the same ids as the family's published one, or from that itself.

mod bytes;
mod json;
mod pre;
mod vocabulary;

pub use bytes::Token;
pub use vocabulary::Vocabulary;
use vocabulary::{BYTE_PAIR, Kind, SENTENCE_PIECE};

use super::LoadError;
use tokenizers::{
    AddedToken, NormalizerWrapper,
    decoders::{
        DecoderWrapper, byte_fallback::ByteFallback, byte_level::ByteLevel, fuse::Fuse, sequence::Sequence as Decoders,
        strip::Strip,
    },
    models::bpe::{BPE, Merges},
    normalizers::{Prepend, Replace, utils::Sequence as Normalizers},
};

/// SentencePiece's blank.
const BLANK: &str = "\u{2581}";

/// Turns text into ids and back.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// The longest first.
    specials: Vec<Special>,
    /// A token, and its id, to put before text that does not begin the prompt.
    before: Option<(&'static str, u32)>,
    bos: Option<u32>,
    eos: Option<u32>,
    ends: Vec<u32>,
    size: usize,
}

/// A token with a meaning of its own, such as the end of a turn.
struct Special {
    text: String,
    id: u32,
    /// It swallows the blanks before it.
    before: bool,
    /// It swallows the blanks after it.
    after: bool,
}

impl Tokenizer {
    /// Builds the tokenizer; a kind or a pre-tokenizer that is not known is an error, since a guess gives wrong ids.
    pub fn new(vocabulary: &Vocabulary) -> Result<Self, String> {
        let inner = build(vocabulary)?;
        let specials = vocabulary
            .of_kind(&[Kind::Unknown, Kind::Control])
            .map(|(id, text)| {
                let (before, after) = swallows(vocabulary, text);
                Special { text: text.to_string(), id, before, after }
            })
            .filter(|special| !special.text.is_empty())
            .collect();
        let (ends, size) = (ends(vocabulary), vocabulary.tokens.len());
        Ok(Self::from_parts(inner, specials, None, [vocabulary.bos, vocabulary.eos], ends, size))
    }

    fn from_parts(
        inner: tokenizers::Tokenizer,
        mut specials: Vec<Special>,
        before: Option<(&'static str, u32)>,
        [bos, eos]: [Option<u32>; 2],
        ends: Vec<u32>,
        size: usize,
    ) -> Self {
        specials.sort_by_key(|special| std::cmp::Reverse(special.text.len()));
        Self { inner, specials, before, bos, eos, ends, size }
    }

    /// Builds the tokenizer of a file.
    pub fn of_file(file: &super::GgufFile) -> Result<Self, LoadError> {
        let vocabulary = Vocabulary::read(file)?;
        Self::new(&vocabulary).map_err(|message| file.fail(message))
    }

    /// The ids of text in which special tokens have no meaning: `<|im_end|>` is ten characters.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, String> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let encoding = self.inner.encode_fast(text, false).map_err(|e| format!("the tokenizer failed: {e}"))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The same for text that stands after another token.
    pub fn encode_after(&self, text: &str) -> Result<Vec<u32>, String> {
        let Some((before, id)) = self.before.filter(|_| !text.is_empty()) else { return self.encode_plain(text) };
        let mut ids = self.encode_plain(&format!("{before}{text}"))?;
        match ids.first() {
            Some(first) if *first == id => Ok(ids.split_off(1)),
            _ => Err("the tokenizer failed: it does not keep its own tokens apart".into()),
        }
    }

    /// The ids of a rendered prompt, in which special tokens have their meaning unless a [`Guard`] broke them.
    pub fn encode(&self, text: &str, guard: &Guard) -> Result<Vec<u32>, String> {
        let mut ids = Vec::new();
        let mut rest = text;
        let part = |ids: &Vec<u32>, text: &str| match ids.is_empty() {
            true => self.encode_plain(&guard.lift(text)),
            false => self.encode_after(&guard.lift(text)),
        };
        while let Some((at, special)) = self.next_special(rest) {
            let before = if special.before { rest[..at].trim_end() } else { &rest[..at] };
            ids.extend(part(&ids, before)?);
            ids.push(special.id);
            rest = &rest[at + special.text.len()..];
            if special.after {
                rest = rest.trim_start();
            }
        }
        ids.extend(part(&ids, rest)?);
        Ok(ids)
    }

    fn next_special(&self, text: &str) -> Option<(usize, &Special)> {
        // Specials are sorted by length, so the longest wins where several begin at one place.
        let found = self.specials.iter().filter_map(|special| text.find(&special.text).map(|at| (at, special)));
        found.min_by_key(|(at, special)| (*at, std::cmp::Reverse(special.text.len())))
    }

    /// A guard for texts that come from outside.
    pub fn guard<'t>(&self, texts: impl Iterator<Item = &'t str> + Clone) -> Guard {
        let mark = ('\u{fdd0}'..='\u{fdef}').find(|c| !texts.clone().any(|text| text.contains(*c)));
        Guard { mark: mark.unwrap_or('\u{fdd0}'), specials: self.specials.iter().map(|s| s.text.clone()).collect() }
    }

    /// The text of ids; special tokens appear as their text, since tool calls are marked by them.
    pub fn decode(&self, ids: &[u32]) -> Result<String, String> {
        // A padded vocabulary has rows that stand for no token.
        let ids: Vec<u32> = ids.iter().copied().filter(|id| self.before.is_none_or(|(_, own)| own != *id)).collect();
        self.inner.decode(&ids, false).map_err(|e| format!("the tokenizer failed: {e}"))
    }

    /// One more than the last id of a token of the model's.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The ids that end an answer.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The text of the token that begins a sequence.
    pub fn bos(&self) -> Option<String> {
        self.bos.and_then(|id| self.inner.id_to_token(id))
    }

    /// The text of the token that ends a sequence.
    pub fn eos(&self) -> Option<String> {
        self.eos.and_then(|id| self.inner.id_to_token(id))
    }
}

/// Breaks special tokens in text from outside by a character that occurs nowhere, and takes it out again when the
/// rendered prompt has been cut at the template's own specials.
pub struct Guard {
    mark: char,
    specials: Vec<String>,
}

impl Guard {
    /// The text with every special token broken.
    pub fn protect(&self, text: &str) -> String {
        let mut out = text.to_string();
        for special in &self.specials {
            if out.contains(special.as_str()) {
                let first = special.chars().next().map_or(0, char::len_utf8);
                // A one-character special cannot be broken inside; no family has one.
                let broken = format!("{}{}{}", &special[..first], self.mark, &special[first..]);
                out = out.replace(special.as_str(), &broken);
            }
        }
        out
    }

    fn lift(&self, text: &str) -> String {
        text.replace(self.mark, "")
    }
}

fn build(vocabulary: &Vocabulary) -> Result<tokenizers::Tokenizer, String> {
    let words = vocabulary.tokens.iter().enumerate().map(|(id, token)| (token.clone(), id as u32)).collect();
    let builder = BPE::builder();
    let failed = |e: tokenizers::Error| format!("its tokenizer cannot be built: {e}");
    let mut tokenizer = match vocabulary.model.as_str() {
        BYTE_PAIR => {
            let pre = pre::find(&vocabulary.pre)?;
            let model = builder.vocab_and_merges::<tokenizers::models::bpe::Vocab>(words, vocabulary.merge_pairs()?);
            let mut tokenizer =
                tokenizers::Tokenizer::new(model.ignore_merges(pre.ignore_merges).build().map_err(failed)?);
            if pre.nfc {
                tokenizer.with_normalizer(Some(tokenizers::normalizers::NFC)).map_err(failed)?;
            }
            tokenizer.with_pre_tokenizer(Some(pre.build()?));
            tokenizer.with_decoder(Some(ByteLevel::default()));
            tokenizer
        }
        SENTENCE_PIECE => {
            let unknown = vocabulary.of_kind(&[Kind::Unknown]).next().map(|(_, text)| text.to_string());
            let merges: Merges = vocabulary.merges_from_scores()?;
            let mut model = builder.vocab_and_merges::<tokenizers::models::bpe::Vocab>(words, merges);
            model = model.byte_fallback(true).fuse_unk(true);
            if let Some(unknown) = unknown {
                model = model.unk_token(unknown);
            }
            let mut tokenizer = tokenizers::Tokenizer::new(model.build().map_err(failed)?);
            let escape: NormalizerWrapper = Replace::new(" ", BLANK).map_err(failed)?.into();
            let mut steps = vec![escape];
            if vocabulary.space_prefix {
                steps.insert(0, Prepend::new(BLANK.into()).into());
            }
            tokenizer.with_normalizer(Some(Normalizers::new(steps))).map_err(failed)?;
            let mut steps: Vec<DecoderWrapper> =
                vec![Replace::new(BLANK, " ").map_err(failed)?.into(), ByteFallback::new().into(), Fuse::new().into()];
            if vocabulary.space_prefix {
                steps.push(Strip::new(' ', 1, 0).into());
            }
            tokenizer.with_decoder(Some(Decoders::new(steps)));
            tokenizer
        }
        other => {
            return Err(format!("its tokenizer is of the kind {other:?}, those that are known are gpt2 and llama"));
        }
    };
    add_tokens(&mut tokenizer, vocabulary).map_err(failed)?;
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

fn add_tokens(tokenizer: &mut tokenizers::Tokenizer, vocabulary: &Vocabulary) -> Result<(), tokenizers::Error> {
    let special = vocabulary.of_kind(&[Kind::Unknown, Kind::Control]).map(|(_, t)| AddedToken::from(t, true));
    tokenizer.add_special_tokens(special.collect::<Vec<_>>())?;
    // Runs of blanks are tokens of their own in some SentencePiece vocabularies, and only there after escaping.
    let normalized = vocabulary.model == SENTENCE_PIECE && !vocabulary.space_prefix;
    let strips = vocabulary.architecture == "phi3" && vocabulary.model == SENTENCE_PIECE;
    let own = vocabulary
        .of_kind(&[Kind::UserDefined])
        .map(|(_, t)| AddedToken::from(t, false).normalized(normalized).rstrip(strips));
    tokenizer.add_tokens(own.collect::<Vec<_>>())?;
    Ok(())
}

/// Whether a special token swallows the blanks before and after it, as some families publish theirs: GGUF has no key for
/// it.
fn swallows(vocabulary: &Vocabulary, text: &str) -> (bool, bool) {
    match (&vocabulary.architecture[..], &vocabulary.pre[..]) {
        // Phi 4.
        ("phi3", "dbrx") => (true, true),
        ("phi3", _) => (false, !["<unk>", "<s>", "<|endoftext|>"].contains(&text)),
        _ => (false, false),
    }
}

/// Whether a special token is one by which families end a sequence, a turn or a message.
fn named_end(text: &str) -> bool {
    const NAMES: [&str; 9] = [
        "<|im_end|>",
        "<|eot_id|>",
        "<|eom_id|>",
        "<|end|>",
        "<end_of_turn>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "</s>",
        "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
    ];
    NAMES.contains(&text)
}

/// The ids that end an answer, by what the file says and by the names that families use.
fn ends(vocabulary: &Vocabulary) -> Vec<u32> {
    let named = vocabulary.of_kind(&[Kind::Control]).filter(|(_, text)| named_end(text)).map(|(id, _)| id);
    let mut ends: Vec<u32> = vocabulary.eos.into_iter().chain(vocabulary.end_of_turn).chain(named).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}
