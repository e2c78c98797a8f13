"""Baselines of AICA-Bench: what labels and ratings alone, and what the look of images, give away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.aica.exam import AicaExam
from affectlab.bench.aica.learners import ImageStatistics, Majority
from affectlab.bench.aica.ratings import ratings_of
from affectlab.bench.aica.spaces import LANGUAGES, space_of
from affectlab.bench.baselines.material import FOLDS, Sources
from affectlab.bench.dataset import Dataset
from affectlab.bench.exam.item import ExamChoice, Item
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError, ModelError, UnknownModel, UnreadableFile
from affectlab.models import (
    Capabilities,
    Failure,
    Generation,
    Identity,
    Media,
    ModelOptions,
    Request,
    Sampling,
    Scores,
)

Array = NDArray[np.float64]
Key = tuple[Hashable, ...]
Answer = TypeVar("Answer", Generation, Scores)

BASELINES: Mapping[str, str] = {
    "majority": "the most frequent label and the mean rating of a corpus, whatever is shown",
    "image-statistics": "logistic and ridge regression on colour, light, edges, spectrum and symmetry",
}
"""Name to what it predicts, from images of other sources of the same corpus only."""

_VERSION = 1
_FLOOR = 1e-6
"""Least probability of an answer, so that none is an infinite surprise. Ours."""


class Learner(Protocol):
    """Learns labels or ratings of some images and predicts those of others."""

    def classify(self, learnt: Sequence[Media], labels: Sequence[int], k: int, asked: Media) -> Array:
        """Return the probability of each of k labels for `asked`, shape (k,)."""
        ...

    def rate(self, learnt: Sequence[Media], ratings: Sequence[float], asked: Media) -> float:
        """Return the rating of `asked`."""
        ...


def load_aica_baseline(name: str, dataset: Dataset, options: ModelOptions) -> AicaBaseline:
    """Return the baseline `name` for a data set of AICA-Bench.

    Raises
    ------
    UnknownModel
        If there is no baseline of that name.
    MissingExtra
        If it learns and scikit-learn is not installed.
    """
    if name not in BASELINES:
        raise UnknownModel(
            f"--model 'baseline:{name}' names no baseline of aica; known are {', '.join(BASELINES)}"
        )
    learner: Learner = ImageStatistics() if name == "image-statistics" else Majority()
    return AicaBaseline(name, dataset, learner, options)


class AicaBaseline:
    """A baseline behind the protocol of models; it answers the plain questions about its own data set.

    Parameters
    ----------
    name
        Without ``baseline:``.
    dataset
        What it learns from and answers about.
    learner
        How it learns.
    options
        Of which the batch size is read.
    """

    def __init__(self, name: str, dataset: Dataset, learner: Learner, options: ModelOptions) -> None:
        self._name, self._dataset, self._learner = name, dataset, learner
        self._folds = {corpus: _Folds(own) for corpus, own in _by_corpus(dataset.samples).items()}
        self._asked = {_key(item.request): item for item in _plain_items(dataset)}
        self._truths = list(_truths(dataset.samples))
        self._known: dict[tuple[str, str, Sources], tuple[list[Media], list[float]]] = {}
        self._batch_size = options.batch_size or 64

    @property
    def identity(self) -> Identity:
        """Name, data set and version."""
        return Identity(
            f"baseline:{self._name}",
            self._dataset.info.samples_sha256,
            {"version": _VERSION, "folds": FOLDS, "benchmark": "aica"},
        )

    @property
    def can(self) -> Capabilities:
        return Capabilities(image=True, logits=True)

    @property
    def batch_size(self) -> int:
        return self._batch_size

    @property
    def lanes(self) -> int:
        return 1

    def generate(
        self,
        requests: Sequence[Request],
        sampling: Sampling,  # noqa: ARG002 - the best answer is the best at any temperature
    ) -> list[Generation | Failure]:
        """Answer with the most probable label's word, or with the rating to two places.

        Raises
        ------
        ModelError
            If a request is no plain question about an image of the data set.
        """
        return [self._answer(request, self._say) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        """Return the logarithm of each answer's probability; a rating is shared by the points beside it.

        Raises
        ------
        ModelError
            As `generate`, or if `labels` are not the answers of a question.
        """
        return [self._answer(request, lambda item: self._weigh(item, labels)) for request in requests]

    def close(self) -> None:
        """Keep everything: a baseline holds no connections."""

    def _answer(self, request: Request, answer: Callable[[Item], Answer]) -> Answer | Failure:
        item = self._asked.get(_key(request))
        if item is None:
            raise ModelError(
                f"baseline:{self._name} answers the questions of eu and intensity in the arm basic about the "
                "data set it was loaded for; leave other tasks and arms to models"
            )
        try:
            return answer(item)
        except UnreadableFile as error:
            return Failure("media", str(error))
        except _NothingLearnt as error:
            return Failure("empty", str(error))

    def _say(self, item: Item) -> Generation:
        if item.task == "intensity":
            return Generation(f"{self._rating(item):.2f}")
        return Generation(tuple(item.labels.values())[int(np.argmax(self._shares(item)))])

    def _weigh(self, item: Item, labels: Sequence[str]) -> Scores:
        if item.task == "intensity":
            shares = _between(self._rating(item), np.array([float(label) for label in labels]))
        elif tuple(item.labels.values()) == tuple(labels):
            shares = self._shares(item)
        else:
            raise ModelError(f"labels {', '.join(labels)} are not those of {item.sample.subset}")
        floored = np.maximum(shares, _FLOOR)
        return Scores(np.log(floored / floored.sum()), np.ones(len(labels), dtype=np.int64))

    def _shares(self, item: Item) -> Array:
        images, labels = self._learnt(item, "label")
        return self._learner.classify(
            images, [int(one) for one in labels], len(item.labels), _image(item.sample)
        )

    def _rating(self, item: Item) -> float:
        name = "-".join(one for one in (item.details["dimension"], item.details["population"]) if one)
        images, ratings = self._learnt(item, name)
        value = self._learner.rate(images, ratings, _image(item.sample))
        return float(np.clip(value, item.details["low"], item.details["high"]))

    def _learnt(self, item: Item, what: str) -> tuple[list[Media], list[float]]:
        """Return images of the same corpus and of other sources, with what is known of them.

        Raises
        ------
        _NothingLearnt
            If there are none.
        """
        corpus = item.sample.subset
        held_out = self._folds[corpus].held_out(_image(item.sample))
        if (corpus, what, held_out) not in self._known:
            found = [
                (_image(sample), value)
                for sample, known, value in self._truths
                if (known, sample.subset) == (what, corpus) and sample.groups["source"] not in held_out
            ]
            self._known[corpus, what, held_out] = [one for one, _ in found], [value for _, value in found]
        images, values = self._known[corpus, what, held_out]
        if not images:
            raise _NothingLearnt(
                f"{corpus} has no images of other sources than {item.sample.id} to learn from; "
                "build a data set with more of them"
            )
        return images, values


class _NothingLearnt(BenchError):
    """All that is known of a corpus is of the source that is asked about."""


class _Folds:
    """The sources of one corpus in folds that are never learnt from for images of their own."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        # By hash and not by name: names tell of subjects and searches, and folds should be alike.
        names = {sample.groups["source"] for sample in samples}
        shuffled = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
        folds = [frozenset(shuffled[fold::FOLDS]) for fold in range(FOLDS)]
        fold_of = {name: fold for fold in folds for name in fold}
        self._held_out: dict[str, Sources] = {}
        for sample in samples:
            sha256 = _image(sample).sha256
            # One picture under two sources keeps out both of their folds.
            self._held_out[sha256] = (
                self._held_out.get(sha256, frozenset()) | fold_of[sample.groups["source"]]
            )

    def held_out(self, image: Media) -> Sources:
        """Return the sources whose images must not be learnt from."""
        return self._held_out[image.sha256]


