"""Do the measures of divergence hold what they promise? False alarms, power, small groups.

Usage: python benchmarks/persona_nulls.py [--repetitions 200] [--events 100] [--permutations 199]
       [--effects 0,0.1,0.2,0.3] [--out FILE]

Every repetition draws readers, events, habits and answers anew (see affectlab.bench.persona.synthetic). The
share of repetitions with p ≤ .05 is the rate of false alarms where the effect is 0, and power elsewhere; its
95 % interval is Wilson's. The second table sorts readers of one data set without effect into random groups of
one size: the published gap grows as groups shrink, the others do not.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from affectlab.affect.permutation import against_null
from affectlab.bench.persona.agreement_sums import METHODS, event_sums, group_counts, stacked
from affectlab.bench.persona.answer_table import LABELS
from affectlab.bench.persona.divergence import gap_null, gaps
from affectlab.bench.persona.synthetic import SyntheticSettings, make_synthetic

_FAR = 10**6  # Seeds of permutations lie far from those of the data.
ROW = "{:<9}{:<10}{:>8}{:>9}{:>9}  {}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--permutations", type=int, default=199)
    parser.add_argument("--effects", default="0,0.1,0.2,0.3")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    rows = []
    print(ROW.format("effect", "method", "gap", "excess", "share", "p ≤ .05, 95 % interval"), flush=True)
    for effect in map(float, arguments.effects.split(",")):
        rows += alarms(effect, arguments.repetitions, arguments.events, arguments.permutations)
    artefact = list(small_groups(arguments.events * 5))
    print(f"{time.perf_counter() - started:.0f} s")
    if arguments.out:
        arguments.out.write_text(json.dumps({"alarms": rows, "groups": artefact}, indent=1), encoding="utf-8")


def alarms(effect: float, repetitions: int, events: int, permutations: int) -> list[dict[str, object]]:
    """Count how often each method finds a gap."""
    found = np.array([one(effect, seed, events, permutations) for seed in range(repetitions)])
    rows = []
    for number, method in enumerate(METHODS):
        hits = int(np.count_nonzero(found[:, number, 2] <= 0.05))
        share = binomtest(hits, repetitions).proportion_ci(method="wilson")
        gap, excess = found[:, number, 0].mean(), found[:, number, 1].mean()
        print(
            ROW.format(
                f"{effect:g}",
                method,
                f"{gap:.4f}",
                f"{excess:.4f}",
                f"{hits / repetitions:.3f}",
                f"[{share.low:.3f}, {share.high:.3f}]",
            ),
            flush=True,
        )
        rows.append(
            {
                "effect": effect,
                "method": method,
                "gap": gap,
                "excess": excess,
                "share": hits / repetitions,
                "low": share.low,
                "high": share.high,
                "n": repetitions,
            }
        )
    return rows


def one(effect: float, seed: int, events: int, permutations: int) -> NDArray[np.float64]:
    """Return gap, excess and p of each method for one synthetic data set."""
    answers, groups = drawn(SyntheticSettings(effect, seed, events))
    value = gaps(event_sums(group_counts(answers, members(groups), len(LABELS))).sum(axis=0))
    null = gap_null(answers, groups, permutations=permutations, seed=seed + _FAR)
    tests = [against_null(float(value[i]), null[:, i], "greater") for i in range(len(METHODS))]
    return np.array([[test.value, test.value - test.chance, test.p] for test in tests])


def small_groups(events: int) -> list[dict[str, object]]:
    """Show the gap of random groups of one size, in points."""
    answers, _ = drawn(SyntheticSettings(0.0, 0, events))
    rows = []
    print(f"\n{'group size':<12}" + "".join(f"{method:>12}" for method in METHODS) + "  gap in points")
    for size in (2, 3, 4, 6, 12):
        found = gap_null(answers, np.arange(36) // size, permutations=100, seed=0).mean(axis=0) * 100
        print(f"{size:<12}" + "".join(f"{value:>12.2f}" for value in found))
        rows.append({"size": size, **dict(zip(METHODS, found.tolist(), strict=True))})
    return rows


def drawn(settings: SyntheticSettings) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return a synthetic data set as `gap_null` takes it."""
    corpus = make_synthetic(settings).corpus
    readers = list(corpus.profiles)
    codes = np.array(
        [[LABELS.index(event.answers[reader].emotion) for event in corpus.events] for reader in readers]
    )
    own = {reader: number for number, group in enumerate(corpus.groups.values()) for reader in group}
    one_hot = np.asarray(codes[..., None] == np.arange(len(LABELS)), dtype=float)
    return stacked(one_hot), np.array([own[reader] for reader in readers])


def members(groups: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray(groups == np.unique(groups)[:, None], dtype=np.float32)


if __name__ == "__main__":
    main()
