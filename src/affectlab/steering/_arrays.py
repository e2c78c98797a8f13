"""Arrays of numbers inside JSON."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_base64(array: NDArray[np.float32]) -> str:
    """Return the numbers in little-endian float32, as base64."""
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")


def from_base64(value: Any) -> NDArray[np.float32]:
    """Return an array as it is, or the one-dimensional array that a text holds.

    Raises
    ------
    ValueError
        If the text is not base64 of whole numbers.
    """
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4").astype(np.float32)
    return np.asarray(value, dtype=np.float32)
