"""Writes the cases of examples/ci-gate and the answers of its two invented models, the same every time, and from them
the baseline.

    python3 tests/ci_examples/generate.py target/debug/eval examples/ci-gate
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

DRAW = random.Random(20261101)

TITLES = [
    "The Salt Path", "Middlemarch", "A Field Guide to Mosses", "the tide tables", "Piranesi", "that Icelandic crime novel",
    "the Dutch grammar", "Wolf Hall", "the bread book", "Moby-Dick", "the atlas of trees", "Dune", "the knitting DVD",
    "The Odyssey, the new translation", "the sheet music for the cello suites", "Persepolis",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
BRANCHES = ["Harbour Street", "the main branch", "Northgate", "the branch by the station"]

TOPICS = {
    "loans": [
        "Can I keep {title} for another two weeks?",
        "{title} is due on {day} and I am not finished. Please renew it.",
        "I left {title} on the tram. What happens now?",
        "May I give {title} back at {branch} instead?",
        "Your site says {title} is overdue, but I put it in the return slot on {day}.",
        "A few pages of {title} came loose in my bag. Shall I bring it in or mend it myself?",
        "When do I have to bring back {title}?",
        "I seem to have {n} items out. Which of them are due before {day}?",
        "Please extend all {n} of my loans, I am in hospital until {day}.",
        "The system will not let me renew {title}, somebody is waiting it says. Is one more week possible?",
    ],
    "reservations": [
        "Please put {title} aside for me.",
        "I am number {n} on the list for {title}. How long will that be, roughly?",
        "Can you get {title} over from {branch}?",
        "I had a message that {title} is waiting for me. Until when do you keep it?",
        "Cancel my hold on {title}, a friend gave me a copy.",
        "Could somebody else pick up {title} for me on {day}?",
        "Is there a waiting list for {title}?",
        "You do not seem to have {title}. Can it be ordered from another library?",
        "My hold on {title} has vanished from the list since {day}.",
        "Please move the pick-up of {title} to {branch}.",
    ],
    "account": [
        "I forgot my PIN.",
        "My card has stopped working at {branch}.",
        "We have moved. How do I change the address you have?",
        "What does a new card cost? Mine went through the wash on {day}.",
        "I was charged {n} euros and cannot see what for.",
        "Can I pay the {n} euros I owe online?",
        "Please stop the newsletter, the one that comes on {day}s.",
        "My daughter turns {n} next week. Does she need a card of her own?",
        "Is it possible to get a card without living in the city? I work {n} minutes from {branch}.",
        "Your app says that my membership ended on {day}. How do I go on?",
    ],
    "visit": [
        "Are you open on {day}?",
        "Until when is {branch} open on {day}?",
        "Is there a lift at {branch}?",
        "How much is a colour print, and can I send {n} pages from home?",
        "What is the password for the wireless network at {branch}?",
        "Does the reading group on {day} have room for {n} more?",
        "Can I bring a dog into {branch}?",
        "Is there somewhere to eat a sandwich at {branch}, {day} around noon?",
        "We are a class of {n} and would like a tour on {day}.",
        "Where do I park a cargo bike at {branch}?",
    ],
    "unclear": [
        "It still does not work.", "Hello?", "Thank you, that was quick.", "See below.", "as discussed on {day}",
        "Is anybody reading this?", "Never mind, solved.", "Yes please, the {n} of us.", "Same as last time.", "?",
        "I called on {day} and nobody knew anything about it.", "No, the other one.", "Sorry, wrong address.",
        "Please get back to me before {day}.", "I was at {branch} on {day} and you know why I am writing.",
        "Attached are the {n} pictures.", "What my sister wrote on {day} goes for me too.", "A lovely place, {branch}.",
        "Number {n}, and it is urgent.", "Well, what about it? It is {day}.",
    ],
}
# Told along the way, never asked.
ASIDES = {
    "loans": "I also have {title} at home, which I am enjoying.",
    "reservations": "(I picked up {title} yesterday, thanks for putting it aside.)",
    "account": "My new card works, by the way.",
    "visit": "The new opening hours are a blessing, by the way.",
}
OPENERS = ["", "", "", "Hello. ", "Hi! ", "Good morning. ", "Dear library,\n", "Quick question: "]
CLOSERS = ["", "", "", " Thanks!", " Thank you.", "\nKind regards", "\nBest wishes and have a nice weekend"]

ROOMS = ["Atlas", "Garden", "Harbour", "Map"]
MONTHS = ["January", "February", "March", "April", "May", "June"]
NO_BOOKING = [
    "Is the {room} room the one with the piano?", "Thank you for the {room} room, it was perfect for the {people} of us.",
    "How many people fit into the {room} room? More than {people}?", "Somebody left an umbrella in the {room} room.",
    "Do the study rooms cost anything for {people} students?", "What was the name of the room we had on {date}?",
    "The heating in the {room} room was off on {date}.", "Please cancel the {room} room on {date}, we are all ill.",
    "Which rooms have a screen? We had {people} chairs too few last time.", "Your booking page is down since {date}.",
]


def sentence(text):
    return text[:1].upper() + text[1:]


def fill(text):
    slots = {"title": DRAW.choice(TITLES), "day": DRAW.choice(DAYS), "branch": DRAW.choice(BRANCHES), "n": DRAW.randint(2, 19)}
    return sentence(text.format(**slots))


def typos(text):
    """Two letters in the wrong order, in a fifth of the longer words."""
    words = []
    for word in text.split(" "):
        if word.isalpha() and len(word) > 4 and DRAW.random() < 0.2:
            at = DRAW.randint(1, len(word) - 3)
            word = word[:at] + word[at + 1] + word[at] + word[at + 2:]
        words.append(word)
    return " ".join(words)


def topic_case():
    label = DRAW.choices(list(TOPICS), weights=[20, 20, 20, 18, 22])[0]
    core, tags = fill(DRAW.choice(TOPICS[label])), []
    if label == "unclear":
        return core, core, label, ["decline"]
    if DRAW.random() < 0.25:
        other = DRAW.choice([name for name in ASIDES if name != label])
        aside = fill(ASIDES[other])
        core = f"{aside} {core}" if DRAW.random() < 0.5 else f"{core} {aside}"
        tags.append("two-topics")
    text, key = DRAW.choice(OPENERS) + core + DRAW.choice(CLOSERS), core
    if DRAW.random() < 0.2 and typos(text) != text:
        text = typos(text)
        tags.append("typos")
    return text, key, label, tags


def day():
    month, number = DRAW.randint(1, 6), DRAW.randint(1, 28)
    iso = f"2027-{month:02}-{number:02}"
    name = MONTHS[month - 1]
    return iso, DRAW.choice([f"{number} {name} 2027", f"{name} {number}, 2027", iso])


def booking_case():
    room, people, (iso, date) = DRAW.choice(ROOMS), DRAW.randint(2, 14), day()
    if DRAW.random() < 0.23:
        text = DRAW.choice(NO_BOOKING).format(room=room, people=people, date=date)
        return text, text, dict.fromkeys(["room", "people", "day", "start"]), ["decline"]
    hour, minute = DRAW.randint(9, 19), DRAW.choice([0, 0, 30])
    afternoon = f"{hour - 12 if hour > 12 else hour}{f':{minute}' if minute else ''} pm"
    clock = DRAW.choice([f"{hour}:{minute:02}", f"{hour}.{minute:02}", afternoon if hour >= 12 else f"{hour}:{minute:02}"])
    parts = {
        "room": DRAW.random() < 0.85 and f"the {room} room",
        "people": DRAW.random() < 0.8 and DRAW.choice([f"for {people} people", f"for {people} of us", f"({people} persons)"]),
        "day": DRAW.random() < 0.9 and f"on {date}",
        "start": DRAW.random() < 0.75 and DRAW.choice([f"from {clock}", f"at {clock}", f"starting {clock}"]),
    }
    words = [parts["room"] or "a room", *(parts[key] for key in ("people", "day", "start") if parts[key])]
    ask = DRAW.choice(["Could we have {}?", "I would like to book {}.", "Please reserve {}.", "We need {}, please.", "{}, if it is free?"])
    text = DRAW.choice(OPENERS) + ask.format(" ".join(words)) + DRAW.choice(CLOSERS)
    values = {"room": room, "people": people, "day": iso, "start": f"{hour:02}:{minute:02}"}
    tags = [f"no-{key}" for key, part in parts.items() if not part]
    return sentence(text), text, {key: values[key] if parts[key] else None for key in parts}, tags


def cases(task, make, size):
    """No two that differ only in how they begin and end."""
    rows, seen = [], set()
    while len(rows) < size:
        text, key, expected, tags = make()
        if key in seen or (isinstance(expected, dict) and "decline" not in tags and not any(expected.values())):
            continue
        seen.add(key)
        row = {"id": f"{task[0]}-{len(rows) + 1:03}", "input": text, "expected": expected}
        rows.append(row | ({"tags": tags} if tags else {}))
    return rows


def wrong(task, expected):
    """A mistake as models make them: another label, one value off, or declining."""
    if task == "topic":
        labels = [label for label in TOPICS if label != expected]
        return "unclear" if expected != "unclear" and DRAW.random() < 0.4 else DRAW.choice(labels)
    given = dict(expected)
    if not any(given.values()):
        return given | {"room": DRAW.choice(ROOMS)}
    key = DRAW.choice([key for key in given if given[key]])
    moved = {"room": DRAW.choice(ROOMS), "people": 1, "day": "2027-07-01", "start": "00:30"}
    return given | {key: None if DRAW.random() < 0.5 or given[key] == moved[key] else moved[key]}


def outcomes(rows, lost, won, neither):
    """Which cases each model gets wrong: the harder ones, those with tags, far more often."""
    weight = lambda row: DRAW.random() ** (1 / (4 if row.get("tags") and "decline" not in row["tags"] else 1))
    hard = [row["id"] for row in sorted(rows, key=weight, reverse=True)]
    a, b = hard[:lost + neither], hard[lost:lost + neither + won]
    return {"candidate": set(a), "incumbent": set(b)}


def answer(task, row, name, model, is_wrong):
    given = wrong(task, row["expected"]) if is_wrong else row["expected"]
    text = given if isinstance(given, str) else json.dumps(given)
    small = name == "candidate"
    tokens = {"topic": 210, "booking": 260}[task] + len(row["input"]) // 4
    return {
        "task": task, "case": row["id"], "model": model, "text": text, "finish_reason": "stop",
        "usage": {"input_tokens": tokens + 9 * small, "output_tokens": 3 if task == "topic" else len(text) // 3 + small},
        "latency_ms": round(DRAW.lognormvariate(*((4.9, 0.3) if small else (6.3, 0.4))) * (1 if task == "topic" else 2.5), 1),
    }


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run(program, folder, *words):
    subprocess.run([program.resolve(), "--quiet", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def main(program, folder):
    answers = {"candidate": [], "incumbent": []}
    models = {"candidate": "open-small", "incumbent": "closed-large"}
    for task, make, size, table in [("topic", topic_case, 220, (8, 6, 9)), ("booking", booking_case, 200, (7, 7, 8))]:
        rows = cases(task, make, size)
        write(folder / "suite" / f"{task}.jsonl", rows)
        misses = outcomes(rows, *table)
        for name, model in models.items():
            answers[name] += [answer(task, row, name, model, row["id"] in misses[name]) for row in rows]
    for name, model in models.items():
        path = folder / "outputs" / f"{name}.jsonl"
        write(path, answers[name])
        with tempfile.TemporaryDirectory() as runs:
            run(program, folder, "run", "--suite", "./suite", "--candidate", model, "--out", runs)
            records = map(json.loads, next(Path(runs).glob("*/records.jsonl")).read_text("utf-8").splitlines())
            hashes = {(row["task"], row["case"]): row["case_hash"] for row in records}
        # A recording of a case that has changed since is then an error, not an answer.
        write(path, [{**row, "case_hash": hashes[row["task"], row["case"]]} for row in answers[name]])
    with tempfile.TemporaryDirectory() as runs:
        run(program, folder, "run", "--suite", "./suite", "--candidate", models["incumbent"], "--out", runs)
        run(program, folder, "baseline", "save", "latest", "baseline.json", "--out", runs)


main(Path(sys.argv[1]), Path(sys.argv[2]))
