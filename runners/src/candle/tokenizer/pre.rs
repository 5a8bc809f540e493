//! Pre-tokenizers by the name that GGUF files give them (`tokenizer.ggml.pre`).

use tokenizers::{
    PreTokenizerWrapper, SplitDelimiterBehavior,
    pre_tokenizers::{
        byte_level::ByteLevel,
        digits::Digits,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

/// How a family cuts text into words before merging.
pub struct Pre {
    names: &'static [&'static str],
    cut: Cut,
    /// A word that is a token is taken whole, whatever the merges say.
    pub ignore_merges: bool,
    /// Text is composed (Unicode NFC) first.
    pub nfc: bool,
}

enum Cut {
    /// GPT-2's own words.
    Gpt2,
    /// Every digit alone, then GPT-2's words.
    DigitsThenGpt2,
    /// A published pattern.
    Pattern(&'static str),
}

/// GPT-4's words with at most three digits together, as llama 3 uses them.
const WORDS_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with single digits, as qwen 2 uses them.
const WORDS_1: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Words cut before a capital that follows small letters, single digits.
const CASED_1: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with contractions and at most three digits together.
const CASED_3: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Only names whose words were compared with the published tokenizer's (see the fixtures' `PRE.md`).
const TABLE: [Pre; 8] = [
    Pre { names: &["gpt-2"], cut: Cut::Gpt2, ignore_merges: false, nfc: false },
    Pre { names: &["smollm", "starcoder", "refact"], cut: Cut::DigitsThenGpt2, ignore_merges: false, nfc: false },
    Pre { names: &["command-r"], cut: Cut::DigitsThenGpt2, ignore_merges: false, nfc: true },
    Pre {
        names: &["llama-bpe", "llama3", "llama-v3", "smaug-bpe"],
        cut: Cut::Pattern(WORDS_3),
        ignore_merges: true,
        nfc: false,
    },
    Pre { names: &["dbrx"], cut: Cut::Pattern(WORDS_3), ignore_merges: false, nfc: false },
    Pre { names: &["qwen2", "deepseek-r1-qwen"], cut: Cut::Pattern(WORDS_1), ignore_merges: false, nfc: true },
    Pre { names: &["tekken"], cut: Cut::Pattern(CASED_1), ignore_merges: true, nfc: false },
    Pre { names: &["gpt-4o", "llama4"], cut: Cut::Pattern(CASED_3), ignore_merges: false, nfc: false },
];

/// The pre-tokenizer of a name.
pub fn find(name: &str) -> Result<&'static Pre, String> {
    TABLE.iter().find(|pre| pre.names.contains(&name)).ok_or_else(|| {
        let known: Vec<&str> = TABLE.iter().flat_map(|pre| pre.names).copied().collect();
        let said =
            if name.is_empty() { "names no pre-tokenizer".to_string() } else { format!("cuts words by {name:?}") };
        format!("its tokenizer {said}; those that are known are {} (a guess would give wrong tokens)", known.join(", "))
    })
}

impl Pre {
    /// The steps for the tokenizers library.
    pub fn build(&self) -> Result<Sequence, String> {
        let gpt2 = || PreTokenizerWrapper::from(ByteLevel::new(false, true, true));
        Ok(Sequence::new(match self.cut {
            Cut::Gpt2 => vec![gpt2()],
            Cut::DigitsThenGpt2 => vec![Digits::new(true).into(), gpt2()],
            Cut::Pattern(pattern) => {
                let pattern = SplitPattern::Regex(pattern.into());
                let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
                let split = split.map_err(|e| format!("the pre-tokenizer's pattern does not compile: {e}"))?;
                vec![split.into(), ByteLevel::new(false, true, false).into()]
            }
        }))
    }
}
