"""What can be said of an explanation or a paragraph without a judge: the same for everyone, every time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from affectlab.bench.aica.lexicon import affect_words, group_of, polarity

SHORTEST, LONGEST = 50, 100
"""Words of a paragraph as asked for; characters in Chinese."""

COMPANIONS = {
    "length": "words; in Chinese, characters of its script",
    "within_length": f"1 if there are {SHORTEST} to {LONGEST} of them, else 0",
    "distinct_2": "different pairs of neighbouring words over all such pairs",
    "longest_repeat": "words of the longest run that occurs twice",
    "lexicon_target": "share of the emotion words used that name the target emotion or a near synonym",
    "lexicon_polarity": "share of the emotion words used that are pleasant or unpleasant as the target is",
    "grounded_regions": "share of the region numbers named that exist on the marked image",
    "grounded_objects": "share of the visible things named that the scan of the image names too",
}
"""What is measured; NaN where an answer has nothing of the kind, such as no emotion word."""

_REGION = {
    "en": re.compile(r"\bregions?\s+#?(\d+)(?:\s*(?:,|and|&)\s*#?(\d+))*", re.IGNORECASE),
    "zh": re.compile(r"区域\s*(\d+)(?:\s*[、和,，]\s*(\d+))*"),
}
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’-][^\W_]+)*")
_NAN = float("nan")


def companions(
    text: str,
    *,
    target: str,
    language: str = "en",
    scan: str = "",
    regions: Iterable[int] | None = None,
) -> dict[str, float]:
    """Measure an answer.

    Parameters
    ----------
    text
        The answer.
    target
        The emotion that it explains or should convey, a label of a known taxonomy.
    language
        "en" or "zh".
    scan
        What a model said is in the image; without it objects have no measure.
    regions
        Numbers of the regions that exist on the marked image; without them regions have no measure.

    Returns
    -------
    dict
        Each of `COMPANIONS` to its value.
    """
    words = [word.casefold() for word in _TOKEN.findall(text)]
    return {
        "length": float(len(words)),
        "within_length": float(SHORTEST <= len(words) <= LONGEST),
        "distinct_2": distinct(words, 2),
        "longest_repeat": float(longest_repeat(words)),
        **_affect(text, target, language),
        "grounded_regions": _regions(text, language, regions),
        "grounded_objects": _objects(text, scan, language),
    }


def companions_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Measure the answer of a row of ``answers.parquet`` of task "er" or "egcg"."""
    details = row["details"]
    marked = details.get("regions")
    return companions(
        row["text"] or "",
        target=details["target"],
        language=details.get("language", "en"),
        scan=details.get("clues", ""),
        regions=None if marked is None else [one["number"] for one in marked],
    )


def distinct(words: Sequence[str], n: int) -> float:
    """Return different n-grams over all n-grams, NaN where there are none.

    References
    ----------
    Li et al. (2016), A diversity-promoting objective function for neural conversation models, NAACL.
    """
    grams = [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]
    return len(set(grams)) / len(grams) if grams else _NAN


def longest_repeat(words: Sequence[str]) -> int:
    """Return the length of the longest run of words that occurs twice; the two may overlap."""
    low, high = 0, max(0, len(words) - 1)
    while low < high:
        middle = (low + high + 1) // 2
        grams = [tuple(words[start : start + middle]) for start in range(len(words) - middle + 1)]
        low, high = (middle, high) if len(set(grams)) < len(grams) else (low, middle - 1)
    return low


def _affect(text: str, target: str, language: str) -> dict[str, float]:
    found = affect_words(text, language)
    if not found:
        return {"lexicon_target": _NAN, "lexicon_polarity": _NAN}
    alike = sum(n for group, n in found.items() if polarity(group) == polarity(target))
    return {
        "lexicon_target": found[group_of(target) or ""] / found.total(),
        "lexicon_polarity": alike / found.total() if polarity(target) else _NAN,
    }


def _regions(text: str, language: str, regions: Iterable[int] | None) -> float:
    if regions is None:
        return _NAN
    there = set(regions)
    named = {
        int(number) for match in _REGION[language].finditer(text) for number in re.findall(r"\d+", match[0])
    }
    return len(named & there) / len(named) if named else _NAN


def _objects(text: str, scan: str, language: str) -> float:
    named = things(text, language)
    if not scan or not named:
        return _NAN
    return len(named & things(scan, language)) / len(named)


def things(text: str, language: str) -> set[str]:
    """Return the visible things that a text names, by their first word in the list of things."""
    lowered = text.casefold()
    return {name for name, pattern in _things(language).items() if pattern.search(lowered)}


@cache
def _things(language: str) -> dict[str, re.Pattern[str]]:
    content = json.loads(files(__package__).joinpath("things.json").read_text(encoding="utf-8"))
    if language == "zh":
        return {words[0]: re.compile("|".join(map(re.escape, words))) for words in content["zh"]}
    return {
        words[0]: re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")(?:s|es)?\b")
        for words in content["en"]
    }
