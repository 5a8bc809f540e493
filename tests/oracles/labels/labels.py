"""What scikit-learn makes of expected and given labels, random and degenerate ones. Prints labels.json."""

import json
import math
import random
import warnings

from sklearn import metrics

warnings.filterwarnings("ignore")

# An answer without a label: to scikit-learn one more label, that is never expected.
NONE = "no label"


def number(x):
    return None if math.isnan(x) else float(x)


def figures(name, count, expected, given):
    labels = [f"label {i}" for i in range(count)]
    word = lambda i: labels[i] if i >= 0 else NONE
    y, z = [word(i) for i in expected], [word(i) for i in given]
    occurring = [label for label in labels if label in y or label in z]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        y, z, labels=labels, zero_division=math.nan
    )
    every = labels + [NONE]
    return {
        "name": name,
        "labels": labels,
        "expected": expected,
        "given": given,
        "macro_f1": metrics.f1_score(y, z, labels=occurring, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(y, z, labels=labels, average="weighted", zero_division=0),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, z),
        "cohen_kappa": number(metrics.cohen_kappa_score(y, z)),
        "mcc": metrics.matthews_corrcoef(y, z),
        "precision": [number(x) for x in precision],
        "recall": [number(x) for x in recall],
        "f1": [number(x) for x in f1],
        "support": [int(n) for n in support],
        "confusion": metrics.confusion_matrix(y, z, labels=every)[:-1].tolist(),
    }


def random_set(seed):
    dice = random.Random(seed)
    count, n = dice.randint(2, 9), dice.choice([1, 2, 5, 30, 120])
    rates = [dice.random() ** 2 + 0.01 for _ in range(count)]
    right, unread = dice.random(), dice.choice([0, 0, 0.1, 0.5])
    expected = dice.choices(range(count), rates, k=n)
    given = []
    for label in expected:
        guess = label if dice.random() < right else dice.randrange(count)
        given.append(-1 if dice.random() < unread else guess)
    return figures(f"random {seed}", count, expected, given)


DEGENERATE = [
    ("one case, right", 2, [0], [0]),
    ("one case, wrong", 2, [0], [1]),
    ("one case, no label", 2, [0], [-1]),
    ("one label, all right", 3, [1] * 5, [1] * 5),
    ("one label, all of another", 3, [1] * 5, [2] * 5),
    ("one label expected, several given", 3, [0] * 6, [0, 0, 1, 1, 2, -1]),
    ("always the same label", 3, [0, 0, 1, 2, 1, 0], [1] * 6),
    ("never a label", 3, [0, 1, 2, 0], [-1] * 4),
    ("all right", 4, [0, 1, 2, 3, 0, 1], [0, 1, 2, 3, 0, 1]),
    ("all wrong", 2, [0, 1, 0, 1], [1, 0, 1, 0]),
    ("a label that is never expected", 3, [0, 1, 0, 1], [0, 2, 0, 1]),
    ("labels that never occur", 6, [0, 1, 0, 1], [0, 1, 1, 1]),
]

sets = [figures(*given) for given in DEGENERATE] + [random_set(seed) for seed in range(40)]
lines = ",\n".join(json.dumps(found) for found in sets)
print(f'{{"sets": [\n{lines}\n]}}')
