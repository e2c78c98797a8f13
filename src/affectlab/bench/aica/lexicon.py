"""Words that name or show emotions, English and Chinese: a small list written for affectlab.

It was put together by hand from the labels of `affectlab.affect.taxonomy` and their everyday synonyms; no
published lexicon is in it. It is no measure of a text's feeling, only of the emotion words it uses.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

from affectlab.affect import taxonomy

_SPACES = ("mikels8", "ekman6", "plutchik24", "emotic26")


@cache
def _groups() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        files(__package__).joinpath("lexicon.json").read_text(encoding="utf-8")
    )
    return content


@cache
def _group_of() -> dict[str, str]:
    return {label: group for group, about in _groups().items() for label in about["labels"]}


@cache
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    edge = r"\b" if language == "en" else ""
    return {
        group: re.compile(edge + "(?:" + "|".join(map(re.escape, about[language])) + ")" + edge)
        for group, about in _groups().items()
    }


def group_of(label: str) -> str | None:
    """Return the group of words that a label is of, None for a label of no known taxonomy."""
    return _group_of().get(label)


def word_for(label: str, language: str) -> str:
    """Return a label as a word of `language`; as it stands where there is none."""
    if language == "en":
        return label
    group = group_of(label)
    return str(_groups()[group]["labels"][label]) if group else label


def polarity(label: str) -> int:
    """Return 1 for a pleasant emotion and -1 for an unpleasant one, by valence; 0 for no known label."""
    for name in _SPACES:
        coordinates = taxonomy(name).coordinates
        if label in coordinates:
            return 1 if coordinates[label][0] > 0 else -1
    return 0


def affect_words(text: str, language: str) -> Counter[str]:
    """Count the words of each group in a text."""
    lowered = text.casefold()
    return Counter(
        {group: n for group, pattern in _patterns(language).items() if (n := len(pattern.findall(lowered)))}
    )
