"""What a reader felt about other events, for the condition ``fewshot``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from affectlab.bench.persona.units import Units
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.prompting.persona import Example, Language

EXAMPLES = 5
"""Answers shown."""


class Examples:
    """A unit's answers about events of the training side, in a drawn order of its own.

    Parameters
    ----------
    pool
        Samples of a data set; only those of split "train" are ever shown.
    units
        Whose answers.
    seed
        Of the order.
    """

    def __init__(self, pool: Sequence[Sample], units: Units, seed: int) -> None:
        train = sorted((one for one in pool if one.split == "train"), key=lambda one: one.id)
        felt = {one.id: units.felt(one) for one in train}
        self._shown: dict[str, list[tuple[Sample, str]]] = {}
        for unit in units.all:
            own = [(one, felt[one.id][unit.id]) for one in train if unit.id in felt[one.id]]
            order = np.random.default_rng([seed, _number(unit.id)]).permutation(len(own))
            self._shown[unit.id] = [own[place] for place in order.tolist()]

    def of(self, unit: str, asked: Sample, language: Language) -> tuple[Example, ...]:
        """Return the first `EXAMPLES` answers of a unit that are not about the asked event.

        An event is the asked one if it has its id, its source, or its words in any language.

        Raises
        ------
        BenchError
            If there is none.
        """
        kept: list[Example] = []
        for sample, label in self._shown[unit]:
            if not _same(sample, asked):
                kept.append(Example(text_of(sample, language), label))
            if len(kept) == EXAMPLES:
                break
        if not kept:
            raise BenchError(
                f"the condition fewshot shows answers of split train; {unit} has none but about "
                f"{asked.id}; leave fewshot out of --conditions"
            )
        return tuple(kept)


def text_of(sample: Sample, language: Language) -> str:
    """Return an event in a language.

    Raises
    ------
    BenchError
        If the data set has no text in it.
    """
    texts: Mapping[str, str] = sample.details.get("text", {})
    if not texts.get(language):
        raise BenchError(
            f"{sample.id} has no text in language {language!r}; leave conditions @{language} out"
        )
    return texts[language]


def _same(a: Sample, b: Sample) -> bool:
    texts = {text for text in a.details["text"].values() if text}
    return (
        a.id == b.id
        or a.groups["source"] == b.groups["source"]
        or not texts.isdisjoint(b.details["text"].values())
    )


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
