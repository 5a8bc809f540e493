"""Writes tests/fixtures/public-schemas from the JSON Schema Test Suite, as the Python package jsonschema ships it.

    python3 -m pip download --no-deps --no-binary :all: jsonschema==4.25.1
    tar xzf jsonschema-4.25.1.tar.gz
    python3 gather.py jsonschema-4.25.1/json ../../fixtures/public-schemas

Which schemas are taken does not depend on what becomes of them: of drafts 4, 7 and 2020-12 the groups of tests, optional
ones and formats included, whose references all stay in the schema (`$ref` begins with `#`) and whose `$schema` is the draft's own, sorted by path, every third.
`$schema` is put in where a group leaves it out, since the suite tells the draft by the folder.
"""

import json
import shutil
import sys
from pathlib import Path

DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
EVERY = 3


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(inner, str):
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def groups(suite: Path):
    for draft, uri in DRAFTS.items():
        folder = suite / "tests" / draft
        for path in sorted(folder.rglob("*.json")):
            if path.name == "vocabulary.json":  # it is about schemas that are fetched
                continue
            for group in json.loads(path.read_text()):
                schema = group["schema"]
                if not all(reference.startswith("#") for reference in references(schema)):
                    continue
                if isinstance(schema, dict) and schema.get("$schema", uri).rstrip("#") != uri.rstrip("#"):
                    continue
                if isinstance(schema, dict):
                    schema = {"$schema": uri} | schema
                told = {True: [], False: []}
                for test in group["tests"]:
                    told[test["valid"]].append(test["data"])
                name = f"{path.relative_to(suite / 'tests')}: {group['description']}"
                yield {"name": name, "schema": schema, "valid": told[True], "invalid": told[False]}


def main(suite: Path, into: Path):
    into.mkdir(parents=True, exist_ok=True)
    taken = list(groups(suite))[::EVERY]
    lines = [json.dumps(group, ensure_ascii=True, separators=(",", ":")) for group in taken]
    (into / "schemas.jsonl").write_text("\n".join(lines) + "\n")
    shutil.copy(suite / "LICENSE", into / "LICENSE")
    print(f"{len(taken)} schemas")


main(Path(sys.argv[1]), Path(sys.argv[2]))
