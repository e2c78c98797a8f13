"""How much of the words of references an answer holds: ROUGE-L, by words or, in Chinese, by characters.

A companion, not a judgement: a good answer may share few words with any reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SIGN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")


def tokens(text: str, language: str) -> list[str]:
    """Return the words of a text; of Chinese its characters, with words of other scripts whole."""
    return (_SIGN if language == "zh" else _WORD).findall(text.casefold())


def rouge_l(answer: str, references: Sequence[str], language: str) -> float:
    """Return the largest ROUGE-L F1 over `references`, 0 to 1; NaN where there is none.

    Parameters
    ----------
    answer, references
        Words.
    language
        "zh" compares characters, anything else words, without regard to case.

    References
    ----------
    Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries; F1 of the longest common subsequence.
    """
    said = tokens(answer, language)
    return max((_f1(said, tokens(one, language)) for one in references), default=float("nan"))


def _f1(said: Sequence[str], reference: Sequence[str]) -> float:
    common = _longest_common(said, reference)
    return 2 * common / (len(said) + len(reference)) if common else 0.0


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, in time len(one) × len(other) / machine word.

    References
    ----------
    Hyyrö (2004), Bit-parallel LCS-length computation revisited.
    """
    places: dict[str, int] = {}
    for place, token in enumerate(other):
        places[token] = places.get(token, 0) | 1 << place
    everything = (1 << len(other)) - 1
    free = everything
    for token in one:
        matched = free & places.get(token, 0)
        free = ((free + matched) | (free - matched)) & everything
    return len(other) - free.bit_count()
