"""The question that is most like another one, and is another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from affectlab.counsel.rows import CounselRow, Language
from affectlab.errors import MissingExtra

_AT_ONCE = 512


def nearest_questions(rows: Sequence[CounselRow]) -> dict[str, CounselRow]:
    """Return for each row the one of another group, of its split and language, whose question is nearest.

    Nearness is the cosine of TF-IDF vectors: of words and word pairs in English, of pairs and triples of
    characters in Chinese. A row whose question shares nothing with any other has no neighbour.

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """
    together: dict[tuple[str, Language], list[CounselRow]] = defaultdict(list)
    for row in rows:
        together[row.split, row.language].append(row)
    return {
        row.id: near for (_, language), some in together.items() for row, near in _nearest(some, language)
    }


def _nearest(rows: Sequence[CounselRow], language: Language) -> Iterator[tuple[CounselRow, CounselRow]]:
    import numpy as np

    vectors = _vectors([row.turns[-1].text for row in rows], language)
    if vectors is None:
        return
    _, groups = np.unique([row.group for row in rows], return_inverse=True)
    for begin in range(0, len(rows), _AT_ONCE):
        cosines = (vectors[begin : begin + _AT_ONCE] @ vectors.T).toarray()
        own = groups[begin : begin + _AT_ONCE, None] == groups[None, :]
        cosines[own] = 0.0
        for place, best in enumerate(cosines.argmax(axis=1)):
            if cosines[place, best] > 0:
                yield rows[begin + place], rows[int(best)]


def _vectors(texts: Sequence[str], language: Language) -> Any:
    """Return TF-IDF vectors, sparse, of unit length; None where no text has words."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise MissingExtra("scikit-learn", "counsel") from error
    by = (
        TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True)
        if language == "zh"
        else TfidfVectorizer(stop_words="english", ngram_range=(1, 2), sublinear_tf=True)
    )
    try:
        return by.fit_transform(texts)
    except ValueError:
        return None
