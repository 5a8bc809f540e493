"""What is asked: the suite whole, only the first token of each of its answers, and long prompts that share little."""

import json
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

LONG_CASES = 32
LONG_WORDS = 360
LONG_SUITE = """name = "long"
[[task]]
name = "long"
kind = "classification"
labels = ["yes", "no"]
max_output_tokens = 1
"""


@dataclass
class Workload:
    name: str
    suite: Path
    limit: int | None = None
    cases: list = field(default_factory=list)


def first_tokens_suite(suite, target):
    """A copy in which every answer ends after one token."""
    shutil.copytree(suite, target)
    text = (target / "suite.toml").read_text()
    text = re.sub(r"(?m)^max_output_tokens\b.*\n", "", text)
    (target / "suite.toml").write_text(re.sub(r"(?m)^(kind\s*=.*)$", r"\1\nmax_output_tokens = 1", text))
    return target


def long_suite(suite, target):
    """Texts of the suite's own cases, one after the other, each beginning elsewhere."""
    target.mkdir()
    words = []
    for file in sorted(suite.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            words += texts(json.loads(line).get("input", ""))
    (target / "suite.toml").write_text(LONG_SUITE)
    (target / "long.jinja").write_text("{% block user %}{{ input }}{% endblock %}\n")
    step = max(1, len(words) // LONG_CASES)
    with open(target / "long.jsonl", "w") as out:
        for number in range(LONG_CASES):
            turned = words[number * step:] + words[:number * step]
            case = {"id": f"l-{number:03}", "input": " ".join(turned[:LONG_WORDS]), "expected": ("yes", "no")[number % 2]}
            out.write(json.dumps(case) + "\n")
    return target


def texts(value):
    if isinstance(value, str):
        return value.split()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [word for part in parts for word in texts(part)]


def first_tokens(whole, suite):
    return replace(whole, name="first tokens", suite=suite, cases=[dict(case, limit=1) for case in whole.cases])


def part_of(whole, limit, name):
    """The first cases of each task, as `--limit` takes them."""
    taken, cases = {}, []
    for case in whole.cases:
        taken[case["task"]] = taken.get(case["task"], 0) + 1
        if taken[case["task"]] <= limit:
            cases.append(case)
    return replace(whole, name=name, limit=min(limit, whole.limit or limit), cases=cases)
