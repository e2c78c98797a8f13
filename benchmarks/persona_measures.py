"""Do appraisal shift and illusion index tell a model that knows readers from one that plays a stereotype?

Usage: python benchmarks/persona_measures.py [--effects 0,0.2,0.5,1] [--repetitions 200] [--out FILE]

Readers, events and answers are made (see affectlab.bench.persona.synthetic). Three constructed models predict
them: "knows" gives every reader's true distribution, "stereotype" shifts the event's distribution by traits,
with loadings that have nothing to do with these readers, "blind" gives every reader the same. The last line
counts how often the test finds a stereotype borne out although nothing is (false alarms; Wilson's interval).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import binomtest

from affectlab.bench.persona.event import EMOTIONS
from affectlab.bench.persona.measures import borne_out_test, measure
from affectlab.bench.persona.predictions import one_hot
from affectlab.bench.persona.synthetic import Synthetic, SyntheticSettings, make_synthetic

Array = NDArray[np.float64]
FIGURES = ("shift", "alignment", "borne_out", "illusion")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--effects", default="0,0.2,0.5,1")
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--readers", type=int, default=36)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = []
    print(f"{'effect':8}{'model':12}{'p':>8}  " + "".join(f"{name:24}" for name in FIGURES))
    for effect in map(float, arguments.effects.split(",")):
        settings = SyntheticSettings(
            effect=effect, seed=arguments.seed, events=arguments.events, readers=arguments.readers
        )
        rows += recovered(make_synthetic(settings), effect)
    alarms = false_alarms(arguments.repetitions)
    print(f"false alarms: {alarms['share']:.3f} [{alarms['low']:.3f}, {alarms['high']:.3f}] of {alarms['n']}")
    if arguments.out:
        arguments.out.write_text(
            json.dumps({"recovered": rows, "alarms": alarms}, indent=1), encoding="utf-8"
        )


def recovered(made: Synthetic, effect: float) -> list[dict[str, Any]]:
    """Measure the three models on one data set and print a line each."""
    human = felt(made)
    rows = []
    for name, model in models(made).items():
        found = measure(model, human, resamples=500)
        cells = {figure: getattr(found, figure).interval for figure in FIGURES}
        p = None if found.permutation is None else found.permutation.p
        told = "".join(f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]   " for one in cells.values())
        print(f"{effect:<8g}{name:12}{'–' if p is None else f'{p:.4f}':>8}  {told}", flush=True)
        rows.append({"effect": effect, "model": name, "p": p})
        rows[-1] |= {figure: [one.value, one.low, one.high] for figure, one in cells.items()}
    return rows


def models(made: Synthetic, seed: int = 7) -> Mapping[str, Array]:
    """Return distributions of shape (n_events, n_readers, 7) that each model predicts."""
    events, readers = made.event_logits[:, None], made.trait_logits + made.habit_logits
    played = np.random.default_rng(seed).standard_normal(readers.shape) * 0.8
    return {
        "knows": softmax(events + readers, axis=-1),
        "stereotype": softmax(events + played, axis=-1),
        "blind": softmax(events + np.zeros_like(readers), axis=-1),
    }


def felt(made: Synthetic) -> Array:
    """Return what readers answered, certain, shape (n_events, n_readers, 7)."""
    labels = {name: place for place, name in enumerate(EMOTIONS)}
    readers = list(made.corpus.profiles)
    answers = [[labels[event.answers[reader].emotion] for reader in readers] for event in made.corpus.events]
    return one_hot(np.array(answers, dtype=np.intp), len(EMOTIONS))


def false_alarms(repetitions: int) -> dict[str, float]:
    """Count how often a stereotype of readers without any effect is found to be borne out."""
    hits = 0
    for seed in range(repetitions):
        made = make_synthetic(SyntheticSettings(effect=0, seed=seed, events=100))
        test = borne_out_test(
            models(made, seed + 10**6)["stereotype"], felt(made), permutations=199, seed=seed
        )
        hits += test.p <= 0.05
    share = binomtest(hits, repetitions).proportion_ci(method="wilson")
    return {"share": hits / repetitions, "low": share.low, "high": share.high, "n": repetitions}


if __name__ == "__main__":
    main()
