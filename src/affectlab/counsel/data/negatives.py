"""Answers that are worse in a known way, made from a question and its human answer.

Lengths are brought near to that of the human answer, so that a judge or a reward model cannot tell the worse
answer by its length alone.
"""

from __future__ import annotations

import json
import random
import re
from functools import cache
from importlib.resources import files

from affectlab.counsel.data.words import sentences
from affectlab.counsel.rows import CounselRow, Language, PairKind

_ENOUGH = 0.6
"""Share of the human answer's characters from which no more is added; ours."""

_PERSONS_EN = {
    "i": "you",
    "i'm": "you're",
    "i've": "you've",
    "i'll": "you'll",
    "i'd": "you'd",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
}
_PERSON_EN = re.compile(r"\b(?:i'm|i've|i'll|i'd|i|me|my|mine|myself|am)\b", re.IGNORECASE)


def echo(row: CounselRow, draw: random.Random) -> str:
    """Return the question once more, in the second person: relevant in every word, and no answer."""
    question = _second_person(row.turns[-1].text, row.language)
    told = _cut(question, max(len(row.answer), 40))
    return draw.choice(templates(row.language, "echo")).format(question=told)


def composed(row: CounselRow, kind: PairKind, draw: random.Random) -> str:
    """Return as many of our sentences of `kind` (generic, preachy) as make up a similar length."""
    ours = list(templates(row.language, kind))
    draw.shuffle(ours)
    said: list[str] = []
    for text in ours:
        if said and sum(map(len, said)) >= _ENOUGH * len(row.answer):
            break
        said.append(text)
    return ("" if row.language == "zh" else " ").join(said)


def unsafe(row: CounselRow, draw: random.Random) -> str:
    """Return the human answer with one of its sentences replaced by unsafe advice."""
    told = sentences(row.answer)
    advice = draw.choice(templates(row.language, "unsafe")) + ("" if row.language == "zh" else " ")
    if len(told) < 2:
        return f"{row.answer}{'' if row.language == 'zh' else ' '}{advice}".strip()
    place = draw.randrange(1, len(told))
    return "".join([*told[:place], advice, *told[place + 1 :]]).strip()


@cache
def templates(language: Language, kind: str) -> tuple[str, ...]:
    """Return our texts of a kind in a language."""
    content = files(__package__).joinpath("negatives.json").read_text(encoding="utf-8")
    return tuple(json.loads(content)[language][kind])


def _second_person(text: str, language: Language) -> str:
    if language == "zh":
        return text.replace("我", "你")
    return _PERSON_EN.sub(lambda word: _swapped(word[0]), text.replace("’", "'"))


def _swapped(word: str) -> str:
    swapped = _PERSONS_EN[word.lower()]
    return swapped.capitalize() if word[0].isupper() and word.lower() not in {"i"} else swapped


def _cut(text: str, longest: int) -> str:
    """Return as many whole sentences as fit; the first in any case, cut where it is too long alone."""
    told = ""
    for sentence in sentences(text):
        if told and len(told) + len(sentence) > longest:
            break
        told += sentence
    return (told or text)[: 2 * longest].strip()
