"""What is put before a judge: one answer to rate, or two to choose between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from affectlab.bench.judging.criteria import Criterion
from affectlab.models import Media, Part


@dataclass(frozen=True, slots=True)
class Answer:
    """Words to be judged, and whose they are, which the judge is not told."""

    candidate: str
    text: str


@dataclass(frozen=True, slots=True)
class Rated:
    """One answer to rate from 1 to 5.

    Parameters
    ----------
    id
        Unique among what is judged together.
    source
        What statistics cluster by: the photographer, the person, the prompt.
    criterion
        What it is rated by.
    context
        What the answer is about: the task in words, the image, the person's state.
    answer
        What is rated.
    language
        Of the judge's instructions.
    """

    id: str
    source: str
    criterion: Criterion
    context: tuple[Part, ...]
    answer: Answer
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one task; fields as of `Rated`.

    Parameters
    ----------
    item
        What both answer; equal for all pairs of one task, so that several candidates can be ranked on it.
    """

    id: str
    item: str
    source: str
    criterion: Criterion
    context: tuple[Part, ...]
    a: Answer
    b: Answer
    language: str = "en"


def all_pairs(
    item: str,
    source: str,
    criterion: Criterion,
    context: tuple[Part, ...],
    answers: Sequence[Answer],
    language: str = "en",
) -> Iterator[Pair]:
    """Yield every pair of `answers` to one task: three candidates make three pairs."""
    for a, b in combinations(answers, 2):
        name = f"{item}__{criterion.name}__{a.candidate}__{b.candidate}"
        yield Pair(name, item, source, criterion, context, a, b, language)


def shows_media(context: Sequence[Part]) -> bool:
    """Say whether a judge is shown a file."""
    return any(isinstance(part, Media) for part in context)
