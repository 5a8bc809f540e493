"""Asks the official checker of the Berkeley function-calling leaderboard about calls.

python verdicts.py CASES CALLS > verdicts.txt

CASES: single_turn_cases.jsonl. CALLS: what the test writes where EVAL_BFCL_CALLS names it. Its first line is a digest of the rest.
One line a case, one character a mutation: 1 right, 0 wrong, x where the checker itself fails, - where there are no calls.
"""

import importlib.metadata
import json
import sys
import types

# The checker asks the list of models whether points in names are written as underscores; that list imports the clients of
# every vendor. This one model keeps names as they are.
stub = types.ModuleType("bfcl_eval.constants.model_config")
stub.MODEL_CONFIG_MAPPING = {"model": types.SimpleNamespace(underscore_to_dot=False)}
sys.modules["bfcl_eval.constants.model_config"] = stub

from bfcl_eval.constants.enums import Language  # noqa: E402
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker  # noqa: E402


def verdict(row, calls):
    if calls is None:
        return "-"
    if row["ground_truth"] is None:
        return "1" if bool(calls) != row["expect_no_call"] else "0"
    category = row["category"]
    language = Language.PYTHON
    if category.endswith("_java"):
        language = Language.JAVA
    elif category.endswith("_javascript"):
        language = Language.JAVASCRIPT
    made = [{call["name"]: call["arguments"]} for call in calls]
    try:
        answer = ast_checker(row["tools"], made, row["ground_truth"], language, category, "model")
    except Exception:
        return "x"
    return "1" if answer["valid"] else "0"


def main():
    cases, calls = sys.argv[1:]
    with open(cases) as cases, open(calls) as calls:
        digest = next(calls).strip()
        print(f"bfcl-eval {importlib.metadata.version('bfcl-eval')}, calls {digest}\n")
        for row, made in zip(cases, calls, strict=True):
            row, made = json.loads(row), json.loads(made)
            assert row["id"] == made["id"]
            print("".join(verdict(row, one) for one in made["calls"]))


main()
