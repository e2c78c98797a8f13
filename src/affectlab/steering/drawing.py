"""Cases that heads are measured on, and what identifies them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from affectlab.models import Media, Part, Quote, Request
from affectlab.steering.case import Case


def drawn(cases: Sequence[Case], count: int, seed: int) -> list[int]:
    """Draw cases, half of them in conflict, from as many sources as possible.

    Returns
    -------
    list of int
        Their places, ascending: at most `count`, fewer where there are not enough of one kind.
    """
    order = np.random.default_rng(seed).permutation(len(cases))
    chosen: list[int] = []
    for conflict in (True, False):
        places = [int(place) for place in order if cases[place].conflict == conflict]
        seen: Counter[str] = Counter()
        turns = {}
        for place in places:
            turns[place] = seen[cases[place].source]
            seen[cases[place].source] += 1
        # A source's second case waits until every source has given its first.
        chosen += sorted(places, key=turns.__getitem__)[: (count + conflict) // 2]
    return sorted(chosen)


def digest(cases: Sequence[Case], *about: Any) -> str:
    """Hash cases by content, not by where their media lie, and JSON-ready facts about them."""
    content = [[[_described(case.request), case.truth, case.conflict] for case in cases], *about]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _described(request: Request) -> list[Any]:
    described: list[Any] = [request.system, [_part(part) for part in request.parts]]
    return (
        [*described, [[turn.role, turn.text] for turn in request.earlier]] if request.earlier else described
    )


def _part(part: Part) -> list[str]:
    if isinstance(part, Media):
        return [part.kind, part.sha256]
    return ["quote", part.text] if isinstance(part, Quote) else ["words", part]
