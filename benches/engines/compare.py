"""eval, llama.cpp and transformers on the same prompts, one process after the other. See README.md."""

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import time
from pathlib import Path

import eval_engine
import table
from measured import Failed, script
from recorder import conversations
from workloads import Workload, first_tokens, first_tokens_suite, long_suite, part_of

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def arguments():
    parser = argparse.ArgumentParser(prog="benches/engines/run", description=__doc__)
    add = parser.add_argument
    add("--eval", type=Path, default=ROOT / "target/release/eval", help="the release binary")
    add("--suite", type=Path, default=ROOT / "datasets/suites/support-tickets")
    add("--model", default="smollm2-135m", help="what follows `candle:`")
    add("--weights", type=Path, default=CACHE / "eval/models/SmolLM2-135M-Instruct.Q4_1.gguf", help="its GGUF file")
    add("--threads", type=int, default=2, help="processors that all engines are bound to")
    add("--limit", type=int, help="only the first cases of each task, everywhere")
    add("--trial", type=int, default=12, help="cases of each task on which the best of an engine's settings is chosen")
    add("--rounds", type=int, default=1, help="of the whole suite, by turns; medians are shown")
    add("--engines", default="eval,llama.cpp,transformers")
    add("--sizes", type=sizes, default="1,8,16", help="how many answers at once every engine is tried with")
    add("--kinds", default="Q4_0", help="what llama.cpp is also tried on, requantized: Q4_0,Q8_0 …")
    add("--dtypes", default="float32,bfloat16", help="what transformers is tried with")
    add("--json", type=Path, help="where to write every figure [default: results.json in the work folder]")
    return parser.parse_args()


def sizes(text):
    return [int(size) for size in text.split(",")]


def arms(options):
    """Every setting of every engine that is tried."""
    found = [("eval", {"sequences": size, "concurrency": size}) for size in options.sizes]
    found.append(("eval", {"sequences": "default", "concurrency": None}))
    for weights in ["as-is", *filter(None, options.kinds.split(","))]:
        found += [("llama.cpp", {"weights": weights, "sequences": size, "one_cache": one})
                  for size in options.sizes for one in ([False] if size == 1 else [False, True])]
    found += [("transformers", {"weights": "folder", "dtype": dtype, "sequences": size})
              for dtype in options.dtypes.split(",") for size in options.sizes]
    return [(engine, arm) for engine, arm in found if engine in options.engines.split(",")]


