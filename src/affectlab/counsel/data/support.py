"""Whether annotated reasoning speaks of the text it is about: word overlap, quotations, advice.

A lexical check, no judge of truth: reasoning about another text fails it, a wrong reading in the text's own
words passes. People look at what it passes; see `affectlab counsel data review`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from affectlab.counsel.data.duplicates import shingles
from affectlab.counsel.data.words import STOP_HAN, STOP_WORDS, english_words, han
from affectlab.counsel.rows import CounselRow, Language
from affectlab.prompting.empathy import Chain

READING: Final[dict[Language, float]] = {"en": 0.25, "zh": 0.2}
"""Share of the content of L1 to L3 together that must stand in question or answer."""

ADVICE: Final[dict[Language, float]] = {"en": 0.25, "zh": 0.2}
"""Share of the content of L4 that must stand in the answer, so that it plans nothing the answer lacks."""

COPIED: Final = 0.6
"""Share of any layer's runs of 3 words or 5 characters that may stand in the text or in another layer."""

_STEM = 5
_QUOTED = re.compile(r"[\"“「『]([^\"“”「」『』]{2,})[\"”」』]")

# What any reasoning of this kind says, whatever the text.
_SAID_EN = """
person individual client user feels feeling emotion emotional seeks seeking advice understand understanding
validation validate support supportive response respond answer provide offer acknowledge acknowledging empathy
empathetic encourage encouraging suggest suggesting listen heard situation context cause causes belief beliefs
thinking thought bias cognitive arises arose stems likely seems experiencing experience counselor counsellor
help helps helping layer express expressing want wants need needs looking look guidance strategy
"""
_SAID_ZH = """
对方 求助 情绪 感受 感到 觉得 原因 信念 认知 偏差 想法 思维 理解 支持 建议 倾听 回应 表达 提供 帮助 鼓励 希望
需要 想要 可能 由于 因为 产生 导致 通过 进行 自己 一种 问题 情况 认可 共情 回答 咨询 理师 心理
"""
_TRADE_EN = frozenset(word[:_STEM] for word in _SAID_EN.split())
_TRADE_ZH = tuple(_SAID_ZH.split())


@dataclass(frozen=True, slots=True)
class Support:
    """What was found.

    Parameters
    ----------
    reading
        Share of the content of L1 to L3 that stands in question or answer, 0 to 1.
    advice
        Share of the content of L4 that stands in the answer, 0 to 1.
    not_said
        Quotations that stand in neither.
    copied
        Largest share of a layer's runs of 3 words or 5 characters that stand in the texts or in an earlier
        layer.
    language
        Decides the thresholds.
    """

    reading: float
    advice: float
    not_said: tuple[str, ...]
    copied: float
    language: Language

    @property
    def lacks(self) -> str:
        """What stands against using the reasoning, in one line; "" where nothing does."""
        found = [
            (self.reading < READING[self.language], f"L1 to L3 share {self.reading:.2f} with the texts"),
            (self.advice < ADVICE[self.language], f"L4 shares {self.advice:.2f} with the answer"),
            (bool(self.not_said), f"it quotes what nobody said: {', '.join(self.not_said)[:60]}"),
            (self.copied > COPIED, f"a layer is copied ({self.copied:.2f} of it)"),
        ]
        return "; ".join(words for is_so, words in found if is_so)


def support_of(chain: Chain, row: CounselRow) -> Support:
    """Compare `chain` with the conversation and the answer of `row`."""
    asked = "\n".join(turn.text for turn in row.turns)
    whole = f"{asked}\n{row.answer}"
    quoted = [quote for layer in chain for quote in _QUOTED.findall(layer)]
    return Support(
        _share("\n".join((chain.emotions, chain.causes, chain.intent)), whole, row.language),
        _share(chain.strategy, row.answer, row.language),
        tuple(quote for quote in quoted if _plain(quote) not in _plain(whole)),
        _copied(chain, whole, row.language),
        row.language,
    )


def _share(said: str, text: str, language: Language) -> float:
    """Return the share of what is said that stands in the text; 0 where nothing of content is said."""
    claims = _content(said, language)
    return len(claims & _content(text, language)) / len(claims) if claims else 0.0


def _copied(chain: Chain, whole: str, language: Language) -> float:
    """Return the largest share of a layer that stands in the texts or in an earlier layer."""
    seen, most = shingles(whole, language), 0.0
    for layer in chain:
        own = shingles(_QUOTED.sub(" ", layer), language)
        if len(own):
            most = max(most, float(np.isin(own, seen).mean()))
            seen = np.concatenate([seen, own])
    return most


def _content(text: str, language: Language) -> frozenset[str]:
    """Return stems of English content words, or pairs of Chinese characters that are not particles."""
    if language == "en":
        stems = {word[:_STEM] for word in english_words(text) if word not in STOP_WORDS}
        return frozenset(stems - _TRADE_EN)
    for word in _TRADE_ZH:
        text = text.replace(word, " ")
    runs = re.split(rf"[{''.join(STOP_HAN)}]|[^\u3400-\u9fff]", text)
    return frozenset(han(run[place : place + 2]) for run in runs for place in range(len(run) - 1))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())
