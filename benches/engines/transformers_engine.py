"""python transformers_engine.py JOB RESULT: the cases through transformers' `generate`.

As lm-evaluation-harness asks it: the cases of a task by length, the longest first, in batches filled up on the left.
"""

import time

BEGUN = time.monotonic()

import json
import sys
from pathlib import Path

import torch
import transformers


def batches(cases, size):
    tasks = {}
    for case in cases:
        tasks.setdefault(case["task"], []).append(case)
    for members in tasks.values():
        members.sort(key=lambda case: -len(case["ids"]))
        for start in range(0, len(members), size):
            yield members[start:start + size]


def cut(ids, ends):
    """The answer up to its end token, and with it."""
    ended = next((at for at, id in enumerate(ids) if id in ends), len(ids) - 1)
    return ids[:ended + 1]


@torch.inference_mode()
def answer(model, batch, ends):
    width = max(len(case["ids"]) for case in batch)
    ids = torch.tensor([[ends[0]] * (width - len(case["ids"])) + case["ids"] for case in batch])
    mask = torch.tensor([[0] * (width - len(case["ids"])) + [1] * len(case["ids"]) for case in batch])
    out = model.generate(
        input_ids=ids, attention_mask=mask, max_new_tokens=batch[0]["limit"], do_sample=False, use_cache=True,
        eos_token_id=ends, pad_token_id=ends[0],
    )
    return ids.numel(), [cut(row, ends) for row in out[:, width:].tolist()]


def main(job, result):
    job = json.loads(Path(job).read_text())
    torch.set_num_threads(job["threads"])
    dtype = getattr(torch, job["dtype"])
    model = transformers.AutoModelForCausalLM.from_pretrained(job["weights"], dtype=dtype).eval()
    loaded = time.monotonic()
    answers, read = [], 0
    for batch in batches(job["cases"], job["sequences"]):
        filled, found = answer(model, batch, job["ends"])
        read += filled
        answers += [{"task": c["task"], "case": c["case"], "ids": ids} for c, ids in zip(batch, found)]
    wall = time.monotonic() - loaded
    Path(result).write_text(json.dumps({
        "load_s": loaded - BEGUN, "wall_s": wall, "read_tokens": read, "answers": answers,
        "version": f"transformers {transformers.__version__}, torch {torch.__version__}",
        "built": torch.backends.cpu.get_cpu_capability(),
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
