"""Could the labels be told from predictions no better than from chance: exchanging labels within a person.

Predictions stay as they were made for people held out; the labels of a person's stretches (a recording, or a
part of it with one stimulus and label) are handed around among that person's stretches. Every stretch counts
the same, however long: classes then keep their size under each exchange, and a person whose task was shorter
than the rest does not give the exchanged labels another balance than the true ones had.

What is tested is that a person's stretches are exchangeable: that predictions do not depend on which stretch
had which label. Anything that differs between stretches makes them not so: the state asked for, and equally
their order, drift or artefacts. A small p therefore says that the stretches can be told apart, not why.

References
----------
Winkler et al. (2014), Permutation inference for the general linear model, NeuroImage 92, 381-397 (exchange
within blocks). Phipson and Smyth (2010), Permutation p-values should never be zero, Stat. Appl. Genet. Mol.
Biol. 9(1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import PermutationTest, permutation_test
from affectlab.decoding.epochs import Floats
from affectlab.decoding.evaluation.folds import Indices
from affectlab.decoding.evaluation.metrics import Judged


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Predictions by stretch, each of shape (stretches,).

    Parameters
    ----------
    label
        Of the stretch.
    said
        Share of its windows that were called high.
    mean, square
        Averages of the predicted mean and its square.
    subject
        Whose.
    """

    label: Floats
    said: Floats
    mean: Floats
    square: Floats
    subject: NDArray[np.object_]

    @classmethod
    def of(cls, judged: Judged, unit: Indices, subject: NDArray[np.object_]) -> Stretches:
        """Average the windows of each stretch."""
        first, place, counts = np.unique(unit, return_index=True, return_inverse=True, return_counts=True)[1:]

        def average(values: Floats) -> Floats:
            return np.asarray(np.bincount(place, values) / counts, dtype=float)

        return cls(
            judged.label[first],
            average((judged.high >= 0.5).astype(float)),
            average(judged.mean),
            average(judged.mean**2),
            subject[first],
        )

    def balanced_accuracy(self, label: Floats) -> float:
        """Balanced accuracy if the stretches had these labels, every stretch counting the same."""
        high = label > 0
        return float((self.said[high].mean() + 1 - self.said[~high].mean()) / 2)

    def ccc(self, label: Floats) -> float:
        """Concordance if the stretches had these labels, every stretch counting the same."""
        covariance = np.mean(label * self.mean) - label.mean() * self.mean.mean()
        spread = self.square.mean() - self.mean.mean() ** 2
        total = label.var() + spread + (label.mean() - self.mean.mean()) ** 2
        return float(2 * covariance / total)


def exchange_tests(stretches: Stretches, *, permutations: int, seed: int) -> dict[str, PermutationTest]:
    """Test balanced accuracy and concordance against exchanged labels, one-sided.

    Returns
    -------
    tests
        "balanced_accuracy" and "ccc"; nothing where there is one class, or one person, or where nobody has
        stretches of different labels.
    """
    high = stretches.label > 0
    people = stretches.subject.tolist()
    varied = any(
        np.unique(stretches.label[stretches.subject == one]).size > 1 for one in dict.fromkeys(people)
    )
    if high.all() or not high.any() or len(set(people)) < 2 or not varied:
        return {}
    statistics: dict[str, Callable[[Floats], float]] = {
        "balanced_accuracy": stretches.balanced_accuracy,
        "ccc": stretches.ccc,
    }
    return {
        name: permutation_test(
            statistic,
            stretches.label,
            people,
            exchange="within",
            permutations=permutations,
            alternative="greater",
            seed=seed,
        )
        for name, statistic in statistics.items()
    }
