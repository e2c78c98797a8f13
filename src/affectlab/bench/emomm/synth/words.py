"""Sentences whose class is in what they say about a thing, never in the thing, the frame or the length."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import ModuleType
from typing import Literal

import numpy as np

from affectlab.bench.emomm.synth import lexicon_en, lexicon_zh
from affectlab.bench.emomm.synth.seeds import Stream, belongs

Language = Literal["zh", "en"]

_TRIES = 1000


def make_sentence(language: Language, label: str, stream: Stream, rng: np.random.Generator) -> str:
    """Return a sentence of class `label` that no other stream may use.

    Parameters
    ----------
    language
        "zh" or "en".
    label
        N, WN, Neu, WP or P.
    stream
        Sentences are shared out between streams by their hash.
    rng
        Draws subject, verdict and frame.
    """
    for _ in range(_TRIES):
        sentence = _compose(language, label, rng)
        if belongs(sentence, stream):
            return sentence
    raise AssertionError("half of all sentences belong to each stream")


def sentences_of(language: Language, label: str, stream: Stream) -> list[str]:
    """Return every sentence of class `label` that `stream` may use."""
    book = _BOOKS[language]
    parts = product(book.OPENERS, book.SUBJECTS, book.VERDICTS[label], book.TAILS)
    return [sentence for part in parts if belongs(sentence := book.join(*part), stream)]


def _compose(language: Language, label: str, rng: np.random.Generator) -> str:
    book = _BOOKS[language]
    parts = (book.OPENERS, book.SUBJECTS, book.VERDICTS[label], book.TAILS)
    return str(book.join(*(rng.choice(part) for part in parts)))


_BOOKS: Mapping[Language, ModuleType] = {"zh": lexicon_zh, "en": lexicon_en}
