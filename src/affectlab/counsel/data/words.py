"""Which language a text is in, how long it is, and its content words, for English and Chinese.

Rules of ours, small on purpose: script decides between the two, stop words tell English from other languages
in Latin script.
"""

from __future__ import annotations

import re
from typing import Final

from affectlab.counsel.rows import Language

_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SENTENCE = re.compile(r"[^.!?。！？…\n]+[.!?。！？…]*[”\"'」)]*\s*")

_HAN_SHARE = 0.3
_STOP_SHARE = 0.1
_SHORT = 5
"""Words; a shorter text in ASCII letters is taken for English without stop words."""

_STOP_WORDS = """
a about after again all also am an and any are as at be because been before being but by can could did do
does doing don't down each for from had has have having he her here hers him his how i i'm i've if in into is
it it's its just like may me might more most my no not of on one only or other our out over own s she should
so some such t than that that's the their them then there these they this those through to too under up very
was we were what when where which while who why will with would you you're your yourself
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
STOP_HAN: Final = frozenset(
    "的了是我你他她它们在有和就不也都很这那个会着吗呢吧啊与及而但对把被让给从到为以要能可还更"
)


def language_of(text: str) -> Language | None:
    """Return the language of a text; None where it is neither."""
    letters = _LETTER.findall(text)
    if not letters:
        return None
    if len(_HAN.findall(text)) >= _HAN_SHARE * len(letters):
        return "zh"
    words = english_words(text)
    if sum(map(len, words)) < 0.8 * sum(char.isalpha() for char in text):
        return None
    stop = sum(word in STOP_WORDS for word in words)
    return "en" if len(words) < _SHORT or stop >= _STOP_SHARE * len(words) else None


def length(text: str, language: Language) -> int:
    """Return the length: English in words, Chinese in characters without white space."""
    return len(text.split()) if language == "en" else len("".join(text.split()))


def english_words(text: str) -> list[str]:
    """Return the words in ASCII letters, in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def han(text: str) -> str:
    """Return the Chinese characters alone."""
    return "".join(_HAN.findall(text))


def sentences(text: str) -> list[str]:
    """Return the sentences, each with what follows it; joined they are the text without leading space."""
    return _SENTENCE.findall(text)
