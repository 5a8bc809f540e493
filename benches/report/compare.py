"""Times eval and pandas on the same logs, and checks that both count the same."""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import generate

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WORK = Path(os.environ["BENCH_WORK"])
# Of eval: wall seconds and MB, by records.
LIMITS = {10_000: (1.0, 200), 1_000_000: (20.0, 1500)}
FASTER = 5.0


def measured(words, out=None):
    """Wall and CPU seconds and peak memory in MB of a command, as the operating system counts them."""
    begun = time.monotonic()
    with open(out or os.devnull, "wb") as to, open(WORK / "log.txt", "wb") as log:
        child = subprocess.Popen([str(word) for word in words], stdout=to, stderr=log)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # 12: the numbers are there and show nothing, as of a model that gets nearly all wrong.
    if child.returncode not in (0, 12):
        end = (WORK / "log.txt").read_text(errors="replace").strip().splitlines()[-3:]
        sys.exit(f"{words[0]} {words[1]}: exit code {child.returncode}: {' / '.join(end)}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def small_run(eval_, folder):
    """Recorded answers of two tasks, from which the large logs are made: nothing is asked."""
    if not (folder / "records.jsonl").exists():
        shutil.rmtree(folder.parent, ignore_errors=True)
        recording = "recorded:qwen2.5-coder-0.5b"
        measured([
            eval_, "run", "--suite", "support-tickets", "--task", "triage", "--task", "fields", "--candidate",
            f"candidate={recording}", "--reference", f"reference={recording}", "--out", folder.parent,
        ])
        made = next(path for path in folder.parent.iterdir() if path.is_dir())
        made.rename(folder)
    return folder


def differences(ours, theirs):
    """Where the numbers of eval and of pandas are not the same."""
    found = []

    def same(what, a, b):
        if not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12):
            found.append(f"{what}: eval {a}, pandas {b}")

    slices = {task["task"]: {row["tag"]: row for row in task["slices"]} for task in ours["details"][0]["tasks"]}
    for task in ours["tasks"]:
        name = task["task"]
        for model in task["models"]:
            other = theirs["totals"][name][model["model"]]
            pairs = {
                "records": model["records"], "right": model["correct"], "broken": model["broken"],
                "accuracy": model["correct_rate"], "cost_usd": model["cost_usd"],
                "cost_per_correct_usd": model["cost_per_correct_usd"], "input_tokens": model["tokens"]["input"],
                "output_tokens": model["tokens"]["output"], **model["latency_ms"],
            }
            for key, value in pairs.items():
                same(f"{name}, {model['model']}, {key}", value, other[key])
        row, other = task["comparisons"][0], theirs["pairs"][name]
        for key in ("both", "candidate_only", "reference_only", "neither", "difference"):
            same(f"{name}, {key}", row[key], other[key])
        # eval leaves out slices of a few cases.
        for tag, row in slices[name].items():
            same(f"{name}, {tag}, cases", row["cases"], other["slices"][tag]["size"])
            same(f"{name}, {tag}, difference", row["difference"], other["slices"][tag]["mean"])
        if not slices[name]:
            found.append(f"{name}: eval tells no slice")
    return found


def arms(eval_, folder, readers):
    """What is timed: a name, the command, and where its numbers go."""
    run = ["--out", folder.parent]
    yield "eval compare", [eval_, "compare", folder.name, "--format", "json", *run], WORK / "eval.json"
    yield "eval report (page)", [eval_, "report", folder.name, "--format", "html", *run], None
    for reader in readers:
        result = WORK / f"{reader}.json"
        yield reader, [sys.executable, HERE / "aggregate.py", reader, folder / "records.jsonl", result], None


def bench(eval_, folder, n, options):
    taken = {name: [] for name, _, _ in arms(eval_, folder, options.reader)}
    for _ in range(options.rounds):
        for name, words, out in arms(eval_, folder, options.reader):
            taken[name].append(measured(words, out))
    ours = json.loads((WORK / "eval.json").read_text())
    for reader in options.reader:
        if found := differences(ours, json.loads((WORK / f"{reader}.json").read_text())):
            sys.exit("eval and " + reader + " do not count the same:\n" + "\n".join(found[:10]))
    best = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in taken.items()}
    size = (folder / "records.jsonl").stat().st_size
    print(f"\n{n:,} records, {size / 1e6:,.0f} MB, {size / n:,.0f} bytes each\n")
    print("| | wall s | CPU s | peak MB | wall, over eval compare |\n|---|---:|---:|---:|---:|")
    for name, (wall, cpu, peak) in best.items():
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} | {wall / best['eval compare'][0]:.1f} |")
    verdicts(best, n, options.reader)


def verdicts(best, n, readers):
    if n not in LIMITS:
        return
    most_s, most_mb = LIMITS[n]
    for name in ("eval compare", "eval report (page)"):
        wall, _, peak = best[name]
        print(f"\n{name}: {wall:.2f} s of {most_s} s, {peak:,.0f} MB of {most_mb} MB: "
              f"{'met' if wall <= most_s and peak <= most_mb else 'MISSED'}")
    if n == max(LIMITS) and "pandas" in readers:
        ratio = best["pandas"][0] / best["eval compare"][0]
        print(f"\npandas takes {ratio:.1f} times as long, of {FASTER}: {'met' if ratio >= FASTER else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=ROOT / "target/release/eval")
    parser.add_argument("--records", type=int, nargs="+", default=list(LIMITS))
    parser.add_argument("--prompt-chars", type=int, help="cut each turn of the prompts: logs of smaller records")
    parser.add_argument("--reader", nargs="+", choices=["pandas", "pyarrow"], default=["pandas", "pyarrow"])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    small = small_run(options.eval, WORK / "small" / "run")
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}")
    for n in options.records:
        cut = "" if options.prompt_chars is None else f"-{options.prompt_chars}"
        folder = WORK / "runs" / f"records-{n}{cut}"
        if not (folder / "records.jsonl").exists():
            generate.run(small, folder, n, options.prompt_chars)
        bench(options.eval, folder, n, options)


main()
