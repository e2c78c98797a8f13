"""The terms of the reward, each named, weighted and logged by itself.

A term takes samples and returns a number for each, higher is better; None where it does not apply. Terms look
at the answer alone, but for `format`, which looks at the whole reply.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from affectlab.counsel.rows import Language
from affectlab.counsel.train.scoring import Scorer
from affectlab.counsel.train.structure import answer_of, structure
from affectlab.models import Turn
from affectlab.prompting.empathy import LAYERS, check

_GRAM = 4
_LAYER = re.compile(rf"<{LAYERS[2]}>(.*?)</{LAYERS[2]}>", re.DOTALL)

_INTENTS: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "validation": ("heard", "listen", "validat", "comfort", "support", "reassur", "vent"),
        "understanding": ("understand", "make sense", "figure out", "clarity", "insight", "explanation"),
        "advice": ("advice", "advise", "guidance", "suggestion", "what to do", "how to", "solution", "step"),
    },
    "zh": {
        "validation": ("倾听", "安慰", "支持", "认可", "接纳", "宣泄"),
        "understanding": ("理解", "明白", "弄清", "想清楚", "解释"),
        "advice": ("建议", "办法", "方法", "怎么做", "指导", "帮助解决"),
    },
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply to be rewarded.

    Parameters
    ----------
    id
        Of the row whose conversation it answers.
    turns, language
        The conversation.
    sought
        What the person seeks, as annotated; empty where nobody said.
    text
        The whole reply.
    tokens
        Its length.
    """

    id: str
    turns: tuple[Turn, ...]
    language: Language
    sought: frozenset[str]
    text: str
    tokens: int

    @property
    def answer(self) -> str | None:
        """What the person would read."""
        return answer_of(self.text)


Term = Callable[[Sequence[Sample]], Sequence[float | None]]


def form_term(*, chain: bool, strict: bool) -> Term:
    """Return the share of the form that is right; or, strictly, 1 without fault and else 0."""

    def rate(sample: Sample) -> float:
        return float(not check(sample.text, chain=chain)) if strict else structure(sample.text, chain=chain)

    return lambda samples: [rate(sample) for sample in samples]


def answer_term(scorer: Scorer, *, bounded: bool, threshold: float | None) -> Term:
    """Return what the reward model says of the answer, in [0, 1]; 0 where there is no answer.

    Parameters
    ----------
    bounded
        Scores are cosines in [-1, 1], which are stretched to [0, 1]; others are log-odds, put through the
        logistic function.
    threshold
        Give 1 for a score of at least this and 0 below instead.
    """

    def scaled(score: float) -> float:
        if threshold is not None:
            return float(score >= threshold) if math.isfinite(score) else score
        return (1 + score) / 2 if bounded else _logistic(score)

    def term(samples: Sequence[Sample]) -> list[float | None]:
        answered = [(place, one.turns, one.answer) for place, one in enumerate(samples)]
        there = [(place, turns, answer) for place, turns, answer in answered if answer is not None]
        found: list[float | None] = [0.0] * len(samples)
        scores = (
            scorer.paired([turns for _, turns, _ in there], [answer for _, _, answer in there])
            if there
            else []
        )
        for (place, _, _), score in zip(there, scores, strict=True):
            found[place] = scaled(score)
        return found

    return term


def intent_term(samples: Sequence[Sample]) -> list[float | None]:
    """Return how far what the third layer names agrees with what was annotated, as the overlap of two sets.

    None where nothing was annotated, or the layer names none of validation, understanding and advice.
    """
    return [_overlap(sample) if sample.sought else None for sample in samples]


def length_term(soft: int, most: int) -> Term:
    """Return 0 up to `soft` tokens, then a fall to -1 at `most` (soft over-length, arXiv 2503.14476)."""

    def fall(tokens: int) -> float:
        return -min(1.0, max(0.0, (tokens - soft) / (most - soft)))

    return lambda samples: [fall(sample.tokens) for sample in samples]


def repetition_term(samples: Sequence[Sample]) -> list[float | None]:
    """Return minus the share of runs of four words, or characters of Chinese, that occurred before."""
    return [-repeated(sample.answer or "", sample.language) for sample in samples]


def safety_term(flags: Callable[[Sample], Sequence[str]]) -> Term:
    """Return -1 for an answer in which `flags` finds anything, else 0."""
    return lambda samples: [-1.0 if flags(sample) else 0.0 for sample in samples]


def sought(text: str, language: Language) -> frozenset[str]:
    """Return which of validation, understanding and advice a description of intent names."""
    words = text.lower()
    return frozenset(
        name for name, signs in _INTENTS[language].items() if any(sign in words for sign in signs)
    )


def repeated(text: str, language: Language) -> float:
    """Return the share of n-grams of `text` that occurred in it before, in [0, 1)."""
    units = [one for one in text if not one.isspace()] if language == "zh" else text.lower().split()
    grams = Counter(_grams(units))
    total = sum(grams.values())
    return 1 - len(grams) / total if total else 0.0


def _overlap(sample: Sample) -> float | None:
    layer = _LAYER.search(sample.text)
    named = sought(layer[1], sample.language) if layer else frozenset()
    return len(named & sample.sought) / len(named | sample.sought)


def _grams(units: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(units[start : start + _GRAM]) for start in range(len(units) - _GRAM + 1))


def _logistic(score: float) -> float:
    return math.nan if math.isnan(score) else 0.5 * (1 + math.tanh(score / 2))
