"""What answers in words say: one label, or one number on a scale. Whatever is not plain is not read."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from affectlab.models.labels import read_label

Wordings = Mapping[str, str | Sequence[str]]

_THOUGHT = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL)
_PLACE = re.compile(r"\A(?:\(?\d+[.)、]|(?:step|第)\s*[\d一二三]+\s*步?\s*[.:])\s*")
_HEADING = re.compile(
    r"\A(?:(?:the\s+)?(?:final\s+|my\s+)?(?:answer|emotion|label|select(?:ion|ed)?|choice)(?:\s+is)?"
    r"|(?:最终|最后)?(?:答案|回答|情感|情绪|标签|选择)(?:是|为)?)\s*[:=]?\s*"
)
_EDGES = " \t\"'“”‘’「」『』()[]{}<>《》.。!！,，;；:：*_`~#>-\ufeff\u200b"
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?![^\W分]|\.\d)")
_OUT_OF = re.compile(
    r"(?P<number>[-+]?\d+(?:\.\d+)?)\s*(?:/|out of|of|分?[,，]?\s*满分)\s*(?P<top>\d+)\s*分?"
)
_NUMBER_WORDS: Mapping[str, int] = {
    word: number
    for words in (
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        "零一二三四五六七八九十",
    )
    for number, word in enumerate(words)
}
_SIGN_WORDS = ("minus ", "negative ", "负")


def read_emotion(text: str, words: Wordings) -> str | None:
    """Return the label an answer names, None where it names none, several, or denies one.

    Parameters
    ----------
    text
        The answer, which may be a sentence.
    words
        Label to the words that mean it.
    """
    return read_label(text, words)


def read_last_line(text: str, words: Wordings) -> str | None:
    """Return the label that stands alone on the last line of an answer that reasons before it answers.

    A heading before it ("Answer:", "答案："), markup and punctuation do not matter. Anything else on the line
    does: an answer cut off in the middle of its reasoning has not been given.
    """
    lines = [line for line in _THOUGHT.sub("", text).splitlines() if _bare(line)]
    if not lines:
        return None
    last = _bare(lines[-1])
    last = _bare(_HEADING.sub("", _PLACE.sub("", last))) or last
    for label, given in words.items():
        for wording in (given,) if isinstance(given, str) else given:
            if last == _bare(wording):
                return label
    return None


def read_number(text: str, low: float, high: float, key: str = "") -> float | None:
    """Return the one number from `low` to `high` that an answer names, else None.

    Digits may stand in a sentence, in JSON or before "out of 7"; a number word ("five", "五") must be the
    whole answer. Two different numbers, a range, or a number off the scale are not read.

    Parameters
    ----------
    key
        Where the answer is a JSON object of several numbers, the one that is meant.
    """
    plain = unicodedata.normalize("NFKC", _THOUGHT.sub("", text)).replace("−", "-").replace("–", "-")
    found = _in_json(plain, key)
    if found is None:
        found = _in_words(plain, high)
    return found if found is not None and low <= found <= high else None


def _bare(line: str) -> str:
    """Fold case and width and take away markup, punctuation and runs of spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", line).casefold())
    return " ".join(folded.replace("**", "").strip(_EDGES).split())


def _in_json(text: str, key: str) -> float | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        content = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    numbers = {
        name: float(value)
        for name, value in content.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6
    }
    if key in numbers:
        return numbers[key]
    return next(iter(numbers.values())) if len(numbers) == 1 else None


def _in_words(text: str, high: float) -> float | None:
    alone = _bare(text).removesuffix("分")
    for sign in _SIGN_WORDS:
        if alone.startswith(sign) and alone.removeprefix(sign).strip() in _NUMBER_WORDS:
            return -float(_NUMBER_WORDS[alone.removeprefix(sign).strip()])
    if alone in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[alone])
    text = _OUT_OF.sub(lambda one: one["number"] if float(one["top"]) == high else one[0], text)
    found = {float(number) for number in _NUMBER.findall(text)}
    return found.pop() if len(found) == 1 else None
