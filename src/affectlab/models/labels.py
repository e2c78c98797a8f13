"""From an answer in words to the one label it names, or to none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

# A letter or digit of a script that parts words by spaces; Chinese, Japanese and Korean do not.
_LETTER = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_CLAUSE_END = re.compile(r"[.,;:!?\n。、…]|\bbut\b|但")
_NEGATION = re.compile(
    r"\b(?:not|no|non|none|nor|neither|never|cannot|without|hardly)\b|n['’]t\b|[不没未无]|非(?!常)"
)
_THOUGHT = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL)
_MARKUP = re.compile(r"[*`~\u200b-\u200f\ufeff\ue000-\uf8ff]")
# Wordings that were found are replaced by one character each, from the private use area.
_FIRST_MARK = 0xE000
_MARK = re.compile(r"[\ue000-\uf8ff]")


def read_label(text: str, words: Mapping[str, str | Sequence[str]]) -> str | None:
    """Return the label that an answer names, or None where it names none, several, or denies one.

    Case, width, punctuation, markup and a model's thoughts before its answer do not matter, and the answer
    may stand in a sentence or in JSON. A longer wording wins over a shorter one inside it, so "weakly
    positive" is not "positive".

    Parameters
    ----------
    text
        The answer.
    words
        Label to its wording, in any language, or to several that all mean it.
    """
    marked = _marked(_plain(_THOUGHT.sub("", text)), words)
    named = set(_MARK.findall(marked))
    if len(named) != 1 or _denied(marked):
        return None
    return list(words)[ord(named.pop()) - _FIRST_MARK]


def _plain(text: str) -> str:
    return _MARKUP.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def _marked(text: str, words: Mapping[str, str | Sequence[str]]) -> str:
    """Put the label's mark in the place of every wording, of longer ones first."""
    wordings = [
        (_plain(wording).split(), index)
        for index, given in enumerate(words.values())
        for wording in ((given,) if isinstance(given, str) else given)
    ]
    for parts, index in sorted(wordings, key=lambda one: -len(" ".join(one[0]))):
        if parts:
            text = _pattern(parts).sub(chr(_FIRST_MARK + index), text)
    return text


def _pattern(wording: list[str]) -> re.Pattern[str]:
    """Match the words in order, whole where their script has word boundaries."""
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, wording[0][0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, wording[-1][-1]) else ""
    return re.compile(before + r"[\s_-]+".join(map(re.escape, wording)) + after)


def _denied(marked: str) -> bool:
    """Say whether a clause with a mark holds a negation, or the clause after it begins with one."""
    clauses = [clause.strip(" \"'()[]{}") for clause in _CLAUSE_END.split(marked)]
    clauses = [clause for clause in clauses if clause]
    return any(
        _MARK.search(clause) and (_NEGATION.search(clause) or _NEGATION.match(following))
        for clause, following in zip(clauses, [*clauses[1:], ""], strict=True)
    )
