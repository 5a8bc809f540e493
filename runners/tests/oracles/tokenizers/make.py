"""Writes the fixtures: python make.py OUT SMOLLM2.gguf"""
import importlib.metadata
import json
import sys
from pathlib import Path

from gguf import GGUFReader

import awkward
from pipeline import CONTROL, UNKNOWN, USER_DEFINED, build, encode
from train import families

TURNS = [("system", "Be brief."), ("user", "Where is my order  A-20418?"), ("assistant", "On its way 🙂"), ("user", "  Thanks!\n")]
CHATML = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in TURNS) + "<|im_start|>assistant\n"
INST = "<s>[INST] Be brief.\n\nWhere is my order? [/INST] On its way 🙂</s>[INST]  Thanks!\n [/INST]"
CHATS = {
    "smollm": [CHATML, "<|im_start|>user\n<|endoftext|>"],
    "gpt-2": ["one<|endoftext|>two", "<|endoftext|>\n<|endoftext|>"],
    "qwen2": [CHATML, "<|im_start|>assistant\n<tool_call>\n{\"name\": \"find_order\"}\n</tool_call><|im_end|>\n", "e\u0301<|im_end|>\u0301"],
    "llama-bpe": ["<|begin_of_text|>" + "".join(f"<|start_header_id|>{role}<|end_header_id|>\n\n{text}<|eot_id|>" for role, text in TURNS)
                  + "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|python_tag|>{\"name\": 1}<|eom_id|>"],
    "tekken": [INST, "[AVAILABLE_TOOLS][{\"type\": \"function\"}][/AVAILABLE_TOOLS][INST]Hi[/INST][TOOL_CALLS][]</s>[TOOL_RESULTS]1[/TOOL_RESULTS]"],
    "spm-llama2": [INST, "<s>a</s><s> b</s>", "<unk>x"],
    "spm-gemma": ["<bos>" + "".join(f"<start_of_turn>{role}\n{text}<end_of_turn>\n" for role, text in TURNS) + "<start_of_turn>model\n", "<table>\n\n<mask>  <end_of_turn>"],
    "phi4": ["".join(f"<|im_start|>{role}<|im_sep|>{text}<|im_end|>" for role, text in TURNS) + "<|im_start|>assistant<|im_sep|>",
             "<|im_start|>user<|im_sep|>  blanks \n <|im_end|> \n\t x"],
    "phi3": ["".join(f"<|{role}|>\n{text}<|end|>\n" for role, text in TURNS) + "<|assistant|>\n", "<|user|>  spaces  <|end|> \n\t x", "<s><|user|>Hi<|end|><|endoftext|>\n"],
}
AROUND = ["{}", " {}", "{} ", "{}{}", "a{}b", "a {} b", "\n{}\n", "  {}  x"]


def special_texts(name, specials):
    return CHATS[name] + list(dict.fromkeys(a.format(s, s) for s in specials[:4] + specials[-2:] for a in AROUND))


def fixture(name, metadata, reference, keep_metadata=True):
    tokenizer = build(metadata)
    specials = [t for t, kind in zip(metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"])
                if kind in (UNKNOWN, CONTROL, USER_DEFINED) and t.strip()]
    texts = list(dict.fromkeys(awkward.CASES + awkward.injections(specials)))
    cases = [(text, encode(tokenizer, text, specials=False)) for text in texts]
    return {
        "metadata": metadata if keep_metadata else {k: v for k, v in metadata.items() if not isinstance(v, list)},
        "reference": reference,
        "cases": [{"text": t, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)} for t, ids in cases],
        "with_specials": [{"text": t, "ids": encode(tokenizer, t, specials=True)} for t in special_texts(name, specials)],
    }


def write(path, fixture):
    """Compact, one case a line."""
    def dump(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lists = {key: "[\n" + ",\n".join(map(dump, fixture[key])) + "\n]" for key in ("cases", "with_specials")}
    head = {key: dump(fixture[key]) for key in ("metadata", "reference")}
    path.write_text("{" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in (head | lists).items()) + "}\n", encoding="utf-8")
    print(f"{path.name}: {len(fixture['cases'])} + {len(fixture['with_specials'])} cases, {path.stat().st_size / 1000:.0f} kB")


def read_gguf(path):
    fields = GGUFReader(path).fields
    return {k: f.contents() for k, f in fields.items() if k.startswith("tokenizer.ggml.") or k in ("general.architecture", "general.name")}


if __name__ == "__main__":
    out, smollm = Path(sys.argv[1]), sys.argv[2]
    engine = f"Hugging Face tokenizers {importlib.metadata.version('tokenizers')}"
    trainer = f"sentencepiece {importlib.metadata.version('sentencepiece')}"
    write(out / "smollm.json", fixture("smollm", read_gguf(smollm), f"{engine}; vocabulary and merges of SmolLM2-135M-Instruct.Q4_1.gguf", False))
    for name, (metadata, model) in families().items():
        made = f"{engine}; vocabulary trained with " + (f"{trainer}, which gives the same ids" if model else trainer if name == "phi3" else engine)
        write(out / f"{name}.json", fixture(name, metadata, made))
