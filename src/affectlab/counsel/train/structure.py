"""How much of a reply's structure is right: dense, since a strict measure tells little early on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from affectlab.prompting.empathy import ANSWER, LAYERS, THINK

_ANSWER = re.compile(rf"<{ANSWER}>(.*?)(?:</{ANSWER}>|\Z)", re.DOTALL)
_TAG = re.compile(rf"</?(?:{'|'.join((THINK, *LAYERS, ANSWER))})>")


def answer_of(text: str) -> str | None:
    """Return what a person would read of a model's output; None where no answer begins.

    An answer that was cut off counts, so that its words can be judged.
    """
    found = _ANSWER.search(text)
    words = _TAG.sub("", found[1]).strip() if found else ""
    return words or None


def structure(text: str, *, chain: bool) -> float:
    """Return the share of the demands on a reply's structure that `text` meets, in [0, 1].

    For each element: it opens once, it closes once after it, and it holds words; dots, as the instruction has
    them in their place, are none. For the whole: the tags are exactly those of the form in their order, and
    nothing stands outside. 1 means that every demand is met.
    """
    demands = [*_elements(text, chain), _order(text) == _expected(chain), not _outside(text, chain)]
    return sum(demands) / len(demands)


def _elements(text: str, chain: bool) -> Iterator[bool]:
    for name in _names(chain):
        opened, closed = text.count(f"<{name}>"), text.count(f"</{name}>")
        begin, end = text.find(f"<{name}>"), text.find(f"</{name}>")
        yield opened == 1
        yield closed == 1 and 0 <= begin < end
        inside = text[begin + len(name) + 2 : end] if 0 <= begin < end else ""
        yield any(letter.isalnum() for letter in _TAG.sub("", inside))


def _names(chain: bool) -> tuple[str, ...]:
    return (THINK, *LAYERS, ANSWER) if chain else (ANSWER,)


def _expected(chain: bool) -> list[str]:
    layers = [tag for name in LAYERS for tag in (f"<{name}>", f"</{name}>")]
    thought = [f"<{THINK}>", *layers, f"</{THINK}>"] if chain else []
    return [*thought, f"<{ANSWER}>", f"</{ANSWER}>"]


def _order(text: str) -> list[str]:
    return _TAG.findall(text)


def _outside(text: str, chain: bool) -> bool:
    """Whether words stand outside the innermost elements."""
    for name in (*LAYERS, ANSWER) if chain else (ANSWER,):
        text = re.sub(rf"<{name}>.*?</{name}>", "", text, flags=re.DOTALL)
    return bool(_TAG.sub("", text).strip())
