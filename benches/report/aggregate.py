"""What `eval compare` counts of a record log, with pandas: aggregate.py READER LOG RESULT."""

import io
import json
import sys

import pandas as pd

CHUNK = 50_000
BLOCK = 64 << 20
NEEDED = ["task", "case_hash", "model", "repeat", "outcome", "correct", "behaviour", "latency_ms", "cost_usd",
          "input_tokens", "output_tokens", "tags"]


def chunks(log):
    """pandas' own reader, chunk by chunk."""
    with pd.read_json(log, lines=True, chunksize=CHUNK, dtype=False) as reader:
        for chunk in reader:
            for key in ("input_tokens", "output_tokens"):
                chunk[key] = [usage[key] for usage in chunk["usage"]]
            yield chunk[NEEDED]


def blocks(log):
    """pyarrow's reader, told the columns that are needed: it passes over the rest, and uses every core."""
    import pyarrow as pa
    import pyarrow.json

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    schema = pa.schema({
        "task": text, "case_hash": text, "model": text, "repeat": whole, "outcome": text, "correct": pa.bool_(),
        "behaviour": text, "latency_ms": number, "cost_usd": number, "tags": pa.list_(text),
        "usage": pa.struct({"input_tokens": whole, "output_tokens": whole}),
    })
    parse = pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    read = pa.json.ReadOptions(block_size=4 << 20)
    with open(log, "rb") as file:
        while block := file.read(BLOCK):
            block += file.readline()
            table = pa.json.read_json(io.BytesIO(block), read_options=read, parse_options=parse)
            usage = table["usage"].combine_chunks().flatten()
            table = table.append_column("input_tokens", usage[0]).append_column("output_tokens", usage[1])
            yield table.select(NEEDED).to_pandas()


def totals(data):
    latency = data.groupby(["task", "model"], observed=True)["latency_ms"]
    found = data.groupby(["task", "model"], observed=True).agg(
        records=("correct", "size"), right=("correct", "sum"), broken=("broken", "sum"),
        cost_usd=("cost_usd", "sum"), input_tokens=("input_tokens", "sum"), output_tokens=("output_tokens", "sum"),
    )
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        found[name] = latency.quantile(share)
    found["accuracy"] = found["right"] / found["records"]
    found["cost_per_correct_usd"] = found["cost_usd"] / found["right"]
    return {task: rows.droplevel(0).to_dict("index") for task, rows in found.groupby(level=0)}


def paired(data):
    sides = [data[data["model"] == model] for model in ("candidate", "reference")]
    right = sides[1][["task", "case_hash", "repeat", "correct"]]
    pairs = sides[0].merge(right, on=["task", "case_hash", "repeat"], suffixes=("", "_reference"))
    pairs["difference"] = pairs["correct"].astype(int) - pairs["correct_reference"].astype(int)
    found = {}
    for task, of_task in pairs.groupby("task", observed=True):
        ours, theirs = of_task["correct"], of_task["correct_reference"]
        slices = of_task[["tags", "difference"]].explode("tags").dropna().groupby("tags")["difference"]
        found[task] = {
            "both": int((ours & theirs).sum()), "candidate_only": int((ours & ~theirs).sum()),
            "reference_only": int((~ours & theirs).sum()), "neither": int((~ours & ~theirs).sum()),
            "difference": float(of_task["difference"].mean()),
            "slices": slices.agg(["size", "mean"]).to_dict("index"),
        }
    return found


def main(reader, log, result):
    read = {"pandas": chunks, "pyarrow": blocks}[reader](log)
    data = pd.concat(read, ignore_index=True)
    for key in ("task", "model", "outcome", "behaviour"):
        data[key] = data[key].astype("category")
    data["correct"] = data["correct"].astype(bool)
    data["broken"] = data["behaviour"] == "broken"
    with open(result, "w", encoding="utf-8") as out:
        json.dump({"totals": totals(data), "pairs": paired(data)}, out)


main(*sys.argv[1:])
