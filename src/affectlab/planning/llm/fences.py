"""Text that others wrote, made fit to stand in a prompt: it is data, whatever it says."""

from __future__ import annotations

import unicodedata

_CUT = "…"
_FENCES = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "{": "(", "}": ")", "`": "'", '"': "'", "|": "/"}
)


def fenced(text: str, most: int) -> str:
    """Return `text` on one line of at most `most` characters, without what could end its fence.

    Control and format characters (bidirectional marks, zero-width characters, tags) are dropped, brackets and
    quotation marks become harmless ones, so that no end of a fence and no token of a chat template is left.
    """
    plain = unicodedata.normalize("NFKC", text[: 20 * most])
    kept = "".join(" " if one.isspace() else one for one in plain if one.isspace() or _harmless(one))
    line = " ".join(kept.translate(_FENCES).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + _CUT


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
