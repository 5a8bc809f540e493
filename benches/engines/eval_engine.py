"""`eval run`, the release binary as it is used: the whole process, with scoring, records and the report."""

import json
import shutil

from measured import Failed, command


def run(binary, model, workload, arm, work, cpus):
    """Loading is what a run of one case takes beside the answer: start, load, checks and report."""
    load = asked(binary, model, workload, dict(arm, one=True), work, cpus)
    load_s = load["process_s"] - load["records"][0]["latency_ms"] / 1000
    found = asked(binary, model, workload, arm, work, cpus)
    records = found.pop("records")
    for record in records:
        if record["error"]:
            raise Failed(f"{record['case']}: {record['error']['message']}")
    inputs = {(r["task"], r["case"]): r["usage"]["input_tokens"] for r in records}
    expected = {(c["task"], c["case"]): len(c["ids"]) for c in workload.cases}
    return found | {
        "unlike": unlike(inputs, expected),
        "load_s": load_s,
        "wall_s": found["process_s"] - load_s,
        "generated_tokens": sum(r["usage"]["output_tokens"] for r in records),
        "answers": [{"task": r["task"], "case": r["case"], "text": r["text"], "calls": bool(r["tool_calls"]),
                     "tokens": r["usage"]["output_tokens"]} for r in records],
    }


def asked(binary, model, workload, arm, work, cpus):
    folder = work / "eval-runs"
    shutil.rmtree(folder, ignore_errors=True)
    words = [binary, "run", "--suite", workload.suite, "--candidate", model, "--cache", "off", "--out", folder]
    if arm.get("one"):
        words += ["--limit", 1, "--task", workload.cases[0]["task"]]
    elif workload.limit:
        words += ["--limit", workload.limit]
    if arm.get("concurrency"):
        words += ["--concurrency", arm["concurrency"]]
    used = command(words, work / "log.txt", cpus)
    [run] = folder.glob("*/run.json")
    manifest = json.loads(run.read_text())
    details = manifest["models"][0]["details"]
    records = [json.loads(line) for line in run.with_name("records.jsonl").read_text().splitlines()]
    shape = {key: details.get(key) for key in ("held_as", "workers", "batch")}
    return used | {"version": f"eval {manifest['eval_version']}", "built": json.dumps(shape), "records": records}


def unlike(found, expected):
    """The cases of which eval counts another number of tokens than the others are given; none is `None`."""
    keys = [key for key in sorted(found.keys() | expected.keys()) if found.get(key) != expected.get(key)]
    some = ", ".join(f"{'/'.join(key)} {found.get(key)} for {expected.get(key)}" for key in keys[:5])
    return f"{len(keys)} cases: {some}" if keys else None
