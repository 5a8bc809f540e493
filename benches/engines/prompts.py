"""python prompts.py JOB RESULT: conversations as token ids, by the model's own chat template and llama.cpp's tokenizer."""

import json
import sys
from pathlib import Path

import llama_cpp
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENDS = ("<|im_end|>", "<|endoftext|>")


def main(job, result):
    job = json.loads(Path(job).read_text())
    model = llama_cpp.Llama(job["weights"], vocab_only=True, verbose=False)
    jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = jinja.from_string(model.metadata["tokenizer.chat_template"])
    cases = []
    for case in job["cases"]:
        text = template.render(messages=case["messages"], add_generation_prompt=True)
        ids = model.tokenize(text.encode(), add_bos=False, special=True)
        cases.append({"task": case["task"], "case": case["case"], "ids": ids, "limit": case["limit"]})
    vocab = llama_cpp.llama_model_get_vocab(model.model)
    size = llama_cpp.llama_vocab_n_tokens(vocab)
    pieces = [model.detokenize([id], special=True).hex() for id in range(size)]
    [ends] = [[id for end in ENDS for id in model.tokenize(end.encode(), add_bos=False, special=True)]]
    Path(result).write_text(json.dumps({"cases": cases, "pieces": pieces, "ends": ends}))


if __name__ == "__main__":
    main(*sys.argv[1:])