def _by_corpus(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.subset, []).append(sample)
    return found


def _plain_items(dataset: Dataset) -> Iterator[Item]:
    arms = tuple(f"basic-{language}" for language in LANGUAGES)
    exam = AicaExam(dataset.info, ExamChoice(("eu", "intensity"), arms))
    yield from exam.items(dataset.samples, scoring=True)


def _truths(samples: Sequence[Sample]) -> Iterator[tuple[Sample, str, float]]:
    """Yield each image with the name of what is known of it and its value; a label's is its place."""
    for sample in samples:
        space = space_of(sample.subset)
        if space is not None and sample.target:
            yield sample, "label", float(space.labels.index(sample.label))
        for rating in ratings_of(sample):
            yield sample, rating.name, rating.mean


def _between(value: float, points: Array) -> Array:
    """Share 1 between the two of ascending `points` around `value`, so that their mean is `value`."""
    return np.array([np.interp(value, points, np.eye(len(points))[place]) for place in range(len(points))])


def _image(sample: Sample) -> Media:
    return next(one for one in sample.media if one.kind == "image")


def _key(request: Request) -> Key:
    """Name a request by its words and by what its media hold, wherever they lie."""
    parts: list[Any] = [one.sha256 if isinstance(one, Media) else one for one in request.parts]
    return (request.system, *request.earlier, *parts)