class Comparison:
    def __init__(self, options):
        self.options = options
        self.work = Path(os.environ.get("BENCH_WORK", ROOT / "target/engines")).resolve()
        self.cpus = sorted(os.sched_getaffinity(0))[:options.threads]
        self.rows = []

    def prepare(self):
        """The prompts as token ids, and the weights as each engine wants them."""
        options, work = self.options, self.work
        work.mkdir(parents=True, exist_ok=True)
        for old in ("suites", "asked"):
            shutil.rmtree(work / old, ignore_errors=True)
        (work / "suites").mkdir()
        whole = self.recorded("whole", options.suite, options.limit)
        ones = first_tokens_suite(options.suite, work / "suites/first")
        long = self.recorded("long prompts", long_suite(options.suite, work / "suites/long"), options.limit)
        trial = part_of(whole, options.trial, "trial")
        self.whole, self.first, self.long = whole, first_tokens(whole, ones), long
        self.trial, self.trial_first = trial, first_tokens(trial, ones)
        kinds = list(filter(None, options.kinds.split(",")))
        self.weights = script("weights.py", {"weights": str(options.weights), "folder": str(work), "kinds": kinds}, work, self.cpus)

    def recorded(self, name, suite, limit):
        options, work = self.options, self.work
        print(f"what eval asks: {name}", file=sys.stderr, flush=True)
        found = conversations(options.eval, suite, limit, work / "asked" / name.replace(" ", "-"), self.cpus)
        told = script("prompts.py", {"weights": str(options.weights), "cases": found}, work, self.cpus)
        self.pieces, self.ends = told["pieces"], told["ends"]
        return Workload(name, suite, limit, told["cases"])

    def measure(self, engine, arm, workload, threads=None):
        """One engine on one workload, in a process of its own."""
        threads = threads or self.options.threads
        cpus = self.cpus[:threads]
        row = {"engine": engine, "arm": arm, "workload": workload.name, "threads": threads, "at": time.strftime("%H:%M:%S")}
        print(f"{engine} {table.setting(arm)}: {workload.name}", file=sys.stderr, flush=True)
        try:
            if engine == "eval":
                model = f"candle:{self.options.model}"
                row |= eval_engine.run(self.options.eval, model, workload, arm, self.work, cpus)
            else:
                job = dict(arm, weights=self.weights[arm["weights"]], cases=workload.cases, ends=self.ends, threads=threads)
                name = {"llama.cpp": "llama_engine.py", "transformers": "transformers_engine.py"}[engine]
                row |= script(name, job, self.work, cpus)
                row["generated_tokens"] = sum(len(answer["ids"]) for answer in row["answers"])
        except Failed as error:
            row["failed"] = str(error)
            print(f"  failed: {error}", file=sys.stderr)
        row["prompt_tokens"] = sum(len(case["ids"]) for case in workload.cases)
        row["load_average"] = os.getloadavg()[0]
        self.rows.append(row)
        # What is measured is not lost if a later part fails.
        (self.work / "rows.json").write_text(json.dumps(self.rows))
        return row

    def phases(self, engine, arm, whole, first):
        """All answers, and their first tokens alone: the difference is generation."""
        full, one = self.measure(engine, arm, whole), self.measure(engine, arm, first)
        if "failed" in full or "failed" in one:
            return None
        more, longer = full["generated_tokens"] - one["generated_tokens"], full["wall_s"] - one["wall_s"]
        return {
            "engine": engine, "arm": arm, "wall_s": full["wall_s"], "load_s": full["load_s"], "cpu_s": full["cpu_s"],
            "peak_mb": full["peak_mb"], "prompt_tokens": full["prompt_tokens"], "generated_tokens": full["generated_tokens"],
            "prompt_tokens_per_s": one["prompt_tokens"] / one["wall_s"],
            "generated_tokens_per_s": more / longer if longer > 0 else None,
        }

    def finalists(self, trials):
        """The fastest setting of each engine; of llama.cpp also the fastest on the very file that eval reads."""
        found = []
        for engine in dict.fromkeys(trial["engine"] for trial in trials):
            mine = sorted((t for t in trials if t["engine"] == engine), key=lambda trial: trial["wall_s"])
            same = [t for t in mine if t["arm"].get("weights") == "as-is"][:1]
            found += [(engine, t["arm"]) for t in same + [t for t in mine[:1] if t not in same]]
        return found

    def run(self):
        self.prepare()
        tried = [self.phases(*arm, self.trial, self.trial_first) for arm in arms(self.options)]
        tried = [trial for trial in tried if trial]
        finalists = self.finalists(tried)
        rounds = [[self.phases(*arm, self.whole, self.first) for arm in finalists] for _ in range(self.options.rounds)]
        whole = [middle([one for one in runs if one]) for runs in zip(*rounds) if any(runs)]
        long = [self.measure(*arm, self.long, threads) for arm in finalists for threads in sorted({1, self.options.threads})]
        long = [row for row in long if "failed" not in row]
        return {"machine": machine(self), "tried": tried, "whole": whole, "long": long,
                "agreement": table.agreement(self.rows, self.pieces), "rows": self.rows}


def middle(runs):
    """The median of every figure over the rounds."""
    figures = {key for run in runs for key, value in run.items() if isinstance(value, (int, float))}
    known = {key: [run[key] for run in runs if run[key] is not None] for key in figures}
    return runs[0] | {key: statistics.median(values) for key, values in known.items() if values}


def machine(comparison):
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    built = {row["engine"]: [row["version"], row["built"]] for row in comparison.rows if "failed" not in row}
    return {
        "cpu": name, "cores": os.cpu_count(), "threads": len(comparison.cpus), "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"), "engines": built, "llama_flags": os.environ.get("BENCH_LLAMA_FLAGS"),
        "load_average": [min(r["load_average"] for r in comparison.rows), max(r["load_average"] for r in comparison.rows)],
    }


def main():
    comparison = Comparison(arguments())
    try:
        results = comparison.run()
    except Failed as error:
        raise SystemExit(f"cannot go on: {error}")
    out = comparison.options.json or comparison.work / "results.json"
    out.write_text(json.dumps(results, indent=1) + "\n")
    print(table.markdown(results))
    print(f"every figure: {out}", file=sys.stderr)


if __name__ == "__main__":
    main()
