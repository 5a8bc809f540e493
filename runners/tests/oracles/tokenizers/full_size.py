"""Checks pipeline.py on whole vocabularies: python full_size.py PRE=tokenizer.json … FILE.model … 

A `tokenizer.json` is read as GGUF metadata would hold it, rebuilt by pipeline.py under the name PRE, and compared
with itself; a sentencepiece `.model` is compared with sentencepiece."""
import json
import sys

import sentencepiece
from tokenizers import Tokenizer

import awkward
from pipeline import CONTROL, NORMAL, USER_DEFINED, build, encode
from train import spm


def from_json(pre, path):
    data = json.load(open(path, encoding="utf-8"))
    tokens = sorted(data["model"]["vocab"], key=data["model"]["vocab"].get)
    tokens = dict(zip((data["model"]["vocab"][t] for t in tokens), tokens))
    types = dict.fromkeys(tokens, NORMAL)
    for added in data["added_tokens"]:
        tokens[added["id"]], types[added["id"]] = added["content"], CONTROL if added["special"] else USER_DEFINED
    ids = range(max(tokens) + 1)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in data["model"]["merges"]]
    return {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": pre, "tokenizer.ggml.merges": merges,
            "tokenizer.ggml.tokens": [tokens.get(i, f"[PAD{i}]") for i in ids],
            "tokenizer.ggml.token_type": [types.get(i, 5) for i in ids]}


for argument in sys.argv[1:]:
    pre, _, path = argument.rpartition("=")
    if path.endswith(".model"):
        model = open(path, "rb").read()
        metadata = spm("llama", model, bos="<s>", eos="</s>", add_bos=True)
        reference = sentencepiece.SentencePieceProcessor(model_proto=model).encode
    else:
        metadata, published = from_json(pre, path), Tokenizer.from_file(path)
        def reference(text):
            return encode(published, text, specials=False)
    ours = build(metadata)
    specials = [t for t, k in zip(metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]) if k in (CONTROL, USER_DEFINED)]
    texts = awkward.CASES + awkward.injections(specials[:12])
    wrong = [text for text in texts if encode(ours, text, specials=False) != reference(text)]
    print(f"{path}: {len(texts)} texts, {len(wrong)} differ", *map(repr, wrong[:5]))
