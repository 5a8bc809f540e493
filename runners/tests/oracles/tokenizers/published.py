"""Writes tokenizer.json files: python published.py FIXTURES

Those of families whose ids are in FIXTURES already, and one that puts a blank before the first text alone, as Mistral's
newer ones do, with ids of its own.
"""
import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, pre_tokenizers

import awkward
from make import AROUND, CHATS, write
from pipeline import build, encode

FAMILIES = ["llama-bpe", "qwen2", "tekken", "spm-gemma", "phi3"]
STRIPPING = [AddedToken("[/INST]", lstrip=True, rstrip=True, special=True), AddedToken("<own>", special=False)]


def metadata(fixtures, name):
    return json.loads((fixtures / f"{name}.json").read_text(encoding="utf-8"))["metadata"]


def main(fixtures):
    out = fixtures / "json"
    out.mkdir(exist_ok=True)
    for name in FAMILIES:
        build(metadata(fixtures, name)).save(str(out / f"{name}.tokenizer.json"), pretty=False)
    tokenizer = build(metadata(fixtures, "spm-llama2"))
    tokenizer.normalizer = None
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.add_special_tokens(STRIPPING[:1])
    tokenizer.add_tokens(STRIPPING[1:])
    # A published file may ask for cutting and filling; prompts are neither cut nor filled.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    path = out / "metaspace-first.tokenizer.json"
    tokenizer.save(str(path), pretty=False)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    specials = ["<s>", "</s>", "[/INST]", "<own>"]
    texts = list(dict.fromkeys(awkward.CASES + awkward.injections(specials)))
    cases = [(text, encode(tokenizer, text, specials=False)) for text in texts]
    whole = CHATS["spm-llama2"] + [a.format(s, s) for s in specials for a in AROUND]
    write(out / "metaspace-first.json", {
        "metadata": {},
        "reference": "Hugging Face tokenizers, the vocabulary of spm-llama2",
        "cases": [{"text": t, "ids": i, "decoded": tokenizer.decode(i, skip_special_tokens=False)} for t, i in cases],
        "with_specials": [{"text": t, "ids": encode(tokenizer, t, specials=True)} for t in dict.fromkeys(whole)],
    })


if __name__ == "__main__":
    main(Path(sys.argv[1]))
