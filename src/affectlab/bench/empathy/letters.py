"""The one letter that an answer in words names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_THOUGHT = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL)
_NAMED = re.compile(
    r"""\A(?:```json)?[\s"'{(\[*`]*                                          # what may stand before
    (?:(?:the\ )?(?:correct\ |best\ |right\ )?(?:answer|option|choice)(?:\ is)?|答案(?:是|为)?|选项?)?
    [\s"':*(\[`]*([A-J])                                         # the letter
    (?=[\s"'*`]*(?:\Z|[.,:;)\]}。、\n]))                         # the end, or what may stand after a letter
    """,
    re.VERBOSE | re.IGNORECASE,
)


def read_letter(text: str, letters: Collection[str]) -> str | None:
    """Return the capital letter that an answer begins with or consists of; None where it names none.

    "B", "(b)", "B. Because …", "The answer is B." and ``{"answer": "B"}`` are all read as B. "A person …" is
    not read as A. A model's thoughts before its answer do not matter.

    Parameters
    ----------
    text
        The answer.
    letters
        Those there are.
    """
    plain = unicodedata.normalize("NFKC", _THOUGHT.sub("", text)).strip()
    found = _NAMED.match(plain)
    letter = found[1].upper() if found else ""
    return letter if letter and letter in letters else None
