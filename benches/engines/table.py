"""The figures as Markdown, with the ratios that are asked for."""

RATIOS = (
    # what, of eval and of the other, which engine, the target
    ("wall time, whole suite", "wall_s", "llama.cpp", "≤ 0.70"),
    ("wall time, whole suite", "wall_s", "transformers", "≤ 0.30"),
    ("generated tokens/s, whole suite", "generated_tokens_per_s", "llama.cpp", "≥ 1.20"),
    ("prompt tokens/s, whole suite", "prompt_tokens_per_s", "llama.cpp", "≥ 1.20"),
)


def setting(arm):
    words = [arm["weights"]] if arm.get("weights") not in (None, "folder") else []
    words += [arm["dtype"]] if "dtype" in arm else []
    words.append(f"{arm['sequences']} at once")
    words += ["one cache"] if arm.get("one_cache") else []
    return ", ".join(words)


def number(value, digits=0):
    return "—" if value is None else f"{value:,.{digits}f}"


def lines(head, rows):
    out = ["| " + " | ".join(head) + " |", "|---|---|" + "---:|" * (len(head) - 2)]
    return out + ["| " + " | ".join(row) + " |" for row in rows]


def phases(rows):
    head = ["engine", "setting", "wall s", "load s", "prompt tok/s", "generated tok/s", "generated", "CPU s", "peak MB"]
    return lines(head, [[
        row["engine"], setting(row["arm"]), number(row["wall_s"], 1), number(row["load_s"], 2),
        number(row["prompt_tokens_per_s"]), number(row["generated_tokens_per_s"]), number(row["generated_tokens"]),
        number(row["cpu_s"], 1), number(row["peak_mb"]),
    ] for row in rows])


def long(rows):
    head = ["engine", "setting", "threads", "prompt tok/s"]
    return lines(head, [[row["engine"], setting(row["arm"]), str(row["threads"]),
                         number(row["prompt_tokens"] / row["wall_s"])] for row in rows])


def best(rows, key):
    values = [row[key] for row in rows if row.get(key)]
    return (min if key == "wall_s" else max)(values, default=None)


def ratios(results):
    whole, tried, found = results["whole"], results["tried"], []

    def add(name, key, mine, theirs, target, against):
        mine, theirs = best(mine, key), best(theirs, key)
        if mine and theirs:
            found.append([name, against, number(mine / theirs, 2), target, verdict(mine / theirs, target)])

    def of(rows, engine, weights=None):
        return [r for r in rows if r["engine"] == engine and (not weights or r["arm"].get("weights") == weights)]

    for name, key, engine, target in RATIOS:
        add(name, key, of(whole, "eval"), of(whole, engine), target, f"{engine}, best")
        if engine == "llama.cpp":
            add(name, key, of(whole, "eval"), of(whole, engine, "as-is"), target, f"{engine}, same file")
    for name, weights in (("best", None), ("same file", "as-is")):
        add("generated tokens/s, best setting tried", "generated_tokens_per_s", of(tried, "eval"),
            of(tried, "llama.cpp", weights), "≥ 1.20", f"llama.cpp, {name}")
        for threads in sorted({row["threads"] for row in results["long"]}):
            rows = [row | {"rate": row["prompt_tokens"] / row["wall_s"]} for row in results["long"] if row["threads"] == threads]
            add(f"prompt tokens/s, long prompts, {threads} threads", "rate", of(rows, "eval"),
                of(rows, "llama.cpp", weights), "≥ 1.20", f"llama.cpp, {name}")
    for row in of(whole, "eval"):
        found.append(["peak memory, MB", "", number(row["peak_mb"]), "≤ 1200", verdict(row["peak_mb"], "≤ 1200")])
        found.append(["load, s", "", number(row["load_s"], 2), "≤ 1.5", verdict(row["load_s"], "≤ 1.5")])
    return lines(["eval's", "against", "is", "asked", ""], found)


def verdict(value, target):
    sign, limit = target.split()
    return "met" if (value <= float(limit) if sign == "≤" else value >= float(limit)) else "missed"


def agreement(rows, pieces):
    """How often each setting of the others begins, and says all, as eval does on the same prompt."""
    said = {}
    for row in rows:
        if row["engine"] == "eval" and row["workload"] in ("trial", "whole"):
            for answer in row.get("answers", []):
                if not answer["calls"]:
                    said[row["workload"], answer["task"], answer["case"]] = answer["text"].strip()
    found = []
    for row in rows:
        if row["engine"] == "eval" or "failed" in row:
            continue
        first = whole = compared = 0
        for answer in row["answers"]:
            text = said.get((row["workload"], answer["task"], answer["case"]))
            if text is None:
                continue
            words = [b"".join(bytes.fromhex(pieces[id]) for id in ids) for ids in (answer["ids"][:1], answer["ids"])]
            start, all_of_it = (word.decode(errors="ignore").split("<|im_end|>")[0].strip() for word in words)
            compared += 1
            first += text.startswith(start) and bool(start or not text)
            whole += text == all_of_it
        if compared:
            found.append({"engine": row["engine"], "arm": row["arm"], "workload": row["workload"],
                          "cases": compared, "same_first_token": first, "same_answer": whole})
    return found


def agreeing(rows):
    head = ["engine", "setting", "cases", "same first token", "same answer"]
    shown = [row for row in rows if row["workload"] == "whole"]
    return lines(head, [[row["engine"], setting(row["arm"]), number(row["cases"]), number(row["same_first_token"]),
                         number(row["same_answer"])] for row in shown])


def markdown(results):
    machine = results["machine"]
    parts = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} used; {machine['date']}; "
        f"load average {machine['load_average'][0]:.1f} to {machine['load_average'][1]:.1f}",
        *(f"- {engine}: {version}; {built}" for engine, (version, built) in machine["engines"].items()),
        "\nThe whole suite:\n", *phases(results["whole"]),
        "\nThe ratios:\n", *ratios(results),
        "\nLong prompts that share little, the first token of each answer:\n", *long(results["long"]),
        "\nEvery setting, on the first cases of each task:\n", *phases(results["tried"]),
        "\nAnswers that are eval's too:\n", *agreeing(results["agreement"]),
    ]
    unlike = [row for row in results["rows"] if row.get("unlike")]
    parts += ["\nPrompts of which eval counts other tokens than the others were given: THESE FIGURES DO NOT COMPARE.\n"] if unlike else []
    parts += [f"- {setting(row['arm'])}, {row['workload']}: {row['unlike']}" for row in unlike]
    failed = [row for row in results["rows"] if "failed" in row]
    parts += ["\nWhat failed, and is in no table:\n"] if failed else []
    parts += [f"- {row['engine']}, {setting(row['arm'])}, {row['workload']}: {row['failed']}" for row in failed]
    return "\n".join(parts)
