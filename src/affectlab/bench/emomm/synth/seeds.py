"""Random numbers that belong to one part of one clip, whatever else is made."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

Stream = Literal["bench", "train"]
"""Benchmark clips and the clips recipes train on come from streams that share no random numbers."""


def generator(stream: Stream, seed: int, index: int, part: str) -> np.random.Generator:
    """Return the generator of `part` of clip (or speaker) `index`; the stream is part of its seed."""
    entropy = [seed, index, _number(stream), _number(part)]
    return np.random.default_rng(np.random.SeedSequence(entropy))


def belongs(text: str, stream: Stream) -> bool:
    """Say whether `text` may be used in `stream`: every text belongs to exactly one."""
    return _number(text) % 2 == ("bench", "train").index(stream)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
