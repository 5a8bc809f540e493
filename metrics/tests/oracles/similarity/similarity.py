"""How alike pairs of texts are, by rapidfuzz and rouge-score. Prints JSON."""

import importlib.metadata
import json
import random

from rapidfuzz.distance import Levenshtein
from rouge_score import rouge_scorer

WRITTEN = [
    ("", ""),
    ("", "30 days"),
    ("30 days", ""),
    ("30 days", "30 days"),
    ("30 Days.", "30 days"),
    ("thirty days", "30 days"),
    ("not paid", "paid"),
    ("The parcel was sent on Monday.", "On Monday the parcel was sent."),
    ("police killed the gunman", "police kill the gunman"),
    ("the gunman kill police", "police kill the gunman"),
    ("Größe: 42", "Groesse: 42"),
    ("naïve café", "naive cafe"),
    ("café", "cafe\u0301"),
    ("İstanbul", "istanbul"),
    ("K2 in Kelvin", "k2 in kelvin"),
    ("ﬁne", "fine"),
    ("ПРИВЕТ мир", "привет мир"),
    ("退货 免费 30 天", "退货 免费 30 日"),
    ("🙂👍🏽", "🙂👍"),
    ("a_b-c d'e", "a b c d e"),
    ("1,299.00 EUR", "1.299,00 €"),
    ("e-mail e-mail e-mail", "e-mail"),
    ("\tone\n two\u00a0three ", "one two three"),
    ("no\u0000thing", "nothing"),
    ("...", "!!!"),
]

WORDS = "the a refund order parcel of is was not paid sent back within 30 days free returns größe já 42 FM-1 .".split()


def mutated(random_, words):
    words = list(words)
    for _ in range(random_.randrange(0, 6)):
        place = random_.randrange(0, len(words) + 1)
        what = random_.choice(["insert", "drop", "swap", "upper"])
        if what == "insert":
            words.insert(place, random_.choice(WORDS))
        elif what == "drop" and words:
            words.pop(place % len(words))
        elif what == "swap" and words:
            other = random_.randrange(0, len(words))
            words[place % len(words)], words[other] = words[other], words[place % len(words)]
        elif words:
            words[place % len(words)] = words[place % len(words)].upper()
    return words


def generated(count):
    random_ = random.Random(20260101)
    for _ in range(count):
        # Some are longer than a machine word has bits.
        words = random_.choices(WORDS, k=random_.choice([1, 3, 8, 8, 20, 20, 64, 65, 130]))
        yield " ".join(mutated(random_, words)), " ".join(words)


def main():
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    pairs = [
        {
            "answer": answer,
            "text": text,
            "levenshtein": Levenshtein.normalized_similarity(answer, text),
            "rouge_l": scorer.score(text, answer)["rougeL"].fmeasure,
        }
        for answer, text in [*WRITTEN, *generated(200)]
    ]
    versions = {name: importlib.metadata.version(name) for name in ["rapidfuzz", "rouge-score"]}
    lines = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in pairs)
    print(f'{{"versions": {json.dumps(versions)}, "pairs": [\n{lines}\n]}}')


main()
