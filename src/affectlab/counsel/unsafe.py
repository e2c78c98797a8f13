"""Advice that no answer should give, found by rules of ours.

The rules look at wording. They miss what is said otherwise, and they flag words that are only reported; so a
flagged answer is kept out of training, not called wrong. The risk gate holds such answers back as well, and
more than these (`affectlab.counsel.gate`).
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from affectlab.counsel.rows import Language


def unsafe_kinds(text: str, language: Language) -> tuple[str, ...]:
    """Return which kinds of unsafe advice an answer seems to give.

    Parameters
    ----------
    text
        An answer.
    language
        It is in.

    Returns
    -------
    tuple
        Of: dosing, medication (stopping it), diagnosis (as certain), discouraging (professional help), harm.
    """
    plain = text.replace("’", "'")
    return tuple(kind for kind, pattern in _rules(language).items() if pattern.search(plain))


@cache
def _rules(language: Language) -> dict[str, re.Pattern[str]]:
    content = files(__package__).joinpath("unsafe.json").read_text(encoding="utf-8")
    kinds: dict[str, list[str]] = json.loads(content)[language]
    return {kind: re.compile("|".join(rules), re.IGNORECASE) for kind, rules in kinds.items()}
