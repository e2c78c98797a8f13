"""What baselines learn from, and what may not be used to answer a request.

A model sees requests, not samples, so a request is traced to the sources whose samples hold all of its parts.
Whatever answers it has never seen any of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.dataset import Dataset
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError, ModelError
from affectlab.models import Media, Quote, Request

FOLDS = 5

Sources = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One clip, or one sample where samples belong to no clip, as learnt from.

    Parameters
    ----------
    source
        Never on both sides of a fit.
    target
        Probability of each label, shape (n_labels,).
    text, audio, video
        Its modalities, None where it has none.
    """

    source: str
    target: NDArray[np.float64]
    text: str | None
    audio: Media | None
    video: Media | None


class Material:
    """The items of a data set in folds that respect their sources.

    Parameters
    ----------
    dataset
        With at least two sources.

    Raises
    ------
    BenchError
        If there is one source only.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.labels = tuple(dataset.info.labels)
        self.items = tuple(_items(dataset.samples, self.labels))
        self._sources_of_part = _sources_of_parts(dataset.samples)
        self._folds = _folds(frozenset(item.source for item in self.items), dataset)
        self._fold_of = {source: fold for fold in self._folds for source in fold}
        self._held_out: dict[Sources, Sources] = {}
        self._unions: dict[frozenset[Sources], Sources] = {}

    def held_out(self, request: Request) -> Sources:
        """Return the sources that a model answering `request` must not have learnt from.

        These are the folds of all sources that the request may come from. Words that were said in most folds
        ("yes") leave too little to learn from; then only the sources themselves are held out.

        Raises
        ------
        ModelError
            If the request is about no sample of the data set.
        """
        known = [self._sources_of_part.get(part, frozenset()) for part in _parts(request.parts)]
        sources = reduce(frozenset.intersection, known) if known else frozenset()
        if not sources:
            raise ModelError("a baseline answers only requests about the data set it was loaded for")
        if sources not in self._held_out:
            folds = frozenset(self._fold_of[source] for source in sources)
            few = len(folds) <= len(self._folds) // 2
            self._held_out[sources] = self._together(folds) if few else sources
        return self._held_out[sources]

    def _together(self, folds: frozenset[Sources]) -> Sources:
        # One set for all requests with the same folds: there may be as many sources as requests.
        if folds not in self._unions:
            self._unions[folds] = frozenset().union(*folds)
        return self._unions[folds]

    def without(self, held_out: Sources) -> list[int]:
        """Return the indices of the items that are of none of the sources held out."""
        return [index for index, item in enumerate(self.items) if item.source not in held_out]


def _parts(parts: Iterable[object]) -> Iterator[Hashable]:
    for part in parts:
        if isinstance(part, Quote):
            yield part.text
        elif isinstance(part, Media):
            yield (part.kind, part.sha256)


def _sources_of_parts(samples: Iterable[Sample]) -> dict[Hashable, Sources]:
    found: dict[Hashable, set[str]] = {}
    for sample in samples:
        quotes = () if sample.text is None else (Quote(sample.text),)
        for part in _parts((*quotes, *sample.media)):
            found.setdefault(part, set()).add(sample.groups["source"])
    return {part: frozenset(sources) for part, sources in found.items()}


def _items(samples: Iterable[Sample], labels: tuple[str, ...]) -> Iterator[Item]:
    clips: dict[str, list[Sample]] = {}
    for sample in samples:
        clips.setdefault(sample.groups.get("clip", sample.id), []).append(sample)
    for shown in clips.values():
        first = shown[0]
        media = {one.kind: one for sample in reversed(shown) for one in sample.media}
        yield Item(
            source=first.groups["source"],
            target=np.array([first.target.get(label, 0.0) for label in labels]),
            text=next((sample.text for sample in shown if sample.text is not None), None),
            audio=media.get("audio"),
            video=media.get("video"),
        )


def _folds(sources: Sources, dataset: Dataset) -> tuple[Sources, ...]:
    if len(sources) < 2:
        raise BenchError(
            f"a baseline learns from other sources than the one it predicts, and {dataset.folder} "
            f"has {len(sources)}; build a data set of two sources at least"
        )
    # By hash and not by name: names tell of years, corpora and speakers, and folds should be alike.
    shuffled = sorted(sources, key=lambda source: hashlib.sha256(source.encode()).digest())
    return tuple(frozenset(shuffled[fold::FOLDS]) for fold in range(min(FOLDS, len(sources))))
