"""The JSON object in an answer that may have thoughts, fences or words around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_THOUGHT = re.compile(r"\A.*</think>", re.DOTALL)
_MOST_ATTEMPTS = 200


def find_object(text: str, key: str) -> dict[str, Any] | None:
    """Return the last JSON object at the top level of `text` that has `key`, or None.

    Words before and after, code fences and a model's thoughts do not matter. JSON itself is read strictly.

    Parameters
    ----------
    text
        Any text whatever.
    key
        That the object must have.
    """
    return next((one for one in reversed([*_objects(_THOUGHT.sub("", text))]) if key in one), None)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in `text`, each after the end of the one before."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    for _ in range(_MOST_ATTEMPTS):
        if place < 0:
            return
        try:
            found, end = decoder.raw_decode(text, place)
        # Numbers of thousands of digits and nesting without end are refused in their own ways.
        except (ValueError, RecursionError):
            end = place + 1
        else:
            yield found
        place = text.find("{", end)
