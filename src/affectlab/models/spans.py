"""Which tokens of a prompt belong to which modality.

A processor replaces each media placeholder of the rendered prompt by many tokens. The words in between keep
their tokens, so the tokens of a quotation are found in the plain prompt, by character offsets, and followed
into the expanded one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from affectlab.models.protocol import MODALITIES, Modality

REST = len(MODALITIES)
"""Code of tokens that belong to no modality: instructions, template, markers."""


def quoted_tokens(offsets: Sequence[tuple[int, int]], quotes: Sequence[tuple[int, int]]) -> list[int]:
    """Return the tokens that hold at least one quoted character.

    Parameters
    ----------
    offsets
        First and past-the-end character of each token.
    quotes
        First and past-the-end character of each quotation.
    """
    return [
        token
        for token, (start, end) in enumerate(offsets)
        if any(max(start, first) < min(end, last) for first, last in quotes)
    ]


def follow(
    plain: Sequence[int], expanded: Sequence[int], marks: frozenset[int], wanted: Sequence[int]
) -> list[int] | None:
    """Return where the tokens `wanted` of the plain prompt went in the expanded one.

    The stretches of words between special tokens are looked for in order; the one that ends the prompt is
    taken from its end.

    Parameters
    ----------
    plain, expanded
        Token ids before and after media placeholders were replaced.
    marks
        Ids of special tokens, placeholders among them.
    wanted
        Positions in `plain`, ascending.

    Returns
    -------
    list of int, or None
        None if a stretch that holds a wanted token is not found, that is, if the expansion changed the words
        beside it.
    """
    places: dict[int, int] = {}
    position = 0
    for start, end in _stretches(plain, marks):
        words = list(plain[start:end])
        found = len(expanded) - len(words) if end == len(plain) else _find(words, expanded, position)
        if found < position or list(expanded[found : found + len(words)]) != words:
            continue
        places.update(zip(range(start, end), range(found, found + len(words)), strict=True))
        position = found + len(words)
    if any(token not in places for token in wanted):
        return None
    return [places[token] for token in wanted]


def modality_codes(
    plain: Sequence[int],
    expanded: Sequence[int],
    quoted: Sequence[int],
    media: Mapping[int, Modality],
    marks: frozenset[int],
) -> NDArray[np.int8] | None:
    """Return the modality of each token of the expanded prompt.

    Parameters
    ----------
    plain, expanded
        Token ids before and after media placeholders were replaced.
    quoted
        Positions in `plain` of quoted tokens.
    media
        Id of the tokens that stand for media in `expanded`, to their modality.
    marks
        Ids of special tokens.

    Returns
    -------
    array of int8, or None
        Shape (tokens,): 0, 1, 2 for T, A, V and 3 for the rest; None if a quotation cannot be followed.
    """
    codes = np.full(len(expanded), REST, dtype=np.int8)
    for token, modality in media.items():
        codes[np.asarray(expanded) == token] = MODALITIES.index(modality)
    if not quoted:
        return codes
    places = follow(plain, expanded, marks, quoted)
    if places is None:
        return None
    codes[places] = MODALITIES.index("T")
    return codes


def _stretches(plain: Sequence[int], marks: frozenset[int]) -> list[tuple[int, int]]:
    edges = [-1, *(place for place, token in enumerate(plain) if token in marks), len(plain)]
    return [(left + 1, right) for left, right in pairwise(edges) if right - left > 1]


def _find(words: list[int], tokens: Sequence[int], start: int) -> int:
    """Return where `words` first occur in `tokens` at or after `start`, -1 if nowhere."""
    places = range(start, len(tokens) - len(words) + 1)
    return next((place for place in places if list(tokens[place : place + len(words)]) == words), -1)
