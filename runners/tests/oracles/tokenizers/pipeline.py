"""GGUF tokenizer metadata to the Hugging Face pipeline that was published with the family."""
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE, NORMAL = 2, 3, 4, 5, 6, 1

WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
CASED = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+%s|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*%s"
         r"|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"


def split(pattern):
    return [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]


def gpt2():
    return [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]


def digits():
    return [pre_tokenizers.Digits(individual_digits=True), *gpt2()]


def deepseek(*patterns, digits=True):
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    single = [pre_tokenizers.Digits(individual_digits=True)] if digits else []
    return [*splits, *single, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]


# Cased letters and the East Asian ranges, escaped because some of them look like others.
CASED_LETTERS = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376"
    "\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-"
    "\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a"
    "\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
    "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc"
    "\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f"
    "\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b"
    "\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2"
    "\U000118a0-\U000118df\U0001e900-\U0001e943"
)
SYMBOL_WORDS = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
                r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
EAST_ASIAN = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"

# name: (pre-tokenizers, ignore_merges, normalizer)
PRE = {
    "gpt-2": (gpt2, False, None),
    "smollm": (digits, False, None),
    "starcoder": (digits, False, None),
    "refact": (digits, False, None),
    "command-r": (digits, False, normalizers.NFC),
    "deepseek-coder": (lambda: deepseek(r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", EAST_ASIAN), False, None),
    "deepseek-llm": (lambda: deepseek(r"[\r\n]", rf"\s?[{CASED_LETTERS}]+", "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+", r"\s+$", EAST_ASIAN), False, None),
    "deepseek-v3": (lambda: deepseek(r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", SYMBOL_WORDS, digits=False), False, None),
    "llama-bpe": (lambda: split(WORDS % "{1,3}"), True, None),
    "dbrx": (lambda: split(WORDS % "{1,3}"), False, None),
    "qwen2": (lambda: split(WORDS % ""), False, normalizers.NFC),
    "deepseek-r1-qwen": (lambda: split(WORDS % ""), False, normalizers.NFC),
    "tekken": (lambda: split(CASED % ("", "", "")), True, None),
    "gpt-4o": (lambda: split(CASED % (CONTRACTION, CONTRACTION, "{1,3}")), False, None),
}


def merges_from_scores(tokens, types, scores):
    """Every way to cut a normal piece into two normal pieces; best score first, then the longest left part."""
    score = {t: s for t, k, s in zip(tokens, types, scores) if k == NORMAL}
    cuts = [(-s, -i, piece[:i], piece[i:]) for piece, s in score.items() for i in range(1, len(piece))
            if piece[:i] in score and piece[i:] in score]
    return [(left, right) for _, _, left, right in sorted(cuts, key=lambda cut: cut[:2])]


def build(metadata):
    tokens, types = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]
    spm = metadata["tokenizer.ggml.model"] == "llama"
    prefix = metadata.get("tokenizer.ggml.add_space_prefix", spm)
    if spm:
        merges = merges_from_scores(tokens, types, metadata["tokenizer.ggml.scores"])
        ignore_merges, options = False, {"byte_fallback": True, "fuse_unk": True, "unk_token": tokens[types.index(UNKNOWN)]}
    else:
        stages, ignore_merges, normalizer = PRE[metadata["tokenizer.ggml.pre"]]
        merges, options = [tuple(m.split(" ")) for m in metadata["tokenizer.ggml.merges"]], {}
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=ignore_merges, **options))
    if spm:
        escape = normalizers.Replace(" ", "▁")
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), escape]) if prefix else escape
        strip = [decoders.Strip(" ", 1, 0)] if prefix else []
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    else:
        if normalizer:
            tokenizer.normalizer = normalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(stages())
        tokenizer.decoder = decoders.ByteLevel()
    # Phi-3 publishes its added tokens with `rstrip`, Phi-4 with `lstrip` too; GGUF has no key for it.
    phi = metadata.get("general.architecture") == "phi3"
    strips, strips_both = phi and spm, phi and metadata.get("tokenizer.ggml.pre") == "dbrx"
    for token, kind in zip(tokens, types):
        if kind in (UNKNOWN, CONTROL, USER_DEFINED):
            rstrip = strips_both or strips and token not in ("<unk>", "<s>", "<|endoftext|>")
            # Matched on the normalised text where that does not add a prefix, so that runs of spaces are found as ▁.
            normalized = spm and not prefix and kind == USER_DEFINED
            added = AddedToken(token, normalized=normalized, lstrip=strips_both, rstrip=rstrip, special=kind != USER_DEFINED)
            (tokenizer.add_tokens if kind == USER_DEFINED else tokenizer.add_special_tokens)([added])
    assert tokenizer.get_vocab_size() == len(tokens), "an added token is not in the vocabulary"
    return tokenizer


def encode(tokenizer, text, specials):
    tokenizer.encode_special_tokens = not specials
    return tokenizer.encode(text, add_special_tokens=False).ids
