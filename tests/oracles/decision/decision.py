"""What a comparison must say of 15,361 recorded pairs. python decision.py REPLAY.jsonl.gz > decision.json"""

import gzip
import json
import platform
import sys

import numpy as np
import scipy
import statsmodels

import methods

MARGINS = (0.02, 0.05, 0.10)
ALPHA = 0.05
LEVELS = (0.90, 0.95)
HORIZON = 700


def read(path, dataset):
    """(case, candidate correct, reference correct) in file order: the open model stands for the closed one."""
    cases = {}
    for line in gzip.open(path, "rt", encoding="utf-8"):
        row = json.loads(line)
        if row["dataset"] == dataset:
            cases.setdefault(row["case_id"], {})[row["kind"]] = row["correct"]
    return [(case, kinds["open"], kinds["closed"]) for case, kinds in cases.items()]


def every_kth(cases, n):
    step = len(cases) // n
    return cases[::step][:n]


def table_of(cases):
    cells = [(candidate, reference) for _, candidate, reference in cases]
    return tuple(cells.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False)))


def verdict(low, high, margin):
    """Of an endpoint where more is better."""
    return "good_enough" if low >= -margin else "not_good_enough" if high < -margin else "need_more_data"


def by_level(method, *arguments):
    return {f"{level:.2f}": method(*arguments, level) for level in LEVELS}


def by_margin(answer):
    return {f"{margin:.2f}": answer(margin) for margin in MARGINS}


def rate(correct, n):
    return {"correct": correct, "rate": correct / n, "wilson": by_level(methods.wilson, correct, n)}


def compared(cases):
    table = both, candidate_only, reference_only, neither = table_of(cases)
    n = len(cases)
    wrong = (neither, reference_only, candidate_only, both)
    low, high = methods.tango(table, 1 - 2 * ALPHA)
    wrong_low, wrong_high = methods.tango(wrong, 1 - 2 * ALPHA)
    figures = {
        "cases": n,
        "table": table,
        "difference": (candidate_only - reference_only) / n,
        "discordance": (candidate_only + reference_only) / n,
        "tango": by_level(methods.tango, table),
        "newcombe": by_level(methods.newcombe, table),
        "mcnemar": methods.mcnemar_tests(table),
        "p_noninferiority": by_margin(lambda margin: methods.p_noninferiority(table, margin)),
        "candidate": rate(both + candidate_only, n),
        "reference": rate(both + reference_only, n),
        "verdict": by_margin(lambda margin: verdict(low, high, margin)),
        "wrong_answers": {
            "difference": (reference_only - candidate_only) / n,
            "tango": by_level(methods.tango, wrong),
            "verdict": by_margin(lambda margin: verdict(-wrong_high, -wrong_low, margin)),
        },
    }
    for margin, p in figures["p_noninferiority"].items():
        assert (p <= ALPHA) == (figures["verdict"][margin] == "good_enough"), "the interval and the test must agree"
    assert figures["wrong_answers"]["verdict"] == figures["verdict"], "wrong is the mirror of correct here"
    return figures


def by_subject(cases):
    subjects = [case.rsplit("-", 1)[0] for case, _, _ in cases]
    candidate, reference = (np.array([case[i] for case in cases], float) for i in (1, 2))
    difference = methods.clustered(candidate - reference, subjects)
    return {
        "difference": difference,
        "candidate": methods.clustered(candidate, subjects),
        "reference": methods.clustered(reference, subjects),
        "verdict": by_margin(lambda margin: verdict(*difference["interval"]["0.90"], margin)),
    }


def powers(sets):
    """With the discordance of each set, were there no true difference."""
    wanted = [(name, n) for name in ("gsm8k", "mmlu") for n in (50, 200, 800)] + [(f"mmlu_{n}", n) for n in (50, 200, 800)]
    for name, n in wanted:
        discordance = sets[name]["discordance"]
        power = methods.power(n, discordance, 0.0, 0.05, ALPHA)
        yield {"discordance_of": name, "discordance": discordance, "n": n, "margin": 0.05, "alpha": ALPHA, "power": power}


def smallest():
    """Power is a saw: `first` reaches the target, and from `lasting` on no n up to the horizon falls below it."""
    for alpha in (0.05, 0.025):
        curve = np.array([0.0] + [methods.power(n, 0.10, 0.0, 0.05, alpha) for n in range(1, HORIZON + 1)])
        for target in (0.8, 0.9):
            first, lasting = int(np.argmax(curve >= target)), int(np.flatnonzero(curve < target)[-1]) + 1
            around = {str(n): curve[n] for n in sorted({first - 1, first, lasting - 1, lasting})}
            row = {"discordance": 0.10, "margin": 0.05, "alpha": alpha, "power": target}
            yield row | {"first": first, "lasting": lasting, "power_at": around}


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [rounded(inner) for inner in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def main(path):
    methods.check()
    gsm8k, mmlu = read(path, "gsm8k"), read(path, "mmlu")
    sets = {"gsm8k": compared(gsm8k), "mmlu": compared(mmlu)}
    sets |= {f"mmlu_{n}": {"step": len(mmlu) // n} | compared(every_kth(mmlu, n)) for n in (50, 200, 800)}
    made_with = {"python": platform.python_version()} | {m.__name__: m.__version__ for m in (np, scipy, statsmodels)}
    out = {"made_with": made_with, "alpha": ALPHA, "sets": sets, "mmlu_by_subject": by_subject(mmlu)}
    out |= {"power": list(powers(sets)), "smallest_n": list(smallest())}
    print(json.dumps(rounded(out), indent=1))


main(sys.argv[1])
