"""What words a text is searched by: stemmed English, pairs of Chinese characters, and a small lexicon.

The claims are English. Chinese questions reach them through a list of music and health terms; Chinese text of
the user's own entries is found by its pairs of characters.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

_SHIPPED: Final = Path(__file__).parent / "shipped"
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]+")
_WORD: Final = re.compile(r"[^\W_\u3400-\u9fff]+")


@cache
def lexicon() -> dict[str, str]:
    """Return Chinese terms of music and health with their English words; ours."""
    found: dict[str, str] = json.loads((_SHIPPED / "lexicon.json").read_text(encoding="utf-8"))
    return found


@cache
def stopwords() -> frozenset[str]:
    """Return English words that tell no entry from another; ours."""
    return frozenset((_SHIPPED / "stopwords.txt").read_text(encoding="utf-8").split())


def indexed(text: str) -> str:
    """Return the words that a text is found by, with spaces between."""
    return " ".join([*_words(text), *_pairs(text)])


def asked(text: str, *, translated: bool = True) -> list[str]:
    """Return the words of a question, in order and each once.

    Parameters
    ----------
    text
        English, Chinese or both.
    translated
        Whether Chinese terms of the lexicon add their English words.
    """
    english = " ".join(translations(text)) if translated else ""
    words = [*_words(text), *_words(english), *_pairs(text)]
    return [word for word in dict.fromkeys(words) if word not in stopwords()]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _pairs(text: str) -> list[str]:
    return [run[start : start + 2] for run in _CHINESE.findall(text) for start in range(max(len(run) - 1, 1))]


def translations(text: str) -> list[str]:
    """Return the English of the lexicon's terms in a text, the longest first at each place."""
    terms = lexicon()
    longest = max(map(len, terms))
    found = []
    for run in _CHINESE.findall(text):
        at = 0
        while at < len(run):
            sizes = range(min(longest, len(run) - at), 0, -1)
            size = next((one for one in sizes if run[at : at + one] in terms), 0)
            if size:
                found.append(terms[run[at : at + size]])
            at += size or 1
    return found
