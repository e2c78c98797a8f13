"""Which of the gate's languages words are in, and whether the gate can read them at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from affectlab.models import Turn

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
_COMMON = frozenset(
    re.findall(
        r"\S+",
        "i i'm im i've a an and the to of in on it is was my me you he she we they that this for not with be "
        "have do don't can't at so but just are all what how if no yes about when from as am like feel want "
        "his her your up out or been has had will would could there s t its it's get got go going know think "
        "really never",
    )
)
_ENOUGH_WORDS = 5
"""Words from which on Latin script without a single common English word counts as another language; ours."""


def language_of(text: str, turns: Sequence[Turn] = ()) -> Literal["en", "zh"]:
    """Return the language a reply should be in: of the words, or of the talk where they have no letters."""
    for words in (text, *(turn.text for turn in reversed(turns) if turn.role == "user")):
        han, latin = len(_HAN.findall(words)), len(_LATIN.findall(words.casefold()))
        if han or latin:
            return "zh" if han >= latin else "en"
    return "en"


def unreadable(text: str) -> str:
    """Return why words cannot be graded, or nothing where they can."""
    letters = [letter for letter in text if not letter.isspace()]
    if not letters:
        return ""
    strange = sum(
        unicodedata.category(letter) in {"Cc", "Co", "Cn", "Cs"} or letter == "\ufffd" for letter in letters
    )
    if strange * 10 > len(letters) * 3:
        return "more than 30 % of it is not text"
    known = len(_HAN.findall(text)) - _kana(text)
    alphabetic = sum(letter.isalpha() for letter in letters)
    words = _LATIN.findall(text.casefold().replace("’", "'"))
    if alphabetic and (sum(map(len, words)) + known) * 2 < alphabetic:
        return "its language is neither English nor Chinese"
    if len(words) >= _ENOUGH_WORDS and known == 0 and not _COMMON.intersection(words):
        return "its language is neither English nor Chinese"
    return ""


def _kana(text: str) -> int:
    return len(re.findall(r"[\u3040-\u30ff\uac00-\ud7af]", text)) * 2
