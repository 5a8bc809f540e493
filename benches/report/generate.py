"""Makes a large run of a small one: its records again and again under other cases, seeded, line by line."""

import hashlib
import json
import random
from pathlib import Path

# Two models whose answers to a case go together, as those of real models do.
RIGHT = {"candidate": 0.88, "reference": 0.91}
COMMON = 0.7
BROKEN = 0.03


def records(small, tasks, cases, prompt_chars):
    """So many cases of each task, asked of both models."""
    known = {}
    for line in open(small / "records.jsonl", encoding="utf-8"):
        record = json.loads(line)
        known.setdefault((record["task"], record["model"]), []).append(record)
    draw = random.Random(1)
    for task in tasks:
        for number in range(cases):
            content = hashlib.blake2b(f"{task} {number}".encode(), digest_size=16).hexdigest()
            hard = draw.random()
            for model, right in RIGHT.items():
                record = dict(known[task, model][number % len(known[task, model])])
                record.update(case=f"{task}-{number:07}", case_hash=content)
                yield answered(record, right, hard, draw, prompt_chars)


def answered(record, right, hard, draw, prompt_chars):
    broken = draw.random() < BROKEN
    correct = not broken and COMMON * hard + (1 - COMMON) * draw.random() < right
    record["correct"], record["behaviour"] = correct, "broken" if broken else "answered"
    record["scores"] = record["scores"] | {"accuracy": float(correct)}
    if correct and isinstance(record["expected"], str):
        record["answer"] = record["text"] = record["expected"]
    record["latency_ms"] = draw.lognormvariate(4, 0.5)
    record["cost_usd"] = draw.random() * 1e-4
    record["usage"] = {
        "input_tokens": 200 + draw.randrange(100), "cached_input_tokens": 0, "output_tokens": draw.randrange(1, 20),
    }
    if prompt_chars is not None:
        record["prompt"] = [turn | {"content": turn["content"][:prompt_chars]} for turn in record["prompt"]]
    return record


def run(small, folder, n, prompt_chars=None):
    """A run folder of n records; the manifest is the small run's, but for how many cases there are."""
    manifest = json.loads((small / "run.json").read_text())
    tasks = [task["name"] for task in manifest["tasks"]]
    cases = n // (2 * len(tasks))
    for task in manifest["tasks"]:
        task["cases"] = task["cases_in_suite"] = cases
    manifest["id"] = folder.name
    folder.mkdir(parents=True, exist_ok=True)
    # Written elsewhere first: a log that was cut off by an interrupt is not taken for a whole one.
    part = folder / "records.part"
    with open(part, "w", encoding="utf-8") as out:
        for record in records(small, tasks, cases, prompt_chars):
            out.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")
    (folder / "run.json").write_text(json.dumps(manifest))
    part.rename(folder / "records.jsonl")
    return Path(folder)
