"""What SQuAD's official scripts say of awkward answers. python -B squad.py FOLDER > squad.json"""

import importlib.util
import json
import random
import sys
import types

# Version 2.0 imports numpy for plots that are not made here.
sys.modules.setdefault("numpy", types.ModuleType("numpy"))

WORDS = ["the", "a", "an", "A", "The", "30", "days", "thirty", "Denver", "Broncos", "of", "and", "café", "CAFÉ"]
TEXTS = [
    "", " ", "the", "a", "The the", "an an an", "a.", "(the)", "the-best", "the—best", "the best", "a_n", "_the_", "the's",
    "theatre", "a1", "1a", "a 1", "á", "a\u0301", "the\u0301 end", "a\u00b2", "a\u2460", "\u24d0 the", "a\u200bb", "a\u00adb",
    "Denver Broncos", "denver broncos.", "The Denver Broncos!", "Broncos, Denver", "Denver  \t Broncos\n", "Denver\u00a0Broncos",
    "Denver\u001fBroncos", "Denver\u0085Broncos", "Denver\u2028Broncos", "Denver\u3000Broncos", "Denver\u200bBroncos",
    "30 days", "30 Days", "30", "30.0", "thirty days", "thirty (30) days", "$1,000", "1000", "1.000", "1.5 kg", "15 kg",
    "£4.50", "450", "10-11", "1011", "10–11", "a.m.", "am", "U.S.A.", "USA", "U S A", "Levi's", "Levi’s", "Levis",
    "ÜBER", "über", "u\u0308ber", "Straße", "STRASSE", "ΣΊΣΥΦΟΣ", "Σίσυφος", "İstanbul", "i̇stanbul", "istanbul", "ǅ", "ǆ",
    "東京", "東京 the 東京", "the東京", "東京the", "मैं the हूँ", "the हूँ", "the\u093e", "\u0645 a \u0645", "½ the ½", "🙂", "🙂 the 🙂", "a🙂",
    "!!!", "...", "—", "“the”", "\"the\"", "`the`", "\\the", "the/a", "yes and no", "no and yes", "no", "No.", "none", "n/a",
    "days days days", "days 30 days", "a days a", "30 30 days", "1 a 2 an 3 the", "\u0000", "the\u0000a", "x\ufeffy", "ＴＨＥ", "ｔｈｅ end",
]


def load(folder, version):
    spec = importlib.util.spec_from_file_location(f"squad{version[1]}", f"{folder}/evaluate-{version}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(folder):
    one, two = load(folder, "v1.1"), load(folder, "v2.0")
    dice = random.Random(20261121)
    texts = TEXTS + [" ".join(dice.choices(WORDS, k=dice.randint(1, 7))) for _ in range(80)]
    rows = []
    for _ in range(1500):
        answer, accepted = dice.randrange(len(texts)), [dice.randrange(len(texts)) for _ in range(dice.randint(1, 3))]
        # Half of the rows would else have nothing in common.
        if dice.random() < 0.3:
            accepted[0] = answer
        elif dice.random() < 0.5:
            answer, accepted[0] = dice.randrange(len(TEXTS), len(texts)), dice.randrange(len(TEXTS), len(texts))
        golds = [texts[i] for i in accepted]
        data = [{"paragraphs": [{"qas": [{"id": "q", "answers": [{"text": gold} for gold in golds]}]}]}]
        exact, f1 = two.get_raw_scores(data, {"q": texts[answer]})
        said = one.evaluate(data, {"q": texts[answer]})
        rows.append([answer, accepted, exact["q"], f1["q"], int(said["exact_match"] / 100), said["f1"] / 100])
    unanswerable = [{"paragraphs": [{"qas": [{"id": "q", "answers": []}]}]}]
    nothing = []
    for text in texts:
        exact, f1 = two.get_raw_scores(unanswerable, {"q": text})
        nothing.append([exact["q"], f1["q"]])
    found = {"texts": texts, "normal": [two.normalize_answer(text) for text in texts], "rows": rows, "unanswerable": nothing}
    text = json.dumps(found, ensure_ascii=True)
    print(text.replace("], [", "],\n["))


if __name__ == "__main__":
    main(*sys.argv[1:])
