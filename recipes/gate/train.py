"""Train the risk gate's classifier: logistic regression on character n-grams of sentences of our own.

Usage: python recipes/gate/train.py [--out src/affectlab/counsel/gate/shipped/classifier.npz]

The sentences and their alternatives are in training.toml beside this file. The result is a NumPy archive
without pickle. The thresholds of the grader are chosen on the development half of
benchmarks/gate_cases.jsonl, which this prints; the test half is not read.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from affectlab.counsel.gate.classifier import Classifier, ngrams
from affectlab.counsel.gate.verdict import LEVELS

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "src/affectlab/counsel/gate/shipped/classifier.npz"
CASES = HERE.parents[1] / "benchmarks/gate_cases.jsonl"
PER_LINE = 24
LEAST_LINES = 2
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    sentences, levels, lines = read_training(HERE / "training.toml")
    vocabulary = chosen(sentences, lines)
    weights, bias = fitted(sentences, levels, vocabulary)
    np.savez_compressed(
        arguments.out,
        vocabulary=np.array(vocabulary),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    size = arguments.out.stat().st_size
    sys.stdout.write(f"{len(sentences)} sentences, {len(vocabulary)} n-grams, {size} bytes\n")
    show(Classifier.read(arguments.out))


def read_training(path: Path) -> tuple[list[str], list[int], list[int]]:
    """Return sentences, the rank of their level, and the line each was made from."""
    random_order = random.Random(SEED)  # noqa: S311
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    made: list[tuple[str, int, int]] = []
    number = 0
    for language in content.values():
        for rank, level in enumerate(LEVELS):
            for line in language[level]:
                number += 1
                made += [(one, rank, number) for one in expanded(line, random_order)]
    sentences, ranks, lines = zip(*made, strict=True)
    return list(sentences), list(ranks), list(lines)


def expanded(line: str, order: random.Random) -> list[str]:
    """Return at most `PER_LINE` of the sentences that a line with alternatives stands for."""
    parts = [part.split("|") for part in re.split(r"[{}]", line)]
    every = ["".join(choice) for choice in itertools.product(*parts)]
    return order.sample(every, min(PER_LINE, len(every)))


def chosen(sentences: list[str], lines: list[int]) -> list[str]:
    """Return the n-grams that occur in sentences of several lines: the rest only names one of them."""
    seen: dict[str, set[int]] = {}
    for sentence, line in zip(sentences, lines, strict=True):
        for gram in ngrams(sentence):
            seen.setdefault(gram, set()).add(line)
    return sorted(gram for gram, where in seen.items() if len(where) >= LEAST_LINES)


def fitted(sentences: list[str], levels: list[int], vocabulary: list[str]) -> tuple[Any, Any]:
    """Return weights (levels, n-grams) and biases (levels,)."""
    blank = Classifier(vocabulary, np.zeros((len(LEVELS), len(vocabulary))), np.zeros(len(LEVELS)))
    rows = np.stack([blank.features(sentence) for sentence in sentences])
    model = LogisticRegression(C=30.0, class_weight="balanced", max_iter=2000).fit(rows, levels)
    return model.coef_, model.intercept_


def show(classifier: Classifier) -> None:
    """Print what thresholds would do on the development half."""
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if case["split"] == "dev" and case["kind"] != "context"]
    risk = [(case["levels"], classifier.probabilities(case["turns"][-1]["text"])) for case in cases]
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        high = [p[2:].sum() >= threshold for levels, p in risk if set(levels) <= {"high", "immediate"}]
        calm = [p[2:].sum() >= threshold for levels, p in risk if set(levels) <= {"none", "low"}]
        low = [p[1:].sum() >= threshold for levels, p in risk if levels == ["none"]]
        sys.stdout.write(
            f"threshold {threshold:.2f}: recall at high {np.mean(high):.2f}, at high without need "
            f"{np.mean(calm):.2f}, low or more where nothing is wrong {np.mean(low):.2f}\n"
        )


if __name__ == "__main__":
    main()
