"""Requests reduced to one of their modalities."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES, Modality, Part, Quote, Request

_JUDGED: Final = "\ufffc"
"""Stands for a quotation or a medium among the words: the object replacement character."""

_HEADING: Final = re.compile(rf"(?:(?<=[.?!。？！])\s+|)([^\n.?!。？！{_JUDGED}]*)$")
"""Words right before a part, back to the line's beginning, the end of a sentence or another part."""

_LINE_END: Final = re.compile(rf"[^\w\n{_JUDGED}]*\n(?:[^\S\n]*\n)*|[^\S\n]+")
"""The rest of a line that holds no word, with empty lines after it; or blanks before more words."""


def modality_of(part: Part) -> Modality | None:
    """Return the modality that is judged in a part, None for instructions."""
    if isinstance(part, str):
        return None
    if isinstance(part, Quote):
        return "T"
    return "A" if part.kind == "audio" else "V"


def modalities(request: Request) -> tuple[Modality, ...]:
    """Return what a request shows, in the order T, A, V."""
    shown = {modality_of(part) for part in request.parts}
    return tuple(modality for modality in MODALITIES if modality in shown)


def only(request: Request, modality: Modality) -> Request:
    """Return the request that shows one modality alone and is the same otherwise.

    A part of another modality goes with its heading, which is what stands before it on its line (after the
    last sentence, so that a question is never one), and, if that leaves the line empty, with the line.

    Raises
    ------
    SteeringError
        If the request does not show `modality`.
    """
    if modality not in modalities(request):
        shown = ", ".join(modalities(request)) or "nothing"
        raise SteeringError(f"the request shows no {modality} to reduce it to; it shows {shown}")
    text = "".join(part if isinstance(part, str) else _JUDGED for part in request.parts)
    lengths = [len(part) if isinstance(part, str) else 1 for part in request.parts]
    starts = [end - length for end, length in zip(accumulate(lengths), lengths, strict=True)]
    unwanted = [
        start
        for start, part in zip(starts, request.parts, strict=True)
        if modality_of(part) not in {None, modality}
    ]
    kept = _kept(text, unwanted)
    reduced = (
        _reduced(part, kept[start : start + length])
        for start, length, part in zip(starts, lengths, request.parts, strict=True)
    )
    return Request(tuple(part for part in reduced if part is not None), request.system, request.earlier)


def _kept(text: str, unwanted: list[int]) -> list[bool]:
    """Say of each character whether it stays when the parts at the places `unwanted` go."""
    kept = [True] * len(text)
    for place in unwanted:
        heading = _HEADING.search(text, 0, place)
        start = place if heading is None else heading.start(1)
        before = next((text[other] for other in range(start - 1, -1, -1) if kept[other]), "\n")
        line_end = _LINE_END.match(text, place + 1) if before == "\n" else None
        end = place + 1 if line_end is None else line_end.end()
        kept[start:end] = [False] * (end - start)
    return kept


def _reduced(part: Part, kept: list[bool]) -> Part | None:
    if not any(kept):
        return None
    if not isinstance(part, str):
        return part
    return "".join(character for character, stays in zip(part, kept, strict=True) if stays)
