"""The tags of a reply in a text, and what may still become one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK

PARTS = (THINK, *LAYERS, ANSWER)
"""Names of the tags in the order in which they are opened."""

LEAVES = frozenset((*LAYERS, ANSWER))
"""Those that hold words."""

_TAG = re.compile(rf"< ?(/?) ?({THINK}|{ANSWER}|L[0-9]) ?>", re.IGNORECASE | re.ASCII)
_CANONICAL = {name.lower(): name for name in PARTS}
_LONGEST = len(f"< / {THINK} >")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as it stands in a text.

    Parameters
    ----------
    name
        Of the part, written as agreed; "" where there is no such part, as for ``<L7>``.
    closes
        It is a closing tag.
    written
        How it stands there.
    begin, end
        Where, in characters.
    """

    name: str
    closes: bool
    written: str
    begin: int
    end: int

    @property
    def exact(self) -> bool:
        """It is written exactly as agreed."""
        return self.written == f"<{'/' if self.closes else ''}{self.name}>"


def tags(text: str) -> Iterator[Tag]:
    """Yield the tags in `text`, in whatever case; all else, other angle brackets too, is words."""
    for found in _TAG.finditer(text):
        name = _CANONICAL.get(found[2].lower(), "")
        yield Tag(name, bool(found[1]), found[0], found.start(), found.end())


def held_back(text: str) -> int:
    """Return how many characters at the end of `text` may be the beginning of a tag."""
    begin = text.rfind("<", max(0, len(text) - _LONGEST + 1))
    if begin < 0:
        return 0
    rest = text[begin:]
    return len(rest) if _BEGINNING.fullmatch(rest) else 0


def _beginning(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches every proper beginning of a tag."""
    begun = "|".join(_prefixes(name) for name in names)
    return re.compile(rf"< ?/? ?(?:{begun}|L(?:[0-9] ?)?)?", re.IGNORECASE | re.ASCII)


def _prefixes(name: str) -> str:
    """Return what matches `name` and every beginning of it, longest first."""
    cut = [re.escape(name[:length]) for length in range(len(name) - 1, 0, -1)]
    return "|".join([f"{re.escape(name)} ?", *cut])


_BEGINNING = _beginning((THINK, ANSWER))
