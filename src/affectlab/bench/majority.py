"""The baseline that looks at nothing: always the label that is true most often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.metrics import Answers
from affectlab.bench.results import Samples

MAJORITY_NOTE = (
    "majority answers the most frequent label of the subset's training split where the run holds one, else "
    "of the subset itself (which flatters it a little); its probabilities are the label shares"
)


def label_shares(truth: NDArray[np.intp], n_labels: int) -> NDArray[np.float64]:
    """Return how often each label is true, each counted once more than seen so that none is impossible."""
    counts = np.bincount(truth, minlength=n_labels) + 1.0
    return np.asarray(counts / counts.sum())


def majority(samples: Samples, n_labels: int) -> Answers:
    """Answer `samples`, the ones of one subset, with their most frequent label."""
    train = samples.split == "train"
    shares = label_shares(samples.truth[train] if train.any() else samples.truth, n_labels)
    n = len(samples)
    return Answers(
        np.full(n, shares.argmax(), dtype=np.intp), np.tile(np.log(shares), (n, 1)), ~samples.failed
    )
