"""A small data set of words and models that answer it by arithmetic, for tests of the runner."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.sample import Sample
from affectlab.models import (
    AttentionShares,
    Capabilities,
    Failure,
    Generation,
    Identity,
    Request,
    Sampling,
    Scores,
)

LABELS = {"N": "negative", "Neu": "neutral", "P": "positive"}
INFO = DatasetInfo("emomm", LABELS, {"N": -1.0, "Neu": 0.0, "P": 1.0}, {"toy": 1})


def toy_samples(n: int) -> list[Sample]:
    """Make n samples of words, two to a source, in three subsets."""
    subsets = ("aligned", "conflict", "missing_aligned")
    return [
        Sample(
            id=f"toy_{index:04d}",
            subset=subsets[index % 3],
            split="test" if index % 10 < 2 else "train",
            groups={"source": f"source{index // 2}", "clip": f"clip{index // 2}"},
            target={list(LABELS)[index * 7 % 3]: 1.0},
            text=f"sentence {index} " + "and so on " * (index % 5),
            details={"modalities": "T"},
        )
        for index in range(n)
    ]


def toy_data(folder: Path, n: int = 60) -> Path:
    write_dataset(folder, INFO, toy_samples(n))
    return folder


class ToyModel:
    """Likelihoods from a hash of the words, and, as padding does, of the longest words in the batch.

    Parameters
    ----------
    before
        Called with each batch before it is answered; may raise.
    """

    def __init__(
        self,
        *,
        batch_size: int = 4,
        lanes: int = 1,
        before: Callable[[Sequence[Request]], None] = lambda _: None,
        attention: bool = False,
        broken: str = "never",
        transient: bool = False,
        logits: bool = True,
    ) -> None:
        self.identity = Identity("toy:hash", "1", {"dtype": "float64"})
        self.can = Capabilities(logits=logits, attention=attention)
        self.batch_size, self.lanes = batch_size, lanes
        self._before, self._attention, self._broken, self._transient = before, attention, broken, transient
        self.asked: list[str] = []
        self.batches: list[int] = []
        self._lock = threading.Lock()

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        self._note(requests)
        longest = max(len(request.text) for request in requests)
        return [self._one(request, labels, longest) for request in requests]

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self._note(requests)
        words = [*LABELS.values(), "I cannot say"]
        return [Generation(words[_number(request.text) % 4], tokens=1) for request in requests]

    def close(self) -> None:
        self.closed = True

    def _note(self, requests: Sequence[Request]) -> None:
        self._before(requests)
        with self._lock:
            self.asked += [request.text for request in requests]
            self.batches.append(len(requests))

    def _one(self, request: Request, labels: Sequence[str], longest: int) -> Scores | Failure:
        if self._broken in request.text:
            return Failure("endpoint" if self._transient else "media", "cannot be read", self._transient)
        numbers = np.array([_number(request.text + label) % 1000 for label in labels]) / -100
        shares = np.full((2, 3, 4), 0.25, dtype=np.float32) if self._attention else None
        attention = AttentionShares(shares, np.array([5, 0, 0, 9])) if shares is not None else None
        return Scores(numbers - longest * 1e-12, np.ones(len(labels), dtype=np.int64), attention)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
